package dev.fovea.train;

import ai.djl.ndarray.NDManager;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** Makes batches in order on a thread of its own, one ahead of the step that computes. */
final class BatchPrefetch implements AutoCloseable {

  private final BatchSource source;
  private final NDManager run;
  private final long steps;
  private final ExecutorService thread =
      Executors.newSingleThreadExecutor(
          task -> {
            Thread thread = new Thread(task, "fovea-batches");
            thread.setDaemon(true);
            return thread;
          });
  private Future<Prepared> next;

  /** Begins with the batch of step 0. */
  BatchPrefetch(BatchSource source, NDManager run, long steps) {
    this.source = source;
    this.run = run;
    this.steps = steps;
    next = thread.submit(() -> prepare(0));
  }

  /** A batch and the manager that it hangs on, which becomes that of its step. */
  record Prepared(NDManager step, BatchSource.Batch batch) implements AutoCloseable {
    @Override
    public void close() {
      step.close();
    }
  }

  private Prepared prepare(long step) throws Exception {
    NDManager manager = run.newSubManager();
    try {
      return new Prepared(manager, source.batch(manager, step));
    } catch (Exception | Error e) {
      manager.close();
      throw e;
    }
  }

  /** Waits for the batch of a step and has the following one made meanwhile. */
  Prepared take(long step) {
    try {
      if (Thread.interrupted()) { // get() does not look if the batch is ready
        throw new InterruptedException();
      }
      Prepared prepared = next.get();
      if (step + 1 < steps) {
        next = thread.submit(() -> prepare(step + 1));
      }
      return prepared;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Training was interrupted before step " + step, e);
    } catch (ExecutionException e) {
      throw new IllegalStateException(
          "The batch of step " + step + " could not be made: " + e.getCause(), e.getCause());
    }
  }

  /** Stops, and waits until no array is being made any more. */
  @Override
  public void close() {
    thread.shutdownNow();
    boolean interrupted = false;
    while (!thread.isTerminated()) {
      try {
        thread.awaitTermination(1, TimeUnit.SECONDS);
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
