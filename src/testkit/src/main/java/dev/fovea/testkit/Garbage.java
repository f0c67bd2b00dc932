package dev.fovea.testkit;

import java.lang.ref.PhantomReference;
import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.nio.ByteBuffer;

/**
 * Brings out reads of freed memory. An operation with a Java number, as in {@code x.mul(2f)}, lends
 * the engine a buffer. If autograd saves it for the backward pass, the buffer may be gone by then,
 * and the gradient is wrong.
 */
final class Garbage {

  /** The end of a message about a gradient that a collection has changed. */
  static final String ADVICE =
      String.format(
          "%nan array that autograd saved has lost its memory: is there an operation with a Java"
              + " number, such as mul(2f), div(n) or pow(n)? Use an array that owns its memory");

  private Garbage() {}

  /** Has unreachable buffers freed, and their memory used by others. */
  static void collectAndReuse() {
    ReferenceQueue<Object> queue = new ReferenceQueue<>();
    PhantomReference<Object> witness = new PhantomReference<>(new Object(), queue);
    System.gc();
    try {
      queue.remove(5_000); // buffers are freed by the thread that enqueues the witness
      Thread.sleep(50);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      Reference.reachabilityFence(witness);
    }
    for (int i = 0; i < 20_000; i++) {
      ByteBuffer buffer = ByteBuffer.allocateDirect(8 << (i % 5));
      while (buffer.hasRemaining()) {
        buffer.put((byte) 0x7f);
      }
    }
  }
}
