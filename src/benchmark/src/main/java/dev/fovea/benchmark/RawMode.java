package dev.fovea.benchmark;

/** One call of a run-time after the other. */
final class RawMode implements Mode {

  private final String name;
  private final RawCall call;

  /** Times a call and owns it. */
  RawMode(String name, RawCall call) {
    this.name = name;
    this.call = call;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public double[] block(int runs) {
    for (int i = 0; i < WARM_UPS; i++) {
      call.run();
    }
    double[] times = new double[runs];
    for (int i = 0; i < runs; i++) {
      long start = System.nanoTime();
      call.run();
      times[i] = (System.nanoTime() - start) * 1e-6;
    }
    return times;
  }

  @Override
  public void close() {
    call.close();
  }
}
