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
import java.util.List;
import java.util.Random;

/** Compares a graph with the block that it was traced from, on random inputs. */
final class Verification implements AutoCloseable {
  /** Largest accepted difference, relative to the largest element of the block's output. */
  static final double TOLERANCE = 1e-5;

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
   * @param shapes the sizes of the inputs
   * @param demanded whether the block has to accept these sizes
   * @throws TraceException if the graph gives something else than the block
   */
  void run(List<Shape> shapes, boolean demanded) {
    try (NDManager scope = manager.newSubManager()) {
      NDList inputs = inputs(shapes, scope);
      NDList expected;
      try {
        expected = block.forward(new ParameterStore(scope, false), new NDList(inputs), false);
      } catch (RuntimeException e) {
        if (demanded) {
          throw new TraceException(
              "The block does not accept " + shapes + ": " + e.getMessage(), e);
        }
        return;
      }
      compare(expected, run(inputs, shapes), shapes);
    }
  }

  private NDList run(NDList inputs, List<Shape> shapes) {
    try {
      return interpreter.run(inputs);
    } catch (RuntimeException e) {
      throw new TraceException(
          "The block accepts " + shapes + ", the graph does not: " + e.getMessage(), e);
    }
  }

  private static void compare(NDList expected, NDList actual, List<Shape> shapes) {
    for (int i = 0; i < expected.size(); i++) {
      NDArray e = expected.get(i).stopGradient();
      NDArray a = actual.get(i);
      if (!e.getShape().equals(a.getShape())) {
        throw new TraceException(
            "For " + shapes + " the block gives " + e.getShape() + ", the graph " + a.getShape());
      }
      double scale = e.abs().max().toType(DataType.FLOAT64, false).getDouble();
      double difference = e.sub(a).abs().max().toType(DataType.FLOAT64, false).getDouble();
      // Written so that NaN fails.
      if (!(difference <= TOLERANCE * Math.max(scale, Float.MIN_NORMAL))) {
        throw new TraceException(
            String.format(
                "For %s output %d differs by %.3g from the block's, whose largest element is %.3g",
                shapes, i, difference, scale));
      }
    }
  }

  private static NDList inputs(List<Shape> shapes, NDManager scope) {
    Random random = new Random(42);
    NDList inputs = new NDList();
    for (Shape shape : shapes) {
      float[] elements = new float[Math.toIntExact(shape.size())];
      for (int i = 0; i < elements.length; i++) {
        elements[i] = 2 * random.nextFloat() - 1;
      }
      inputs.add(scope.create(elements, shape));
    }
    return inputs;
  }

  @Override
  public void close() {
    interpreter.close();
  }
}
