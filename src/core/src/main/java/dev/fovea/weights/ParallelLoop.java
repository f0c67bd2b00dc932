package dev.fovea.weights;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ForkJoinTask;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * A loop on all processors, each thread taking the next number that is left. It ends, also by a
 * fault, when no thread works on it any more: only then may the memory that it writes to be freed.
 */
final class ParallelLoop implements Runnable {
  /** What is done for each number, at once for several. */
  interface Body {
    void run(int i) throws IOException;
  }

  private final int count;
  private final Body body;
  private final AtomicInteger next = new AtomicInteger();
  private final AtomicReference<@Nullable Throwable> fault = new AtomicReference<>();

  private ParallelLoop(int count, Body body) {
    this.count = count;
    this.body = body;
  }

  /** Runs the body for the numbers from 0 to below the count, after a fault for no further one. */
  static void run(int count, Body body) throws IOException {
    ParallelLoop loop = new ParallelLoop(count, body);
    List<ForkJoinTask<?>> others = new ArrayList<>();
    for (int i = Math.min(ForkJoinPool.getCommonPoolParallelism(), count - 1); i > 0; i--) {
      others.add(ForkJoinPool.commonPool().submit(loop));
    }
    loop.run();
    // The last first: one that no thread of a busy pool has begun is then taken back by this one.
    for (int i = others.size() - 1; i >= 0; i--) {
      others.get(i).join();
    }
    loop.rethrow();
  }

  /** Keeps a fault to itself, for {@link #rethrow}. */
  @Override
  public void run() {
    try {
      for (int i = next.getAndIncrement(); i < count; i = next.getAndIncrement()) {
        body.run(i);
      }
    } catch (IOException | RuntimeException | Error e) {
      next.set(count);
      Throwable first = fault.compareAndExchange(null, e);
      if (first != null && first != e) {
        first.addSuppressed(e);
      }
    }
  }

  private void rethrow() throws IOException {
    Throwable e = fault.get();
    if (e instanceof IOException io) {
      throw io;
    }
    if (e instanceof RuntimeException unchecked) {
      throw unchecked;
    }
    if (e != null) {
      throw (Error) e;
    }
  }
}
