package dev.fovea.optimizer;

import ai.djl.Model;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.fovea.optimizer.ir.Graph;
import dev.fovea.optimizer.ir.Type;
import dev.fovea.optimizer.trace.Tracer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The graph of a model for the inputs that were asked for. */
final class Tracing {

  private final Model model;
  private List<Shape> inputs = List.of();
  private List<DataType> inputTypes = List.of();
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

  /** Float32 for inputs beyond these. */
  void types(DataType... types) {
    inputTypes = List.of(types);
    graph = null;
  }

  /** Computed once. */
  Graph graph() {
    if (graph == null) {
      List<Type> types = types();
      graph =
          fixedSizes || !types.stream().allMatch(Type::isStatic)
              ? Tracer.traceExactly(model.getBlock(), types)
              : Tracer.trace(model.getBlock(), types);
    }
    return graph;
  }

  private List<Type> types() {
    Shape[] shapes = inputs.isEmpty() ? initialShapes() : inputs.toArray(Shape[]::new);
    List<Type> types = new ArrayList<>();
    for (int i = 0; i < shapes.length; i++) {
      DataType type = i < inputTypes.size() ? inputTypes.get(i) : DataType.FLOAT32;
      types.add(Type.of(type, shapes[i].getShape()));
    }
    return types;
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
