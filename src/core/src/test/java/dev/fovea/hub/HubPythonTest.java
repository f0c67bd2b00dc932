package dev.fovea.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Python's huggingface_hub and this library read each other's caches. */
class HubPythonTest {
  private static final String NAME = "owner/model";
  private static final HubRepository REPOSITORY = HubRepository.parse("hf://" + NAME);
  private static final String COMMIT = "1".repeat(40);
  private static final byte[] CONFIG = "{\"a\": 1}".getBytes(StandardCharsets.UTF_8);
  private static final byte[] WEIGHTS = new byte[300_000];
  private static final String FETCH =
      "import sys; from huggingface_hub import hf_hub_download as d;"
          + " print(d('owner/model', sys.argv[1]))";

  @TempDir Path folder;
  private final LoopbackHub hub = new LoopbackHub();
  private String python = "";

  @BeforeEach
  void python() throws IOException, InterruptedException {
    String named =
        Stream.of("TORCH_PYTHON", "ONNX_PYTHON")
            .map(System::getenv)
            .filter(name -> name != null && !name.isEmpty())
            .findFirst()
            .orElse("");
    assumeTrue(!named.isEmpty(), "TORCH_PYTHON and ONNX_PYTHON name no Python");
    python = named;
    assumeTrue(
        new ProcessBuilder(python, "-c", "import huggingface_hub")
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start()
                .waitFor()
            == 0,
        python + " has no package huggingface_hub");
    new Random(4).nextBytes(WEIGHTS);
    hub.add(NAME, COMMIT, "config.json", CONFIG, false);
    hub.add(NAME, COMMIT, "sub/model.safetensors", WEIGHTS, true);
  }

  @AfterEach
  void close() {
    hub.close();
  }

  private String run(String offline, String code, String... arguments)
      throws IOException, InterruptedException {
    Path output = folder.resolve("output");
    ProcessBuilder builder = new ProcessBuilder(python, "-c", code);
    builder.command().addAll(List.of(arguments));
    builder.redirectErrorStream(true).redirectOutput(output.toFile());
    Map<String, String> environment = builder.environment();
    environment.keySet().removeIf(k -> k.startsWith("HF_") || k.startsWith("HUGGING"));
    environment.put("HF_ENDPOINT", hub.endpoint().toString());
    environment.put("HF_HUB_CACHE", folder.resolve("cache").toString());
    environment.put("HF_HUB_OFFLINE", offline);
    environment.put("HF_HUB_DISABLE_PROGRESS_BARS", "1");
    int status = builder.start().waitFor();
    String text = Files.readString(output).strip();
    assertThat(status).as(text).isZero();
    return text;
  }

  @Test
  void what_fovea_fetched_python_reads() throws IOException, InterruptedException {
    HubClient client = new HubClient(hub.options(folder.resolve("cache")));
    HubFile config = client.file(REPOSITORY, "config.json");
    HubFile weights = client.file(REPOSITORY, "sub/model.safetensors");
    assertThat(client.fileIfPresent(REPOSITORY, "absent.json")).isEmpty();

    assertThat(run("1", FETCH, "config.json")).isEqualTo(config.path().toString());
    // And online it fetches nothing again.
    assertThat(run("0", FETCH, "sub/model.safetensors")).isEqualTo(weights.path().toString());
    assertThat(hub.storeGets()).hasSize(1);
    String scan =
        "from huggingface_hub import scan_cache_dir as s, try_to_load_from_cache as t,"
            + " _CACHED_NO_EXIST as n; i = s(); assert not i.warnings, i.warnings;"
            + " assert t('owner/model', 'absent.json') is n;"
            + " print(i.size_on_disk, [r.repo_id for r in i.repos])";
    assertThat(run("1", scan)).isEqualTo((CONFIG.length + WEIGHTS.length) + " ['owner/model']");
  }

  @Test
  void what_python_fetched_fovea_reads() throws IOException, InterruptedException {
    Path config = Path.of(run("0", FETCH, "config.json"));
    Path weights = Path.of(run("0", FETCH, "sub/model.safetensors"));
    assertThat(weights).hasBinaryContent(WEIGHTS);
    int before = hub.seen().size();

    HubOptions options =
        hub.options(folder.resolve("own"))
            .withCaches(folder.resolve("own"), List.of(folder.resolve("cache")))
            .withOffline(true);
    HubClient client = new HubClient(options);
    assertThat(client.file(REPOSITORY, "config.json"))
        .isEqualTo(new HubFile(config, Optional.of(COMMIT), Optional.empty()));
    HubFile found = client.file(REPOSITORY, "sub/model.safetensors");
    assertThat(found.path()).isEqualTo(weights);
    assertThat(found.sha256()).contains(LoopbackHub.hash("SHA-256", WEIGHTS));
    assertThat(hub.seen()).hasSize(before);
    assertThat(folder.resolve("own")).doesNotExist();

    HubFile online = new HubClient(options.withOffline(false)).file(REPOSITORY, "config.json");
    assertThat(online.path()).isEqualTo(config);
  }
}
