package dev.fovea.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.sun.net.httpserver.HttpHandler;
import dev.fovea.hub.HubException.Reason;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssertAlternative;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Servers that break off, lie, or want to write where they should not. */
class HubFaultsTest {
  private static final String NAME = "owner/model";
  private static final HubRepository REPOSITORY = HubRepository.parse("hf://" + NAME);
  private static final String COMMIT = "1".repeat(40);
  private static final byte[] WEIGHTS = weights();
  private static final String FILE = "model.safetensors";

  @TempDir Path folder;
  private final LoopbackHub hub = new LoopbackHub().add(NAME, COMMIT, FILE, WEIGHTS, true);

  private static byte[] weights() {
    byte[] bytes = new byte[2_000_000];
    new Random(2).nextBytes(bytes);
    return bytes;
  }

  @AfterEach
  void close() {
    hub.close();
  }

  private HubOptions options() {
    return hub.options(folder.resolve("cache"));
  }

  private Path fetch() throws IOException {
    return new HubClient(options()).file(REPOSITORY, FILE).path();
  }

  private ThrowableAssertAlternative<HubException> failure(HubOptions options, Reason reason) {
    return assertThatExceptionOfType(HubException.class)
        .isThrownBy(() -> new HubClient(options).file(REPOSITORY, FILE))
        .satisfies(e -> assertThat(e.reason()).isEqualTo(reason));
  }

  private ThrowableAssertAlternative<HubException> failure(Reason reason) {
    return failure(options(), reason);
  }

  @Test
  void a_broken_download_goes_on_where_it_ended() throws IOException {
    hub.storeOnce(Answers.broken(WEIGHTS, 700_000));
    assertThat(fetch()).hasBinaryContent(WEIGHTS);
    assertThat(ranges()).hasSize(2).startsWith("none");
    assertThat(from(ranges().get(1))).isBetween(1L, 700_000L);
  }

  private List<String> ranges() {
    return hub.storeGets().stream()
        .map(s -> Objects.requireNonNullElse(s.range(), "none"))
        .toList();
  }

  private static long from(String range) {
    return Long.parseLong(range.replaceAll("\\D", ""));
  }

  @Test
  void a_later_client_goes_on_too_and_other_bytes_of_the_past_do_no_harm() throws IOException {
    hub.storeOnce(Answers.broken(WEIGHTS, 900_000));
    for (int i = 0; i < 3; i++) {
      hub.storeOnce(Answers.with(503, Map.of()));
    }
    failure(Reason.UNREACHABLE).withMessageContaining("status 503");
    Path part;
    try (Stream<Path> files = Files.walk(folder)) {
      part = files.filter(f -> f.toString().endsWith(".part")).findFirst().orElseThrow();
    }
    long had = Files.size(part);
    assertThat(had).isPositive();
    byte[] wrong = Files.readAllBytes(part);
    wrong[0]++;
    Files.write(part, wrong);

    int before = hub.storeGets().size();
    assertThat(fetch()).hasBinaryContent(WEIGHTS);
    // The rest, then all of it, as the sum did not fit.
    assertThat(ranges().subList(before, ranges().size()))
        .containsExactly("bytes=" + had + "-", "none");
    assertThat(part).doesNotExist();
  }

  @Test
  void a_web_file_that_changed_meanwhile_is_fetched_from_its_beginning() throws IOException {
    byte[] old = WEIGHTS.clone();
    old[5]++;
    hub.storeOnce(Answers.broken(old, 600_000));
    HubFile file =
        new HubClient(options())
            .url(hub.web("/web/" + NAME + "@" + COMMIT + "/" + FILE), Optional.empty());
    assertThat(file.path()).hasBinaryContent(WEIGHTS);
    assertThat(ranges()).hasSize(2);
    assertThat(from(ranges().get(1))).isPositive();
  }

  @ParameterizedTest
  @ValueSource(ints = {408, 429, 500, 502, 503, 504})
  void a_passing_refusal_is_waited_for(int status) throws IOException {
    hub.hubOnce(Answers.with(status, Map.of("Retry-After", "0")));
    hub.storeOnce(Answers.with(status, Map.of("Retry-After", "Wed, 21 Oct 2015 07:28:00 GMT")));
    assertThat(fetch()).hasBinaryContent(WEIGHTS);
  }

  @Test
  void retry_after_is_kept_and_a_long_one_is_an_error() throws IOException {
    hub.hubOnce(Answers.with(429, Map.of("Retry-After", "1")));
    long start = System.nanoTime();
    fetch();
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThan(Duration.ofMillis(990));

    hub.hubOnce(Answers.with(429, Map.of("Retry-After", "3600")));
    assertThatExceptionOfType(HubException.class)
        .isThrownBy(() -> new HubClient(options()).file(REPOSITORY, "other"))
        .satisfies(e -> assertThat(e.reason()).isEqualTo(Reason.BUSY))
        .withMessageContaining("3600 s");
  }

  @Test
  void errors_without_end_end_the_attempts() {
    for (int i = 0; i < 3; i++) {
      hub.hubOnce(Answers.with(500, Map.of()));
    }
    failure(Reason.UNREACHABLE).withMessageContaining("status 500");
    assertThat(hub.seen()).hasSize(3);
  }

  @Test
  void a_silent_server_is_left() {
    HubOptions impatient =
        options()
            .withLimits(
                HubLimits.DEFAULT
                    .withTimeouts(Duration.ofSeconds(1), Duration.ofMillis(300))
                    .withRetries(0, Duration.ZERO));
    HttpHandler silent =
        exchange -> {
          exchange.sendResponseHeaders(200, WEIGHTS.length);
          exchange.getResponseBody().write(WEIGHTS, 0, 1000);
          exchange.getResponseBody().flush();
          sleep();
        };
    hub.storeOnce(silent);
    failure(impatient, Reason.UNREACHABLE).withMessageContaining("nothing came for 300 ms");
    hub.hubOnce(exchange -> sleep());
    failure(impatient, Reason.UNREACHABLE);
  }

  private static void sleep() {
    try {
      Thread.sleep(5_000);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void wrong_bytes_are_never_shown() throws IOException {
    byte[] wrong = WEIGHTS.clone();
    wrong[1_999_999]++;
    hub.storeOnce(exchange -> Answers.send(exchange, wrong, false));
    failure(Reason.DAMAGED).withMessageContaining("has SHA-256");
    nothingIsKept();
    assertThat(fetch()).hasBinaryContent(WEIGHTS);
  }

  @Test
  void other_sizes_than_announced_are_an_error() throws IOException {
    hub.storeOnce(exchange -> Answers.send(exchange, Arrays.copyOf(WEIGHTS, 1_000_000), false));
    failure(Reason.DAMAGED).withMessageContaining("1000000 bytes").withMessageContaining("2000000");
    hub.storeOnce(
        exchange -> {
          // No length: chunks without end.
          exchange.sendResponseHeaders(200, 0);
          exchange.getResponseBody().write(WEIGHTS);
          exchange.getResponseBody().write(WEIGHTS);
          exchange.close();
        });
    failure(Reason.DAMAGED).withMessageContaining("longer than the 2000000 bytes");
    nothingIsKept();
  }

  private void nothingIsKept() throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      assertThat(files.filter(Files::isRegularFile).map(f -> folder.relativize(f).toString()))
          .allMatch(f -> f.contains("/refs/") || f.endsWith(".lock"));
    }
  }

  @Test
  void a_limit_of_size_holds_with_and_without_an_announcement() {
    failure(atMost(1_999_999), Reason.TOO_LARGE)
        .withMessageContaining("2000000 bytes or more; the limit is 1999999");
    assertThat(hub.storeGets()).isEmpty();
    hub.storeOnce(
        exchange -> {
          exchange.sendResponseHeaders(200, 0);
          exchange.getResponseBody().write(WEIGHTS);
          exchange.close();
        });
    assertThatExceptionOfType(HubException.class)
        .isThrownBy(() -> new HubClient(atMost(1000)).url(hub.web("/web/a.pth"), Optional.empty()))
        .satisfies(e -> assertThat(e.reason()).isEqualTo(Reason.TOO_LARGE));
  }

  @Test
  void a_disk_without_room_is_seen_before_the_download() {
    hub.storeOnce(
        exchange -> {
          exchange.sendResponseHeaders(200, 1L << 59);
          exchange.close();
        });
    assertThatExceptionOfType(HubException.class)
        .isThrownBy(
            () ->
                new HubClient(atMost(Long.MAX_VALUE)).url(hub.web("/web/a.pth"), Optional.empty()))
        .satisfies(e -> assertThat(e.reason()).isEqualTo(Reason.DISK_FULL))
        .withMessageContaining("FOVEA_CACHE");
  }

  @Test
  void a_range_that_was_not_asked_for_is_not_taken() throws IOException {
    hub.storeOnce(
        exchange -> {
          exchange.getResponseHeaders().add("Content-Range", "bytes 5-1999999/2000000");
          exchange.sendResponseHeaders(206, WEIGHTS.length - 5);
          exchange.getResponseBody().write(WEIGHTS, 5, WEIGHTS.length - 5);
          exchange.close();
        });
    assertThat(fetch()).hasBinaryContent(WEIGHTS);
    assertThat(hub.storeGets()).hasSize(2);
  }

  @Test
  void compression_is_not_taken_for_the_file() {
    hub.storeOnce(Answers.with(200, Map.of("Content-Encoding", "gzip")));
    failure(Reason.UNTRUSTED).withMessageContaining("compresses it unasked");
  }

  /** Writing to /dev/full fails as on a full disk, however much room there was before. */
  @Test
  @EnabledOnOs(OS.LINUX)
  void a_disk_that_fills_while_downloading_leaves_no_file_and_the_next_try_is_whole()
      throws IOException {
    Path part =
        folder
            .resolve("cache/models--owner--model/blobs")
            .resolve(LoopbackHub.hash("SHA-256", WEIGHTS) + ".part");
    List<Long> moves = new ArrayList<>();
    Progress filling =
        (name, bytes, total) -> {
          moves.add(bytes);
          try {
            Files.createSymbolicLink(part, Path.of("/dev/full"));
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        };
    failure(options().withProgress(filling), Reason.DISK_FULL)
        .withMessageContaining("No space left on device")
        .withMessageContaining("FOVEA_CACHE");
    assertThat(moves).containsExactly(0L);
    Files.delete(part);
    try (Stream<Path> files = Files.walk(folder)) {
      assertThat(files.filter(Files::isRegularFile).map(f -> f.getFileName().toString()))
          .noneMatch(name -> name.equals(FILE) || name.equals(name.replaceAll("[^0-9a-f]", "")));
    }
    assertThat(fetch()).hasBinaryContent(WEIGHTS);
    assertThat(ranges()).containsExactly("none", "none");
  }

  private HubOptions atMost(long bytes) {
    return options().withLimits(options().limits().withMaxBytes(bytes));
  }
}
