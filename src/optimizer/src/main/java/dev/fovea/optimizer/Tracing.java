package dev.fovea.optimizer;

import ai.djl.Model;
import ai.djl.ndarray.types.Shape;
import dev.fovea.optimizer.ir.Graph;
import dev.fovea.optimizer.ir.Type;
import dev.fovea.optimizer.trace.Tracer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The graph of a model for the inputs that were asked for. */
final class Tracing {

  private final Model model;
  private List<Shape> inputs = List.of();
  private boolean fixedSizes;
  private @Nullable Graph graph;

  Tracing(Model model) {
    this.model = model;
  }

  void inputs(boolean fixed, Shape... shapes) {
    inputs = List.of(shapes);
    fixedSizes = fixed;
    graph = null;
  }

  /** Computed once. */
  Graph graph() {
    if (graph == null) {
      Shape[] shapes = inputs.isEmpty() ? initialShapes() : inputs.toArray(Shape[]::new);
      graph =
          fixedSizes || List.of(shapes).stream().anyMatch(Tracing::isOpen)
              ? Tracer.traceExactly(model.getBlock(), shapes)
              : Tracer.trace(model.getBlock(), shapes);
    }
    return graph;
  }

  private static boolean isOpen(Shape shape) {
    for (long size : shape.getShape()) {
      if (size == Type.DYNAMIC) {
        return true;
      }
    }
    return false;
  }

  private Shape[] initialShapes() {
    Shape[] shapes = model.getBlock().getInputShapes();
    if (shapes == null || shapes.length == 0) {
      throw new IllegalStateException(
          "The model "
              + model.getName()
              + " does not say what it is given: call input(new Shape(...)) first");
    }
    return shapes;
  }
}
