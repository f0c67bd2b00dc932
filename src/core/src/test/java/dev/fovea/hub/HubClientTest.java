package dev.fovea.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.fovea.hub.HubException.Reason;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HubClientTest {
  private static final String NAME = "owner/some.model-1";
  private static final HubRepository REPOSITORY = HubRepository.parse("hf://" + NAME);
  private static final String FIRST = "1".repeat(40);
  private static final String SECOND = "2".repeat(40);
  private static final byte[] CONFIG = "{\"a\": 1}".getBytes(StandardCharsets.UTF_8);
  private static final byte[] WEIGHTS = weights();

  @TempDir Path cache;
  private final LoopbackHub hub =
      new LoopbackHub()
          .add(NAME, FIRST, "config.json", CONFIG, false)
          .add(NAME, FIRST, "sub folder/é+weights.safetensors", WEIGHTS, true);

  private static byte[] weights() {
    byte[] bytes = new byte[3_000_000];
    new Random(1).nextBytes(bytes);
    return bytes;
  }

  @AfterEach
  void close() {
    hub.close();
  }

  private HubClient client() {
    return new HubClient(hub.options(cache));
  }

  private static Reason reason(ThrowingCall call) {
    return assertThatExceptionOfType(HubException.class).isThrownBy(call::run).actual().reason();
  }

  @FunctionalInterface
  private interface ThrowingCall {
    void run() throws IOException;
  }

  @Test
  void small_and_large_files_lie_where_the_hubs_own_cache_has_them() throws IOException {
    HubFile config = client().file(REPOSITORY, "config.json");
    HubFile weights = client().file(REPOSITORY, "sub folder/é+weights.safetensors");

    Path folder = cache.resolve("models--owner--some.model-1");
    assertThat(config.path()).isEqualTo(folder.resolve("snapshots/" + FIRST + "/config.json"));
    assertThat(config.path()).hasBinaryContent(CONFIG);
    assertThat(config.commit()).contains(FIRST);
    assertThat(config.sha256()).isEmpty();
    assertThat(weights.path()).hasBinaryContent(WEIGHTS);
    String hash = LoopbackHub.hash("SHA-256", WEIGHTS);
    assertThat(weights.sha256()).contains(hash);
    assertThat(Files.readSymbolicLink(weights.path())).isEqualTo(Path.of("../../../blobs/" + hash));
    assertThat(folder.resolve("refs/main")).hasContent(FIRST);
    try (Stream<Path> blobs = Files.list(folder.resolve("blobs"))) {
      assertThat(blobs).hasSize(2);
    }
  }

  @Test
  void a_second_look_fetches_nothing_again_and_a_commit_asks_nobody() throws IOException {
    String file = "sub folder/é+weights.safetensors";
    HubFile once = client().file(REPOSITORY, file);
    assertThat(client().file(REPOSITORY, file)).isEqualTo(once);
    assertThat(hub.storeGets()).hasSize(1);

    int before = hub.seen().size();
    assertThat(client().file(REPOSITORY.at(FIRST), file)).isEqualTo(once);
    assertThat(hub.seen()).hasSize(before);
  }

  @Test
  void a_branch_that_moves_gives_its_new_file_and_the_old_one_stays() throws IOException {
    Path old = client().file(REPOSITORY, "config.json").path();
    byte[] other = "{}".getBytes(StandardCharsets.UTF_8);
    hub.add(NAME, SECOND, "config.json", other, false);
    assertThat(client().file(REPOSITORY, "config.json").path()).hasBinaryContent(other);
    assertThat(old).hasBinaryContent(CONFIG);
  }

  @Test
  void equal_contents_of_two_commits_are_fetched_once() throws IOException {
    client().file(REPOSITORY, "sub folder/é+weights.safetensors");
    hub.add(NAME, SECOND, "model.safetensors", WEIGHTS, true);
    assertThat(client().file(REPOSITORY, "model.safetensors").path()).hasBinaryContent(WEIGHTS);
    assertThat(hub.storeGets()).hasSize(1);
  }

  @Test
  void a_revision_with_a_slash_is_one_name_to_the_server() throws IOException {
    hub.name(NAME, "refs/pr/1", FIRST);
    HubFile file = client().file(REPOSITORY.at("refs/pr/1"), "config.json");
    assertThat(file.commit()).contains(FIRST);
    assertThat(hub.seen().get(0).path()).contains("/resolve/refs%2Fpr%2F1/config.json");
    assertThat(cache.resolve("models--owner--some.model-1/refs/refs/pr/1")).hasContent(FIRST);
  }

  @Test
  void offline_the_cache_answers_and_says_what_it_lacks() throws IOException {
    HubFile config = client().file(REPOSITORY, "config.json");
    assertThat(client().fileIfPresent(REPOSITORY, "index.json")).isEmpty();
    int before = hub.seen().size();

    HubClient offline = new HubClient(hub.options(cache).withOffline(true));
    assertThat(offline.file(REPOSITORY, "config.json")).isEqualTo(config);
    assertThat(offline.fileIfPresent(REPOSITORY, "index.json")).isEmpty();
    assertThatExceptionOfType(HubException.class)
        .isThrownBy(() -> offline.fileIfPresent(REPOSITORY, "other.json"))
        .withMessageContaining("other.json is in no cache")
        .withMessageContaining("HF_HUB_OFFLINE")
        .satisfies(e -> assertThat(e.reason()).isEqualTo(Reason.OFFLINE));
    assertThat(reason(() -> offline.url(hub.web("/a.pth"), Optional.empty())))
        .isEqualTo(Reason.OFFLINE);
    assertThat(hub.seen()).hasSize(before);
  }

  @Test
  void a_server_that_is_down_leaves_what_the_cache_has() throws IOException {
    HubFile config = client().file(REPOSITORY, "config.json");
    for (int i = 0; i < 3; i++) {
      hub.hubOnce(Answers.with(503, Map.of()));
    }
    assertThat(client().file(REPOSITORY, "config.json")).isEqualTo(config);
    hub.close();
    assertThat(client().file(REPOSITORY, "config.json")).isEqualTo(config);
    assertThatExceptionOfType(HubException.class)
        .isThrownBy(() -> client().file(REPOSITORY, "other.json"))
        .withMessageContaining("cannot be reached")
        .satisfies(e -> assertThat(e.reason()).isEqualTo(Reason.UNREACHABLE));
  }

  @Test
  void another_cache_is_read_and_never_written(@TempDir Path other) throws IOException {
    String file = "sub folder/é+weights.safetensors";
    new HubClient(hub.options(other)).file(REPOSITORY, file);
    List<Path> before = tree(other);
    HubOptions both = hub.options(cache).withCaches(cache, List.of(other));

    assertThat(new HubClient(both).file(REPOSITORY, file).path()).startsWith(other);
    assertThat(new HubClient(both.withOffline(true)).file(REPOSITORY, file).path())
        .startsWith(other);
    // A new commit with the same weights: copied, not fetched.
    hub.add(NAME, SECOND, file, WEIGHTS, true);
    assertThat(new HubClient(both).file(REPOSITORY, file).path())
        .startsWith(cache)
        .hasBinaryContent(WEIGHTS);
    assertThat(hub.storeGets()).hasSize(1);
    assertThat(tree(other)).isEqualTo(before);
  }

  @Test
  void a_cache_that_cannot_be_written_is_needed_for_new_files_alone(@TempDir Path other)
      throws IOException {
    new HubClient(hub.options(other)).file(REPOSITORY, "config.json");
    Path file = Files.createFile(cache.resolve("file"));
    HubClient client =
        new HubClient(hub.options(cache).withCaches(file.resolve("own"), List.of(other)));
    assertThat(client.file(REPOSITORY, "config.json").path()).startsWith(other);
    assertThat(client.fileIfPresent(REPOSITORY, "absent.json")).isEmpty();
    assertThatExceptionOfType(IOException.class)
        .isThrownBy(() -> client.file(REPOSITORY, "sub folder/é+weights.safetensors"))
        .withMessageContaining(file.toString());
  }

  private static List<Path> tree(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files.sorted().toList();
    }
  }

  @Test
  void the_token_goes_to_the_hub_and_to_nobody_else() throws IOException {
    hub.gate(NAME, "hf_secret");
    HubOptions options = hub.options(cache).withToken(Optional.of("hf_secret"));
    new HubClient(options).file(REPOSITORY, "sub folder/é+weights.safetensors");
    new HubClient(options)
        .url(hub.web("/web/" + NAME + "@" + FIRST + "/config.json"), Optional.empty());
    for (LoopbackHub.Seen request : hub.seen()) {
      assertThat(request.token())
          .as("%s", request)
          .isEqualTo(request.server().equals("hub") ? "Bearer hf_secret" : null);
    }
    assertThat(hub.storeGets()).hasSize(2);
    assertThat(options.toString()).doesNotContain("hf_secret").contains("with a token");
  }

  @Test
  void each_refusal_has_its_reason_and_a_way_out() {
    hub.gate("owner/gated", "hf_secret").add("owner/gated", FIRST, "config.json", CONFIG, false);
    HubRepository gated = HubRepository.parse("hf://owner/gated");
    assertThatExceptionOfType(HubException.class)
        .isThrownBy(() -> client().file(gated, "config.json"))
        .withMessageContaining("hf://owner/gated is gated: ask for access at")
        .withMessageContaining("HF_TOKEN")
        .satisfies(e -> assertThat(e.reason()).isEqualTo(Reason.GATED));
    HubOptions wrong = hub.options(cache).withToken(Optional.of("hf_other"));
    assertThat(reason(() -> new HubClient(wrong).file(gated, "config.json")))
        .isEqualTo(Reason.GATED);
    HubRepository nowhere = HubRepository.parse("hf://no/body");
    assertThat(reason(() -> client().fileIfPresent(nowhere, "config.json")))
        .isEqualTo(Reason.NO_REPOSITORY);
    assertThat(reason(() -> client().fileIfPresent(REPOSITORY.at("v2"), "config.json")))
        .isEqualTo(Reason.NO_REVISION);
    assertThat(reason(() -> client().file(REPOSITORY, "absent.json"))).isEqualTo(Reason.NO_FILE);
    hub.hubOnce(Answers.with(403, Map.of("X-Error-Message", "no way")));
    assertThatExceptionOfType(HubException.class)
        .isThrownBy(() -> client().file(REPOSITORY, "config.json"))
        .satisfies(e -> assertThat(e.reason()).isEqualTo(Reason.UNAUTHORIZED))
        .withMessageContaining("status 403");
  }

  @Test
  void a_plain_address_is_kept_with_its_hash() throws IOException {
    String hash = LoopbackHub.hash("SHA-256", WEIGHTS);
    hub.add(NAME, FIRST, "weights-1234.pth", WEIGHTS, true);
    var address = hub.web("/web/" + NAME + "@" + FIRST + "/weights-1234.pth");
    HubFile file = client().url(address, Optional.of(hash.substring(0, 8)));
    assertThat(file.path()).hasBinaryContent(WEIGHTS).hasFileName("weights-1234.pth");
    assertThat(file.sha256()).contains(hash);
    assertThat(client().url(address, Optional.empty())).isEqualTo(file);
    assertThat(hub.storeGets()).hasSize(1);
    assertThatExceptionOfType(HubException.class)
        .isThrownBy(() -> client().url(address, Optional.of("00000000")))
        .withMessageContaining("has SHA-256 " + hash + ", not 00000000")
        .satisfies(e -> assertThat(e.reason()).isEqualTo(Reason.DAMAGED));
    assertThat(client().url(address, Optional.of(hash))).isEqualTo(file);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"http://example.com/a", "file:///etc/passwd", "ftp://a/b", "https:///a", "a.pth"})
  void only_safe_addresses_are_fetched(String address) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> client().url(URI.create(address), Optional.empty()))
        .withMessageContaining(address);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"../a", "a/../../b", "/etc/passwd", "a//b", "", "a\\b", "C:x", "a/.", "\n"})
  void names_that_leave_their_folder_are_refused(String file) {
    assertThatIllegalArgumentException().isThrownBy(() -> client().file(REPOSITORY, file));
    assertThat(hub.seen()).isEmpty();
  }

  @Test
  void progress_begins_at_nothing_and_ends_at_all() throws IOException {
    List<Long> moves = new ArrayList<>();
    HubOptions options =
        hub.options(cache)
            .withProgress(
                (name, bytes, total) -> {
                  assertThat(name).contains("weights.safetensors");
                  assertThat(total).isEqualTo(WEIGHTS.length);
                  moves.add(bytes);
                });
    new HubClient(options).file(REPOSITORY, "sub folder/é+weights.safetensors");
    assertThat(moves).startsWith(0L).endsWith((long) WEIGHTS.length).isSorted();
    assertThat(moves).hasSizeBetween(3, 5);
  }
}
