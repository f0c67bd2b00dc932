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

  /** Mean absolute difference of the outputs over their mean absolute size. */
  double difference(Graph quantized) {
    double difference = 0;
    double size = 0;
    try (Interpreter rounded = new Interpreter(quantized, manager)) {
      for (int s = 0; s < inputs.size(); s++) {
        try (NDManager scope = manager.newSubManager()) {
          NDList got = rounded.run(inputs.get(s));
          got.attach(scope);
          for (int i = 0; i < got.size(); i++) {
            NDArray exact = expected.get(s).get(i);
            size += sum(exact.abs(), scope);
            difference += sum(got.get(i).sub(exact).abs(), scope);
          }
        }
      }
    }
    return size == 0 ? 0 : difference / size;
  }

  private static double sum(NDArray array, NDManager scope) {
    array.attach(scope);
    return array.sum().toType(DataType.FLOAT64, true).toDoubleArray()[0];
  }

  @Override
  public void close() {
    manager.close();
  }
}
