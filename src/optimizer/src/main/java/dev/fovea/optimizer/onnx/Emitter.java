package dev.fovea.optimizer.onnx;

import ai.djl.ndarray.types.DataType;
import ai.onnx.proto.OnnxMl.AttributeProto;
import dev.fovea.optimizer.ir.Node;
import dev.fovea.optimizer.ir.Op;
import dev.fovea.optimizer.ir.Value;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Writes the nodes of one operation, down to the one whose tensor is the result. */
abstract class Emitter {
  final GraphEmitter graph;

  final Node node;

  final List<String> inputs;

  final DataType type;

  Emitter(GraphEmitter graph, Node node) {
    this.graph = graph;
    this.node = node;
    inputs = node.inputs().stream().map(Value::name).toList();
    type = node.inputs().get(0).type().dataType();
  }

  String last(String opType, List<String> operands, AttributeProto... attributes) {
    graph.node(opType, node.source(), operands, node.output().name(), List.of(attributes));
    return node.output().name();
  }

  /** A node in front of the last one of this operation. */
  String step(String opType, List<String> operands, AttributeProto... attributes) {
    String output = graph.between(node.output(), opType);
    graph.node(opType, node.source(), operands, output, List.of(attributes));
    return output;
  }

  /** The vector of sizes behind {@code front}: a constant, or joined from what the inputs give. */
  String sizes(List<Long> sizes, List<String> front) {
    List<String> parts = new ArrayList<>(front);
    List<Long> literal = new ArrayList<>();
    int next = 1;
    for (long size : sizes) {
      if (size != Op.FROM_INPUT) {
        literal.add(size);
        continue;
      }
      if (!literal.isEmpty()) {
        parts.add(graph.vector(literal));
        literal.clear();
      }
      List<Long> axis = Collections.singletonList(0L);
      parts.add(step("Unsqueeze", List.of(inputs.get(next++), graph.vector(axis))));
    }
    if (!literal.isEmpty()) {
      parts.add(graph.vector(literal));
    }
    if (parts.isEmpty()) {
      return graph.vector(List.of()); // a scalar
    }
    return parts.size() == 1 ? parts.get(0) : step("Concat", parts, Attributes.integer("axis", 0));
  }

  static List<Long> longs(List<Integer> numbers) {
    return numbers.stream().map(Integer::longValue).toList();
  }
}
