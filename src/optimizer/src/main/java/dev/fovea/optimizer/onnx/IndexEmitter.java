package dev.fovea.optimizer.onnx;

import dev.fovea.optimizer.ir.IndexOp;
import dev.fovea.optimizer.ir.Node;
import dev.fovea.optimizer.ir.OpVisitor;
import java.util.List;

/** What operations that choose or join become in ONNX. */
final class IndexEmitter extends Emitter implements OpVisitor.Indexing<String> {
  IndexEmitter(GraphEmitter graph, Node node) {
    super(graph, node);
  }

  @Override
  public String concat(IndexOp.Concat op) {
    return last("Concat", inputs, Attributes.integer("axis", op.axis()));
  }

  @Override
  public String slice(IndexOp.Slice op) {
    return last(
        "Slice",
        List.of(
            inputs.get(0),
            graph.vector(op.starts()),
            graph.vector(op.ends()),
            graph.vector(longs(op.axes())),
            graph.vector(op.steps())));
  }

  @Override
  public String gather(IndexOp.Gather op) {
    return last("Gather", inputs, Attributes.integer("axis", op.axis()));
  }
}
