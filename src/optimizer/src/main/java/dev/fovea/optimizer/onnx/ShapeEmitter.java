package dev.fovea.optimizer.onnx;

import ai.djl.ndarray.types.DataType;
import dev.fovea.optimizer.ir.Node;
import dev.fovea.optimizer.ir.OpVisitor;
import dev.fovea.optimizer.ir.ShapeOp;
import java.util.List;

/** What changes of the shape become in ONNX. */
final class ShapeEmitter extends Emitter implements OpVisitor.Shapes<String> {
  ShapeEmitter(GraphEmitter graph, Node node) {
    super(graph, node);
  }

  @Override
  public String reshape(ShapeOp.Reshape op) {
    // 0 and -1 mean in ONNX what COPY and INFER mean here.
    return last("Reshape", List.of(inputs.get(0), sizes(op.sizes(), List.of())));
  }

  @Override
  public String transpose(ShapeOp.Transpose op) {
    return last("Transpose", inputs, Attributes.ints("perm", longs(op.perm())));
  }

  @Override
  public String squeeze(ShapeOp.Squeeze op) {
    return last("Squeeze", List.of(inputs.get(0), graph.vector(longs(op.axes()))));
  }

  @Override
  public String unsqueeze(ShapeOp.Unsqueeze op) {
    return last("Unsqueeze", List.of(inputs.get(0), graph.vector(longs(op.axes()))));
  }

  @Override
  public String expand(ShapeOp.Expand op) {
    return last("Expand", List.of(inputs.get(0), sizes(op.sizes(), List.of())));
  }

  @Override
  public String size(ShapeOp.Size op) {
    String shape = step("Shape", inputs);
    return last(
        "Gather",
        List.of(shape, graph.scalar(DataType.INT64, op.axis())),
        Attributes.integer("axis", 0));
  }
}
