package dev.fovea.optimizer.serve;

import java.time.Duration;
import java.util.Objects;

/**
 * How an {@link AsyncPredictor} works.
 *
 * @param workers threads that predict; 0: as many predictions at a time as keep the model's back
 *     end busy
 * @param capacity predictions that may wait; more are a matter of {@code whenFull}
 * @param whenFull what happens to a prediction that finds no room
 * @param maxBatch predictions that are run as one at most; 1 or more. The translator needs a
 *     batchifier, and the model an open batch axis
 * @param maxDelay how long a prediction may wait for others to share its batch
 * @param inOrder whether results are delivered in the order of the calls; a slow one then holds
 *     back those that came after it
 */
public record AsyncOptions(
    int workers,
    int capacity,
    WhenFull whenFull,
    int maxBatch,
    Duration maxDelay,
    boolean inOrder) {

  /** One image at a time; up to 64 wait, and further callers wait too. */
  public static final AsyncOptions DEFAULT =
      new AsyncOptions(0, 64, WhenFull.WAIT, 1, Duration.ZERO, false);

  /** What happens to a prediction that finds no room. */
  public enum WhenFull {
    /** The caller waits for room. */
    WAIT,
    /** The caller gets a {@link java.util.concurrent.RejectedExecutionException} at once. */
    REJECT
  }

  /** {@inheritDoc} */
  public AsyncOptions {
    Objects.requireNonNull(whenFull, "whenFull");
    require(workers >= 0, "workers is 0 or more, got " + workers);
    require(maxBatch >= 1, "maxBatch is 1 or more, got " + maxBatch);
    require(
        capacity >= maxBatch, "capacity is at least a batch of " + maxBatch + ", got " + capacity);
    require(!maxDelay.isNegative(), "maxDelay is not negative, got " + maxDelay);
    require(
        maxBatch > 1 || maxDelay.isZero(),
        "a delay of " + maxDelay + " is of no use with maxBatch 1: ask for 2 or more");
  }

  private static void require(boolean holds, String message) {
    if (!holds) {
      throw new IllegalArgumentException(message);
    }
  }

  /**
   * Returns the same with another number of threads.
   *
   * @param workers 0 or more
   * @return other options
   */
  public AsyncOptions withWorkers(int workers) {
    return new AsyncOptions(workers, capacity, whenFull, maxBatch, maxDelay, inOrder);
  }

  /**
   * Returns the same with another bound.
   *
   * @param capacity predictions that may wait
   * @param whenFull what happens to a prediction that finds no room
   * @return other options
   */
  public AsyncOptions withQueue(int capacity, WhenFull whenFull) {
    return new AsyncOptions(workers, capacity, whenFull, maxBatch, maxDelay, inOrder);
  }

  /**
   * Returns the same with predictions gathered into batches.
   *
   * @param maxBatch predictions that are run as one at most
   * @param maxDelay how long a prediction may wait for others to share its batch
   * @return other options
   */
  public AsyncOptions withBatching(int maxBatch, Duration maxDelay) {
    return new AsyncOptions(workers, capacity, whenFull, maxBatch, maxDelay, inOrder);
  }

  /**
   * Returns the same with or without a fixed order of delivery.
   *
   * @param inOrder whether results are delivered in the order of the calls
   * @return other options
   */
  public AsyncOptions withInOrder(boolean inOrder) {
    return new AsyncOptions(workers, capacity, whenFull, maxBatch, maxDelay, inOrder);
  }
}
