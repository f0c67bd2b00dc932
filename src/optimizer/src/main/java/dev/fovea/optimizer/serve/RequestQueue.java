package dev.fovea.optimizer.serve;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/**
 * Requests that wait, up to a bound, and are taken in batches: as soon as there are enough for one,
 * or when the first of them has waited for as long as it may.
 */
final class RequestQueue<I, O> {

  private final AsyncOptions options;
  private final Consumer<Request<I, O>> accepted; // called in the order of the queue
  private final ArrayDeque<Request<I, O>> waiting = new ArrayDeque<>();
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition(); // for those that take
  private final Condition room = lock.newCondition(); // for those that add
  private boolean closed;

  RequestQueue(AsyncOptions options, Consumer<Request<I, O>> accepted) {
    this.options = options;
    this.accepted = accepted;
  }

  /**
   * Adds a request.
   *
   * @param mayWait false for a thread that others wait for: it exceeds the bound rather than wait
   */
  void add(Request<I, O> request, boolean mayWait) {
    lock.lock();
    try {
      awaitRoom(mayWait);
      accepted.accept(request);
      waiting.add(request);
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void awaitRoom(boolean mayWait) {
    try {
      while (!closed && isFull()) {
        if (options.whenFull() == AsyncOptions.WhenFull.REJECT) {
          throw new RejectedExecutionException(
              options.capacity() + " predictions wait already: try again later, or ask for more");
        }
        if (!mayWait) {
          break;
        }
        room.await();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new RejectedExecutionException("Interrupted while waiting for room", e);
    }
    if (closed) {
      throw new IllegalStateException("The predictor is closed");
    }
  }

  private boolean isFull() {
    if (waiting.size() < options.capacity()) {
      return false;
    }
    waiting.removeIf(Request::isDone); // those that were cancelled need no room
    return waiting.size() >= options.capacity();
  }

  /** Waits for a batch; it is empty once the queue is closed and nothing is left. */
  List<Request<I, O>> take() {
    lock.lock();
    try {
      while (!hasBatch()) {
        awaitChange();
      }
      List<Request<I, O>> batch = new ArrayList<>();
      while (batch.size() < options.maxBatch() && !waiting.isEmpty()) {
        batch.add(waiting.remove());
      }
      room.signalAll();
      return batch;
    } finally {
      lock.unlock();
    }
  }

  @SuppressWarnings("WaitNotInLoop") // its caller is the loop
  private void awaitChange() {
    try {
      if (waiting.isEmpty()) {
        changed.await();
      } else {
        changed.awaitNanos(left());
      }
    } catch (InterruptedException e) {
      // By what a caller attached to a future: it is not for the thread that takes.
    }
  }

  private boolean hasBatch() {
    return closed || waiting.size() >= options.maxBatch() || (!waiting.isEmpty() && left() <= 0);
  }

  /** How long the first may still wait for others, in nanoseconds. */
  private long left() {
    return options.maxDelay().toNanos() - (System.nanoTime() - waiting.element().arrival());
  }

  int size() {
    lock.lock();
    try {
      return waiting.size();
    } finally {
      lock.unlock();
    }
  }

  /** Takes no more; what waits can still be taken. */
  void close() {
    lock.lock();
    try {
      closed = true;
      changed.signalAll();
      room.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Takes no more, and returns what waits. */
  List<Request<I, O>> closeNow() {
    lock.lock();
    try {
      close();
      List<Request<I, O>> rest = List.copyOf(waiting);
      waiting.clear();
      return rest;
    } finally {
      lock.unlock();
    }
  }
}
