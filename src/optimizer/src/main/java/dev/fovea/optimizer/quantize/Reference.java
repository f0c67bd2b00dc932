package dev.fovea.optimizer.quantize;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import dev.fovea.optimizer.ir.Graph;
import dev.fovea.optimizer.ir.Interpreter;
import java.util.ArrayList;
import java.util.List;

/** What the float graph gives on the first samples, to compare other graphs with. */
final class Reference implements AutoCloseable {

  private static final int COMPARED = 8;
  private static final int ESTIMATED = 2;

  private final NDManager manager = NDManager.newBaseManager();
  private final List<NDList> inputs = new ArrayList<>();
  private final List<NDList> expected = new ArrayList<>();

  Reference(Graph graph, Samples samples) {
    try (Interpreter exact = new Interpreter(graph, manager)) {
      for (int i = 0; i < Math.min(COMPARED, samples.size()); i++) {
        NDList sample = samples.get(i, manager);
        inputs.add(sample);
        expected.add(exact.run(sample));
      }
    }
  }

  /** How far a graph's outputs are from the float graph's. */
  Difference difference(Graph quantized) {
    return difference(quantized, inputs.size());
  }

  /** The same by fewer samples, to compare layers with each other. */
  Difference estimate(Graph quantized) {
    return difference(quantized, Math.min(ESTIMATED, inputs.size()));
  }

  private Difference difference(Graph quantized, int count) {
    double[] sums = new double[2]; // of the differences, of the outputs
    double[] largest = new double[2];
    try (Interpreter rounded = new Interpreter(quantized, manager)) {
      for (int s = 0; s < count; s++) {
        try (NDManager scope = manager.newSubManager()) {
          NDList got = rounded.run(inputs.get(s));
          got.attach(scope);
          for (int i = 0; i < got.size(); i++) {
            NDArray exact = expected.get(s).get(i);
            NDArray difference = got.get(i).sub(exact);
            difference.attach(scope);
            add(difference, sums, largest, 0, scope);
            add(exact, sums, largest, 1, scope);
          }
        }
      }
    }
    return new Difference(ratio(sums), ratio(largest));
  }

  private static double ratio(double[] parts) {
    return parts[1] == 0 ? 0 : parts[0] / parts[1];
  }

  private static void add(NDArray array, double[] sums, double[] largest, int i, NDManager scope) {
    NDArray sizes = array.abs();
    sizes.attach(scope);
    sums[i] += number(sizes.sum(), scope);
    largest[i] = Math.max(largest[i], number(sizes.max(), scope));
  }

  private static double number(NDArray scalar, NDManager scope) {
    scalar.attach(scope);
    return scalar.toType(DataType.FLOAT64, true).toDoubleArray()[0];
  }

  @Override
  public void close() {
    manager.close();
  }
}
