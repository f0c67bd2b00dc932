package dev.fovea.optimizer;

import ai.djl.Model;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.fovea.optimizer.ir.Bounds;
import dev.fovea.optimizer.ir.Graph;
import dev.fovea.optimizer.ir.Type;
import dev.fovea.optimizer.trace.Tracer;
import dev.fovea.optimizer.trace.Verified;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** The graph of a model for the inputs that were asked for. */
final class Tracing {

  private final Model model;
  private List<Shape> inputs = List.of();
  private List<DataType> inputTypes = List.of();
  private List<Bounds> bounds = List.of();
  private boolean fixedSizes;
  private @Nullable Graph graph;
  private Optional<Verified> verified = Optional.empty();

  Tracing(Model model) {
    this.model = model;
  }

  void inputs(boolean fixed, Shape... shapes) {
    inputs = List.of(shapes);
    bounds = List.of();
    fixedSizes = fixed;
    graph = null;
  }

  void inputs(Bounds... within) {
    bounds = List.of(within);
    graph = null;
  }

  /** The sizes of each input; empty if there are no bounds. */
  List<Bounds> bounds() {
    return bounds;
  }

  /** The types of inputs of these sizes. */
  List<Type> types(Shape... shapes) {
    return IntStream.range(0, shapes.length)
        .mapToObj(i -> Type.of(type(i), shapes[i].getShape()))
        .toList();
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

  /** What tells the graph from all others, for this build of the library, where that is known. */
  Optional<String> key(Optional<Path> cache) {
    Graph traced = graph(cache);
    if (verified.isEmpty()) {
      verified = verified(cache);
    }
    return cache.isEmpty() ? Optional.empty() : verified.map(v -> v.key(traced));
  }

  private static Optional<Verified> verified(Optional<Path> cache) {
    return cache.flatMap(folder -> Verified.in(folder.resolve("verified")));
  }

  private Graph trace() {
    if (!bounds.isEmpty()) {
      List<DataType> types = IntStream.range(0, bounds.size()).mapToObj(this::type).toList();
      return Tracer.traceWithin(model.getBlock(), types, bounds, verified);
    }
    List<Type> types = types(inputs.isEmpty() ? initialShapes() : inputs.toArray(Shape[]::new));
    return fixedSizes || !types.stream().allMatch(Type::isStatic)
        ? Tracer.traceExactly(model.getBlock(), types, verified)
        : Tracer.trace(model.getBlock(), types, verified);
  }

  private DataType type(int input) {
    return input < inputTypes.size() ? inputTypes.get(input) : DataType.FLOAT32;
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
