package dev.fovea.optimizer;

/** What a back end is to be fast at. */
public enum Hint {
  /** One prediction at a time, each with all threads. */
  LATENCY,
  /** Many predictions a second: several at a time, from as many threads of the caller. */
  THROUGHPUT
}
