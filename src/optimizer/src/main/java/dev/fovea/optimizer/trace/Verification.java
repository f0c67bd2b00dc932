package dev.fovea.optimizer.trace;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.training.ParameterStore;
import dev.fovea.optimizer.ir.Graph;
import dev.fovea.optimizer.ir.Interpreter;
import dev.fovea.optimizer.ir.Type;
import java.util.List;
import java.util.Random;

/** Compares a graph with the block that it was traced from, on random inputs. */
final class Verification implements AutoCloseable {
  /** Largest accepted difference, relative to the largest element of the block's output. */
  static final double TOLERANCE = 1e-5;

  /** Whole numbers below these are tried. */
  private static final int[] LIMITS = {100, 10, 2};

  private final Block block;
  private final Interpreter interpreter;
  private final NDManager manager;

  Verification(Block block, Graph graph, NDManager manager) {
    this.block = block;
    this.interpreter = new Interpreter(graph, manager);
    this.manager = manager;
  }

  /**
   * Runs both.
   *
   * @param types element types and sizes of the inputs
   * @param demanded whether the block has to accept these
   * @throws TraceException if the graph gives something else than the block
   */
  void run(List<Type> types, boolean demanded) {
    boolean whole = types.stream().anyMatch(type -> !type.dataType().isFloating());
    for (int limit : whole ? LIMITS : new int[1]) {
      try (NDManager scope = manager.newSubManager()) {
        NDList inputs = inputs(types, limit, scope);
        NDList expected;
        try {
          expected = block.forward(new ParameterStore(scope, false), new NDList(inputs), false);
        } catch (RuntimeException e) {
          if (whole && limit != LIMITS[LIMITS.length - 1]) {
            continue; // perhaps a number is too large for a table
          }
          if (demanded) {
            throw new TraceException(
                "The block does not accept " + types + ": " + e.getMessage(), e);
          }
          return;
        }
        compare(expected, run(inputs, types), types);
        return;
      }
    }
  }

  private NDList run(NDList inputs, List<Type> types) {
    try {
      return interpreter.run(inputs);
    } catch (RuntimeException e) {
      throw new TraceException(
          "The block accepts " + types + ", the graph does not: " + e.getMessage(), e);
    }
  }

  private static void compare(NDList expected, NDList actual, List<Type> types) {
    for (int i = 0; i < expected.size(); i++) {
      NDArray e = expected.get(i).stopGradient();
      NDArray a = actual.get(i);
      Type block = Type.of(e.getDataType(), e.getShape().getShape());
      Type graph = Type.of(a.getDataType(), a.getShape().getShape());
      if (!block.equals(graph)) {
        throw new TraceException(
            "For " + types + " the block gives " + block + ", the graph " + graph);
      }
      NDArray e64 = e.toType(DataType.FLOAT64, false);
      NDArray a64 = a.toType(DataType.FLOAT64, false);
      double scale = e64.abs().max().getDouble();
      double difference = e64.sub(a64).abs().max().getDouble();
      // Written so that NaN fails.
      if (!(difference <= TOLERANCE * Math.max(scale, Float.MIN_NORMAL))) {
        throw new TraceException(
            String.format(
                "For %s output %d differs by %.3g from the block's, whose largest element is %.3g",
                types, i, difference, scale));
      }
    }
  }

  private static NDList inputs(List<Type> types, int limit, NDManager scope) {
    Random random = new Random(42);
    NDList inputs = new NDList();
    for (Type type : types) {
      Shape shape = new Shape(type.dims());
      double[] elements = new double[Math.toIntExact(shape.size())];
      boolean floating = type.dataType().isFloating();
      boolean truth = type.dataType() == DataType.BOOLEAN;
      for (int i = 0; i < elements.length; i++) {
        elements[i] = floating ? 2 * random.nextFloat() - 1 : random.nextInt(truth ? 2 : limit);
      }
      inputs.add(scope.create(elements, shape).toType(type.dataType(), false));
    }
    return inputs;
  }

  @Override
  public void close() {
    interpreter.close();
  }
}
