package dev.fovea.optimizer.onnx;

import ai.onnx.proto.OnnxMl.AttributeProto;
import dev.fovea.optimizer.ir.Node;
import dev.fovea.optimizer.ir.OpVisitor;
import dev.fovea.optimizer.ir.RecurrentOp;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** What recurrent layers become in ONNX, whose gates stand in another order than PyTorch's. */
final class RecurrentEmitter extends Emitter implements OpVisitor.Sequences<String> {
  RecurrentEmitter(GraphEmitter graph, Node node) {
    super(graph, node);
  }

  @Override
  public String recurrent(RecurrentOp.Recurrent op) {
    long size = node.inputs().get(2).type().dims().get(2);
    int directions = op.bidirectional() ? 2 : 1;
    List<Long> rows = rows(op.kind(), size, 0);
    List<Long> both = new ArrayList<>(rows);
    both.addAll(rows(op.kind(), size, rows.size()));
    List<String> operands = new ArrayList<>();
    operands.add(inputs.get(0));
    operands.add(ordered(inputs.get(1), rows));
    operands.add(ordered(inputs.get(2), rows));
    operands.add(ordered(inputs.get(3), both));
    operands.add(""); // sequences of one length
    operands.addAll(inputs.subList(4, inputs.size()));
    List<AttributeProto> attributes = new ArrayList<>();
    attributes.add(Attributes.integer("hidden_size", size));
    attributes.add(Attributes.text("direction", directions == 2 ? "bidirectional" : "forward"));
    String type = op.kind() == RecurrentOp.Recurrent.Kind.LSTM ? "LSTM" : "RNN";
    if (op.kind() == RecurrentOp.Recurrent.Kind.GRU) {
      type = "GRU";
      attributes.add(Attributes.integer("linear_before_reset", 1));
    } else if (op.kind() == RecurrentOp.Recurrent.Kind.RELU) {
      attributes.add(Attributes.texts("activations", Collections.nCopies(directions, "Relu")));
    }
    String result = node.output().name();
    List<String> outputs =
        op.result() == RecurrentOp.Recurrent.Result.STATES
            ? List.of(result)
            : List.of("", "", result);
    graph.node(type, node.source(), operands, outputs, attributes);
    return result;
  }

  private String ordered(String weight, List<Long> rows) {
    boolean same = true;
    for (int i = 0; i < rows.size(); i++) {
      same &= rows.get(i) == i;
    }
    return same
        ? weight
        : step("Gather", List.of(weight, graph.vector(rows)), Attributes.integer("axis", 1));
  }

  /** Where each row of ONNX's order is in PyTorch's. */
  private static List<Long> rows(RecurrentOp.Recurrent.Kind kind, long size, long first) {
    int[] gates =
        switch (kind) {
          case LSTM -> new int[] {0, 3, 1, 2}; // input, output, forget, cell
          case GRU -> new int[] {1, 0, 2}; // update, reset, new
          case TANH, RELU -> new int[] {0};
        };
    List<Long> rows = new ArrayList<>();
    for (int gate : gates) {
      for (long i = 0; i < size; i++) {
        rows.add(first + gate * size + i);
      }
    }
    return rows;
  }
}
