package dev.fovea.hub;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The body of an answer as a stream that ends with an error when the server sends nothing for too
 * long: the client of the JDK knows no such limit. Read by one thread.
 */
final class PatientBody extends InputStream implements HttpResponse.BodySubscriber<InputStream> {
  /** Pieces under way at once; some 16 KiB each. */
  private static final int AHEAD = 16;

  private record Signal(List<ByteBuffer> bytes, boolean end, @Nullable Throwable error) {}

  private final Duration silence;
  // Bounded by what is requested: AHEAD pieces and the end.
  private final BlockingQueue<Signal> signals = new LinkedBlockingQueue<>();
  private final Queue<ByteBuffer> buffers = new ArrayDeque<>();
  private final CompletableFuture<Flow.Subscription> subscription = new CompletableFuture<>();
  private @Nullable Signal last;

  PatientBody(Duration silence) {
    this.silence = silence;
  }

  @Override
  public CompletionStage<InputStream> getBody() {
    return CompletableFuture.completedFuture(this);
  }

  @Override
  public void onSubscribe(Flow.Subscription given) {
    if (subscription.complete(given)) {
      given.request(AHEAD);
    } else {
      given.cancel();
    }
  }

  @Override
  public void onNext(List<ByteBuffer> item) {
    signals.add(new Signal(item, false, null));
  }

  @Override
  public void onError(Throwable error) {
    signals.add(new Signal(List.of(), true, error));
  }

  @Override
  public void onComplete() {
    signals.add(new Signal(List.of(), true, null));
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    ByteBuffer buffer = filled();
    if (buffer == null) {
      return -1;
    }
    int count = Math.min(length, buffer.remaining());
    buffer.get(target, offset, count);
    return count;
  }

  /** The next buffer with bytes, or null at the end. */
  private @Nullable ByteBuffer filled() throws IOException {
    while (true) {
      ByteBuffer buffer = buffers.peek();
      if (buffer != null && buffer.hasRemaining()) {
        return buffer;
      }
      if (buffer != null) {
        buffers.remove();
        continue;
      }
      Signal signal = last == null ? next() : last;
      if (signal.end()) {
        last = signal;
        if (signal.error() != null) {
          throw new IOException(signal.error().getMessage(), signal.error());
        }
        return null;
      }
      buffers.addAll(signal.bytes());
      subscription.join().request(1);
    }
  }

  private Signal next() throws IOException {
    try {
      Signal signal = signals.poll(silence.toMillis(), TimeUnit.MILLISECONDS);
      if (signal != null) {
        return signal;
      }
    } catch (InterruptedException e) {
      close();
      Thread.currentThread().interrupt();
      throw (IOException) new InterruptedIOException("interrupted").initCause(e);
    }
    close();
    throw new HttpTimeoutException("nothing came for " + silence.toMillis() + " ms");
  }

  @Override
  public void close() {
    last = new Signal(List.of(), true, new IOException("the stream is closed"));
    buffers.clear();
    Flow.Subscription under = subscription.getNow(null);
    if (under != null) {
      under.cancel();
    }
  }
}
