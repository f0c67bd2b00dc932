package dev.fovea.benchmark;

/** The run-time's own call on tensors that are ready: what surrounds it is the overhead. */
interface RawCall extends AutoCloseable {

  /** Runs once. */
  void run();

  @Override
  void close();
}
