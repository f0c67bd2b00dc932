package dev.fovea.optimizer.onnx;

import ai.djl.ndarray.types.DataType;
import ai.onnx.proto.OnnxMl.AttributeProto;
import dev.fovea.optimizer.ir.Node;
import dev.fovea.optimizer.ir.OpVisitor;
import dev.fovea.optimizer.ir.ReductionOp;
import java.util.List;

/** What reductions become in ONNX. */
final class ReductionEmitter extends Emitter implements OpVisitor.Reductions<String> {
  ReductionEmitter(GraphEmitter graph, Node node) {
    super(graph, node);
  }

  @Override
  public String reduce(ReductionOp.Reduce op) {
    List<Long> axes = longs(op.axes());
    AttributeProto keep = Attributes.integer("keepdims", op.keepDims() ? 1 : 0);
    return switch (op.kind()) {
      case MEAN -> last("ReduceMean", inputs, Attributes.ints("axes", axes), keep);
      case SUM -> last("ReduceSum", List.of(inputs.get(0), graph.vector(axes)), keep);
      case MAX -> last("ReduceMax", inputs, Attributes.ints("axes", axes), keep);
      case MIN -> last("ReduceMin", inputs, Attributes.ints("axes", axes), keep);
      case PROD -> last("ReduceProd", inputs, Attributes.ints("axes", axes), keep);
    };
  }

  @Override
  public String argExtreme(ReductionOp.ArgExtreme op) {
    return last(
        op.largest() ? "ArgMax" : "ArgMin",
        inputs,
        Attributes.integer("axis", op.axis()),
        Attributes.integer("keepdims", 0));
  }

  @Override
  public String cumSum(ReductionOp.CumSum op) {
    return last("CumSum", List.of(inputs.get(0), graph.scalar(DataType.INT64, op.axis())));
  }
}
