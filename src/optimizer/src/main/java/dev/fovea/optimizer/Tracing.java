package dev.fovea.optimizer;

import ai.djl.Model;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.fovea.optimizer.ir.Bounds;
import dev.fovea.optimizer.ir.Graph;
import dev.fovea.optimizer.ir.Type;
import dev.fovea.optimizer.rewrite.FixedSizes;
import dev.fovea.optimizer.trace.Tracer;
import dev.fovea.optimizer.trace.Verified;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** The graph of a model for the inputs that were asked for, and for fewer sizes of them. */
final class Tracing {

  private final Model model;
  private List<Shape> inputs = List.of();
  private List<DataType> inputTypes = List.of();
  private List<Bounds> bounds = List.of();
  private boolean fixedSizes;
  private List<Shape> sizes = List.of(); // what it is reshaped to; empty: as traced
  private @Nullable Graph graph;
  private Optional<Verified> verified = Optional.empty();

  Tracing(Model model) {
    this.model = model;
  }

  void inputs(boolean fixed, Shape... shapes) {
    inputs = List.of(shapes);
    bounds = List.of();
    fixedSizes = fixed;
    sizes = List.of();
    graph = null;
  }

  void inputs(Bounds... within) {
    bounds = List.of(within);
    sizes = List.of();
    graph = null;
  }

  void reshape(Shape... shapes) {
    sizes = List.of(shapes);
  }

  /** The sizes of each input; empty if the graph says itself what it takes. */
  List<Bounds> bounds() {
    return sizes.isEmpty() ? bounds : List.of();
  }

  /** Float32 for inputs beyond these. */
  void types(DataType... types) {
    inputTypes = List.of(types);
    graph = null;
  }

  /**
   * Computed once.
   *
   * @param cache where to remember what was verified
   */
  Graph graph(Optional<Path> cache) {
    if (graph == null) {
      verified = verified(cache);
      graph = trace();
    }
    return graph;
  }

  /**
   * What tells the graph for the sizes that it is reshaped to from all others, for this build of
   * the library, where that is known.
   */
  Optional<String> key(Optional<Path> cache) {
    Graph traced = graph(cache);
    if (verified.isEmpty()) {
      verified = verified(cache);
    }
    return cache.isEmpty() ? Optional.empty() : verified.map(v -> v.key(traced) + " as " + sizes);
  }

  private static Optional<Verified> verified(Optional<Path> cache) {
    return cache.flatMap(folder -> Verified.in(folder.resolve("verified")));
  }

  /** The graph for the sizes that it is reshaped to. */
  Graph reshaped(Optional<Path> cache) {
    Graph traced = graph(cache);
    if (sizes.isEmpty()) {
      return traced;
    }
    List<Type> types = types(sizes);
    for (int i = 0; i < Math.min(types.size(), bounds.size()); i++) {
      if (types.get(i).isStatic() && !bounds.get(i).contain(types.get(i).dims())) {
        throw new IllegalArgumentException(
            "The model was traced for sizes within " + bounds.get(i) + ", got " + sizes.get(i));
      }
    }
    return FixedSizes.of(traced, types);
  }

  private List<Type> types(List<Shape> shapes) {
    return IntStream.range(0, shapes.size())
        .mapToObj(i -> Type.of(type(i), shapes.get(i).getShape()))
        .toList();
  }

  private Graph trace() {
    if (!bounds.isEmpty()) {
      List<DataType> types = IntStream.range(0, bounds.size()).mapToObj(this::type).toList();
      return Tracer.traceWithin(model.getBlock(), types, bounds, verified);
    }
    List<Type> types = types(inputs.isEmpty() ? initialShapes() : inputs);
    return fixedSizes || !types.stream().allMatch(Type::isStatic)
        ? Tracer.traceExactly(model.getBlock(), types, verified)
        : Tracer.trace(model.getBlock(), types, verified);
  }

  private DataType type(int input) {
    return input < inputTypes.size() ? inputTypes.get(input) : DataType.FLOAT32;
  }

  private List<Shape> initialShapes() {
    Shape[] shapes = model.getBlock().getInputShapes();
    if (shapes == null || shapes.length == 0) {
      throw new IllegalStateException(
          "The model "
              + model.getName()
              + " does not say what it is given: call input(new Shape(...)) first");
    }
    return List.of(shapes);
  }
}
