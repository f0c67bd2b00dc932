package dev.fovea.optimizer.serve;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/** When a result that is known reaches the one who asked. */
interface Delivery<I, O> {

  /** The request is the next of its order. */
  void accepted(Request<I, O> request);

  /** Its outcome is known. */
  void ready(Request<I, O> request);

  static <I, O> Delivery<I, O> of(boolean inOrder) {
    return inOrder ? new InOrder<>() : new AtOnce<>();
  }

  /** As soon as it is known. */
  final class AtOnce<I, O> implements Delivery<I, O> {

    @Override
    public void accepted(Request<I, O> request) {}

    @Override
    public void ready(Request<I, O> request) {
      request.deliver();
    }
  }

  /** After all that were asked for before. */
  final class InOrder<I, O> implements Delivery<I, O> {

    private final Queue<Request<I, O>> order = new ConcurrentLinkedQueue<>();
    private final AtomicInteger calls = new AtomicInteger();

    @Override
    public void accepted(Request<I, O> request) {
      order.add(request);
      // Also when it is cancelled, it holds back no other any more.
      var unused = request.future().whenComplete((result, error) -> deliver());
    }

    @Override
    public void ready(Request<I, O> request) {
      deliver();
    }

    /** One thread at a time delivers; a call meanwhile makes it look once more. */
    private void deliver() {
      if (calls.getAndIncrement() > 0) {
        return;
      }
      int seen = 1;
      do {
        Request<I, O> next = order.peek();
        while (next != null && next.isReady()) {
          order.remove();
          next.deliver();
          next = order.peek();
        }
        seen = calls.addAndGet(-seen);
      } while (seen > 0);
    }
  }
}
