package dev.fovea.cli;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import java.util.List;

/**
 * How well a model repeats what another one says.
 *
 * @param error largest difference of an output, over the largest output
 * @param percent share of predictions with the same class: of images, or of pixels
 */
record Agreement(double error, double percent) {

  /** Of two models' outputs for the same inputs; the first output counts. */
  static Agreement of(List<NDList> expected, List<NDList> got) {
    double difference = 0;
    double largest = 0;
    long same = 0;
    long all = 0;
    for (int i = 0; i < expected.size(); i++) {
      NDArray a = expected.get(i).head();
      NDArray b = got.get(i).head();
      try (NDArray gap = a.sub(b)) {
        difference = Math.max(difference, largest(gap));
      }
      largest = Math.max(largest, largest(a));
      long[] classes = classes(a);
      long[] others = classes(b);
      for (int j = 0; j < classes.length; j++) {
        same += classes[j] == others[j] ? 1 : 0;
      }
      all += classes.length;
    }
    return new Agreement(largest == 0 ? difference : difference / largest, 100.0 * same / all);
  }

  private static double largest(NDArray array) {
    try (NDArray absolute = array.abs();
        NDArray max = absolute.max()) {
      return max.getFloat();
    }
  }

  /** Classes stand on axis 1 of images and of maps, and on the last one of tokens. */
  private static long[] classes(NDArray scores) {
    int axis = scores.getShape().dimension() == 3 ? 2 : 1;
    try (NDArray classes = scores.argMax(axis)) {
      return classes.toLongArray();
    }
  }
}
