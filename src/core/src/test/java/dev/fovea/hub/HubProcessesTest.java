package dev.fovea.hub;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpHandler;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Several threads and processes, one cache. */
@Timeout(120)
class HubProcessesTest {
  private static final String NAME = "owner/model";
  private static final HubRepository REPOSITORY = HubRepository.parse("hf://" + NAME);
  private static final String COMMIT = "1".repeat(40);
  private static final String FILE = "model.safetensors";
  private static final byte[] WEIGHTS = weights();

  @TempDir Path cache;
  private final LoopbackHub hub = new LoopbackHub().add(NAME, COMMIT, FILE, WEIGHTS, true);

  private static byte[] weights() {
    byte[] bytes = new byte[2_000_000];
    new Random(3).nextBytes(bytes);
    return bytes;
  }

  @AfterEach
  void close() {
    hub.close();
  }

  /** Sends half of the file, and the rest when the latch opens. */
  private static HttpHandler slow(CountDownLatch half, CountDownLatch rest) {
    return exchange -> {
      exchange.sendResponseHeaders(200, WEIGHTS.length);
      int middle = WEIGHTS.length / 2;
      exchange.getResponseBody().write(WEIGHTS, 0, middle);
      exchange.getResponseBody().flush();
      half.countDown();
      try {
        rest.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      exchange.getResponseBody().write(WEIGHTS, middle, WEIGHTS.length - middle);
      exchange.close();
    };
  }

  private HubFile fetch() throws IOException {
    return new HubClient(hub.options(cache)).file(REPOSITORY, FILE);
  }

  private void awaitHeads(int count) throws InterruptedException {
    while (hub.seen().stream().filter(s -> s.method().equals("HEAD")).count() < count) {
      TimeUnit.MILLISECONDS.sleep(20);
    }
    // The heads are answered; now they are at the lock.
    TimeUnit.MILLISECONDS.sleep(500);
  }

  @Test
  void two_processes_and_a_thread_fetch_a_file_once() throws Exception {
    CountDownLatch half = new CountDownLatch(1);
    CountDownLatch rest = new CountDownLatch(1);
    hub.storeOnce(slow(half, rest));
    Process first = HubFetch.start(hub.endpoint(), cache, REPOSITORY, FILE);
    half.await();
    Process second = HubFetch.start(hub.endpoint(), cache, REPOSITORY, FILE);
    ExecutorService thread = Executors.newSingleThreadExecutor();
    try {
      Future<HubFile> third = thread.submit(this::fetch);
      awaitHeads(3);
      assertThat(third.isDone()).isFalse();
      assertThat(second.isAlive()).isTrue();
      rest.countDown();
      assertThat(third.get(60, TimeUnit.SECONDS).path()).hasBinaryContent(WEIGHTS);
      assertThat(first.waitFor()).isZero();
      assertThat(second.waitFor()).isZero();
    } finally {
      thread.shutdownNow();
      first.destroyForcibly();
      second.destroyForcibly();
    }
    assertThat(hub.storeGets()).hasSize(1);
  }

  @Test
  void the_next_process_takes_over_from_one_that_was_killed() throws Exception {
    CountDownLatch half = new CountDownLatch(1);
    hub.storeOnce(slow(half, new CountDownLatch(1)));
    Process killed = HubFetch.start(hub.endpoint(), cache, REPOSITORY, FILE);
    half.await();
    TimeUnit.MILLISECONDS.sleep(500);
    killed.destroyForcibly().waitFor();
    assertThat(fetch().path()).hasBinaryContent(WEIGHTS);
    assertThat(hub.storeGets()).hasSize(2);
    assertThat(hub.storeGets().get(1).range()).startsWith("bytes=").isNotEqualTo("bytes=0-");
  }

  @Test
  void threads_of_one_process_fetch_a_file_once()
      throws InterruptedException, ExecutionException, TimeoutException {
    ExecutorService threads = Executors.newFixedThreadPool(8);
    try {
      List<Future<HubFile>> files =
          IntStream.range(0, 8).mapToObj(i -> threads.submit(this::fetch)).toList();
      for (Future<HubFile> file : files) {
        assertThat(file.get(60, TimeUnit.SECONDS).path()).hasBinaryContent(WEIGHTS);
      }
    } finally {
      threads.shutdownNow();
    }
    assertThat(hub.storeGets()).hasSize(1);
  }
}
