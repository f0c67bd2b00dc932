package dev.fovea.optimizer.onnx;

import dev.fovea.optimizer.ir.Node;
import dev.fovea.optimizer.ir.OpVisitor;

/**
 * What each operation becomes in ONNX, down to the tensor that holds the result; the attributes are
 * those of the <a href="https://github.com/onnx/onnx/blob/rel-1.12.0/docs/Operators.md">operators
 * of set 17</a>.
 */
final class NodeEmitter implements OpVisitor<String> {
  private final GraphEmitter graph;
  private final Node node;

  NodeEmitter(GraphEmitter graph, Node node) {
    this.graph = graph;
    this.node = node;
  }

  @Override
  public OpVisitor.Layers<String> layers() {
    return new LayerEmitter(graph, node);
  }

  @Override
  public OpVisitor.Elements<String> elements() {
    return new ElementEmitter(graph, node);
  }

  @Override
  public OpVisitor.Reductions<String> reductions() {
    return new ReductionEmitter(graph, node);
  }

  @Override
  public OpVisitor.Shapes<String> shapes() {
    return new ShapeEmitter(graph, node);
  }

  @Override
  public OpVisitor.Indexing<String> indexing() {
    return new IndexEmitter(graph, node);
  }

  @Override
  public OpVisitor.Sequences<String> sequences() {
    return new RecurrentEmitter(graph, node);
  }
}
