package dev.fovea.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.fovea.hub.HubException.Reason;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssertAlternative;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Servers whose headers lead astray. */
class HubLiarsTest {
  private static final String NAME = "owner/model";
  private static final String COMMIT = "1".repeat(40);
  private static final String FILE = "config.json";

  @TempDir Path folder;
  private final LoopbackHub hub =
      new LoopbackHub().add(NAME, COMMIT, FILE, "{}".getBytes(StandardCharsets.UTF_8), false);

  @AfterEach
  void close() {
    hub.close();
  }

  private ThrowableAssertAlternative<HubException> failure(Reason reason) {
    HubClient client = new HubClient(hub.options(folder.resolve("cache")));
    return assertThatExceptionOfType(HubException.class)
        .isThrownBy(() -> client.file(HubRepository.parse("hf://" + NAME), FILE))
        .satisfies(e -> assertThat(e.reason()).isEqualTo(reason));
  }

  @Test
  void redirects_end() {
    for (int i = 0; i < 40; i++) {
      hub.hubOnce(Answers.with(302, Map.of("Location", "/again")));
    }
    failure(Reason.UNTRUSTED).withMessageContaining("more than 10 times");
  }

  static List<String> targets() {
    return List.of(
        "file:///etc/passwd", "ftp://127.0.0.1/a", "http:///a", "", "http://a b/", "jar:x");
  }

  @ParameterizedTest
  @MethodSource("targets")
  void redirects_lead_to_web_servers_alone(String target) {
    hub.hubOnce(Answers.with(302, Map.of("Location", target)));
    failure(Reason.UNTRUSTED).withMessageContaining("redirects to");
  }

  static List<Map<String, String>> liars() {
    String good = "\"" + "a".repeat(64) + "\"";
    return List.of(
        Map.of("X-Repo-Commit", COMMIT, "ETag", "\"../../../../evil\""),
        Map.of("X-Repo-Commit", COMMIT, "ETag", "\"..\""),
        Map.of("X-Repo-Commit", COMMIT, "ETag", "\"\""),
        Map.of("X-Repo-Commit", COMMIT, "ETag", "\"" + "a".repeat(5000) + "\""),
        Map.of("X-Repo-Commit", COMMIT),
        Map.of("X-Repo-Commit", "../../evil", "ETag", good),
        Map.of("X-Repo-Commit", "main", "ETag", good),
        Map.of("ETag", good));
  }

  @ParameterizedTest
  @MethodSource("liars")
  void a_servers_words_do_not_choose_where_files_are_written(Map<String, String> headers)
      throws IOException {
    hub.hubOnce(Answers.with(200, headers));
    failure(Reason.UNTRUSTED).withMessageContaining("does not answer as the hub does");
    try (Stream<Path> files = Files.walk(folder)) {
      assertThat(files.filter(Files::isRegularFile)).isEmpty();
    }
  }
}
