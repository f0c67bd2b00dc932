package dev.fovea.optimizer;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import ai.djl.util.Pair;
import dev.fovea.optimizer.backend.Backend;
import dev.fovea.optimizer.backend.openvino.OpenVinoLibrary;
import dev.fovea.optimizer.ir.Graph;
import dev.fovea.optimizer.ir.Interpreter;
import dev.fovea.optimizer.ir.Type;
import dev.fovea.optimizer.rewrite.Rewritten;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * What every network is held to: the traced graph, the rewritten one and what the run-times make of
 * it give what the block gives.
 */
public final class Contract {
  /** Of the trace, relative to the largest element. */
  public static final double TRACE = 1e-5;

  /** Of a run-time in float32, relative to the largest element. */
  public static final double RUNTIME = 1e-4;

  private Contract() {}

  /** How far a back end is from the block. */
  public record Difference(String backend, int nodes, double error) {
    boolean isAccepted() { // false for NaN
      return error <= (backend.equals("trace") ? TRACE : RUNTIME);
    }

    @Override
    public String toString() {
      return String.format("%s %d nodes %.1e", backend, nodes, error);
    }
  }

  /** Leaves no vector at its first value, where biases are 0 and scales are 1. */
  public static void spread(Block block) {
    for (Pair<String, Parameter> entry : block.getParameters()) {
      NDArray array = entry.getValue().getArray();
      if (array.getShape().dimension() == 1) {
        boolean scale = entry.getKey().matches("(?i).*(weight|gamma|running_?var)");
        try (NDArray values =
            array
                .getManager()
                .randomUniform(scale ? 0.8f : -0.2f, scale ? 1.2f : 0.2f, array.getShape())) {
          values.copyTo(array);
        }
      }
    }
  }

  /** Returns whether OpenVINO is installed; without it the contract is that of the others. */
  public static boolean hasOpenVino() {
    try {
      OpenVinoLibrary.find();
      return true;
    } catch (IllegalStateException e) {
      return false;
    }
  }

  /**
   * Runs the block, the graph and each back end on random inputs of given sizes, and asserts that
   * they agree.
   *
   * @return what each differs by, the interpreter of the trace first
   */
  public static List<Difference> hold(
      Block block, Graph graph, List<String> backends, List<List<Type>> sizes) {
    List<Difference> differences = new ArrayList<>();
    try (NDManager manager = NDManager.newBaseManager()) {
      List<NDList> inputs = new ArrayList<>();
      List<NDList> expected = new ArrayList<>();
      for (List<Type> types : sizes) {
        NDList x = inputs(types, manager);
        inputs.add(x);
        NDList y = block.forward(new ParameterStore(manager, false), new NDList(x), false);
        expected.add(y);
      }
      try (Interpreter interpreter = new Interpreter(graph, manager)) {
        double error = 0;
        for (int i = 0; i < inputs.size(); i++) {
          error = Math.max(error, difference(expected.get(i), interpreter.run(inputs.get(i))));
        }
        differences.add(new Difference("trace", graph.nodes().size(), error));
      }
      for (String name : backends) {
        differences.add(run(Backend.named(name), graph, inputs, expected, manager));
      }
    }
    assertThat(differences).as("all of %s", differences).allMatch(Difference::isAccepted);
    return differences;
  }

  private static Difference run(
      Backend backend, Graph graph, List<NDList> inputs, List<NDList> expected, NDManager manager) {
    Graph rewritten = Rewritten.of(graph, backend.rewrites()).graph();
    Block compiled = backend.compile(rewritten, Backend.Options.DEFAULT, manager);
    double error = 0;
    for (int i = 0; i < inputs.size(); i++) {
      NDList got =
          compiled.forward(new ParameterStore(manager, false), new NDList(inputs.get(i)), false);
      error = Math.max(error, difference(expected.get(i), got));
    }
    compiled.clear();
    return new Difference(backend.name(), rewritten.nodes().size(), error);
  }

  /** The largest difference of any output, relative to that output's largest element. */
  static double difference(NDList expected, NDList got) {
    assertThat(got).hasSameSizeAs(expected);
    double worst = 0;
    for (int i = 0; i < expected.size(); i++) {
      NDArray e = expected.get(i).stopGradient().toType(DataType.FLOAT64, false);
      NDArray g = got.get(i).toType(DataType.FLOAT64, false);
      assertThat(got.get(i).getDataType()).isEqualTo(expected.get(i).getDataType());
      assertThat(g.getShape()).isEqualTo(e.getShape());
      double scale = e.abs().max().toDoubleArray()[0];
      assertThat(scale).as("largest element of output " + i).isPositive();
      worst = Math.max(worst, e.sub(g).abs().max().toDoubleArray()[0] / scale);
    }
    return worst;
  }

  private static NDList inputs(List<Type> types, NDManager manager) {
    Random random = new Random(7);
    NDList inputs = new NDList();
    for (Type type : types) {
      Shape shape = new Shape(type.dims());
      float[] elements = new float[Math.toIntExact(shape.size())];
      for (int i = 0; i < elements.length; i++) {
        elements[i] = type.dataType().isFloating() ? random.nextFloat() * 2 - 1 : random.nextInt(2);
      }
      inputs.add(manager.create(elements, shape).toType(type.dataType(), false));
    }
    return inputs;
  }
}
