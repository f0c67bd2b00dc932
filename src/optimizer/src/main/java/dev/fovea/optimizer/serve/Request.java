package dev.fovea.optimizer.serve;

import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A prediction that was asked for. */
final class Request<I, O> {

  private final I input;
  private final CompletableFuture<O> future = new CompletableFuture<>();
  private final long arrival = System.nanoTime();
  private volatile @Nullable Runnable outcome; // known, and perhaps not delivered yet

  Request(I input) {
    this.input = input;
  }

  I input() {
    return input;
  }

  CompletableFuture<O> future() {
    return future;
  }

  /** When it was asked for, by {@link System#nanoTime}. */
  long arrival() {
    return arrival;
  }

  /** Nobody waits for it any more: it was cancelled, or completed from outside. */
  boolean isDone() {
    return future.isDone();
  }

  void succeed(O result) {
    outcome = () -> future.complete(result);
  }

  void fail(Throwable error) {
    outcome = () -> future.completeExceptionally(error);
  }

  boolean isReady() {
    return outcome != null || isDone();
  }

  /** Runs what the caller attached to the future. */
  void deliver() {
    Runnable known = outcome;
    if (known != null) {
      known.run();
    }
  }
}
