package dev.fovea.optimizer.onnx;

import dev.fovea.optimizer.ir.IndexOp;
import dev.fovea.optimizer.ir.Node;
import dev.fovea.optimizer.ir.OpVisitor;
import dev.fovea.optimizer.ir.Type;
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

  @Override
  public String gatherElements(IndexOp.GatherElements op) {
    return last("GatherElements", inputs, Attributes.integer("axis", op.axis()));
  }

  @Override
  public String sort(IndexOp.Sort op) {
    String unused = graph.between(node.output(), op.places() ? "elements" : "places");
    String result = node.output().name();
    graph.node(
        "TopK",
        node.source(),
        List.of(inputs.get(0), count(op)),
        op.places() ? List.of(unused, result) : List.of(result, unused),
        List.of(
            Attributes.integer("axis", op.axis()),
            Attributes.integer("largest", op.descending() ? 1 : 0),
            Attributes.integer("sorted", 1)));
    return result;
  }

  private String count(IndexOp.Sort op) {
    long size = node.inputs().get(0).type().dims().get(op.axis());
    if (op.limit() != IndexOp.Sort.ALL || size != Type.DYNAMIC) {
      return graph.vector(List.of(op.limit() != IndexOp.Sort.ALL ? op.limit() : size));
    }
    return step(
        "Shape",
        List.of(inputs.get(0)),
        Attributes.integer("start", op.axis()),
        Attributes.integer("end", op.axis() + 1));
  }
}
