package dev.fovea.benchmark;

import java.io.IOException;

/** One way to run a model. */
interface Mode extends AutoCloseable {

  /** Runs before each block, so that the caches are as in steady use. */
  int WARM_UPS = 2;

  /** The name in the results, with who computes in front: {@code fovea openvino}. */
  String name();

  /**
   * Runs {@link #WARM_UPS} times, then some times more.
   *
   * @return milliseconds of each of the later runs
   */
  double[] block(int runs) throws IOException;

  @Override
  void close();
}
