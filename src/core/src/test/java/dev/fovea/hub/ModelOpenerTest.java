package dev.fovea.hub;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Model;
import ai.djl.modality.Classifications;
import ai.djl.modality.cv.output.CategoryMask;
import dev.fovea.Fovea;
import dev.fovea.backbone.Family;
import dev.fovea.backbone.ModelConfig;
import dev.fovea.image.Translators;
import dev.fovea.weights.StateDict;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Weights with random values, laid out as the hub has them, on a server of this machine. */
class ModelOpenerTest {
  private static final String COMMIT = "a".repeat(40);
  private static final String SEGFORMER =
      """
      {"model_type": "segformer", "architectures": ["SegformerForSemanticSegmentation"],
       "depths": [1, 1, 1, 1], "hidden_sizes": [8, 16, 24, 32], "num_attention_heads": [1, 2, 3, 4],
       "decoder_hidden_size": 40, "id2label": {"0": "road", "1": "sky", "2": "tree"}}
      """;
  private static final String PROCESSOR =
      """
      {"image_processor_type": "SegformerImageProcessor", "size": {"height": 64, "width": 96}}
      """;

  @TempDir Path folder;
  private final LoopbackHub hub = new LoopbackHub();

  @AfterEach
  void close() {
    hub.close();
  }

  private LoadOptions options() {
    return LoadOptions.DEFAULT.withHub(hub.options(folder.resolve("cache")));
  }

  /** A file of weights as a code base writes it. */
  private byte[] weights(String preset, String dialect, int classes) throws IOException {
    return weights(Fovea.registry().family(preset), preset, dialect, classes);
  }

  private <C extends ModelConfig<C>> byte[] weights(
      Family<C> family, String preset, String dialect, int classes) throws IOException {
    Family.Published<C> naming = family.published(dialect);
    C sizes = family.preset(preset).orElseThrow().withClasses(classes);
    return weights(naming, naming.numerics().apply(sizes));
  }

  private <C extends ModelConfig<C>> byte[] weights(Family.Published<C> naming, C config)
      throws IOException {
    Path file = folder.resolve("written.safetensors");
    try (Model model = Model.newInstance("network")) {
      var network = config.build();
      model.setBlock(network);
      network.initialize(model.getNDManager());
      StateDict.of(network).save(file, naming.written().apply(config), Map.of());
    }
    return Files.readAllBytes(file);
  }

  private void serve(String repository, String file, byte[] bytes) {
    hub.add(repository, COMMIT, file, bytes, file.endsWith(".safetensors"));
  }

  @Test
  void a_name_of_the_catalogue_opens_with_licence_labels_and_preparation() throws Exception {
    byte[] weights = weights("convnext_atto", "timm", 1000);
    serve("timm/convnext_atto.d2_in1k", "model.safetensors", weights);
    try (Model model = Fovea.load("convnext_atto.d2_in1k", options())) {
      assertThat(model.getName()).isEqualTo("convnext_atto.d2_in1k");
      assertThat(model.getProperty(ModelProperties.MODEL)).isEqualTo("convnext_atto");
      assertThat(model.getProperty(ModelProperties.LICENCE)).isEqualTo("Apache-2.0");
      assertThat(model.getProperty(ModelProperties.NON_COMMERCIAL)).isNull();
      assertThat(model.getProperty(ModelProperties.SOURCE))
          .isEqualTo("hf://timm/convnext_atto.d2_in1k");
      assertThat(model.getProperty(ModelProperties.REVISION)).isEqualTo(COMMIT);
      assertThat(model.getProperty(ModelProperties.SHA256))
          .isEqualTo(LoopbackHub.hash("SHA-256", weights));
      Path photo = Path.of("src/main/resources/dev/fovea/data/photos/chelsea.jpg");
      try (var predictor =
          model.newPredictor(Translators.of(model, Path.class, Classifications.class, Map.of()))) {
        assertThat(predictor.predict(photo).topK(5)).hasSize(5);
        assertThat(predictor.predict(photo).getClassNames()).contains("tabby");
      }
    }
    hub.close();
    HubOptions offline = hub.options(folder.resolve("cache")).withOffline(true);
    LoadOptions cached = LoadOptions.DEFAULT.withHub(offline).withClasses(4);
    try (Model again = Fovea.load("convnext_atto.d2_in1k", cached)) {
      assertThat(again.getProperty(ModelProperties.CLASSES)).isEqualTo("4");
      assertThat(again.getProperty(ModelProperties.REVISION)).isEqualTo(COMMIT);
    }
  }

  @Test
  void weights_that_may_not_be_sold_say_so_and_keep_saying_it() throws IOException {
    serve(
        "timm/convnextv2_atto.fcmae_ft_in1k",
        "model.safetensors",
        weights("convnextv2_atto", "timm", 1000));
    try (Model model = Fovea.load("convnextv2_atto.fcmae_ft_in1k", options())) {
      assertThat(model.getProperty(ModelProperties.LICENCE)).isEqualTo("CC-BY-NC-4.0");
      assertThat(model.getProperty(ModelProperties.NON_COMMERCIAL)).isEqualTo("true");
      Path saved = folder.resolve("saved");
      Fovea.save(model, saved, Map.of("recipe", "none"));
      try (Model again = Fovea.load(saved)) {
        assertThat(again.getProperty(ModelProperties.NON_COMMERCIAL)).isEqualTo("true");
        assertThat(again.getProperty(ModelProperties.SOURCE))
            .isEqualTo("hf://timm/convnextv2_atto.fcmae_ft_in1k");
      }
    }
  }

  @Test
  void any_repository_opens_by_its_description() throws Exception {
    serve("someone/streets", "config.json", SEGFORMER.getBytes(UTF_8));
    serve("someone/streets", "preprocessor_config.json", PROCESSOR.getBytes(UTF_8));
    serve(
        "someone/streets",
        "README.md",
        "---\nlicense: other\nlicense_name: my-research-only\n---\n# Streets".getBytes(UTF_8));
    var naming = dev.fovea.model.SegFormer.FAMILY.published("huggingface");
    var config =
        dev.fovea.backbone.ConfigJson.read(
            dev.fovea.model.SegFormer.Config.B0,
            """
            {"encoder": {"depths": [1, 1, 1, 1], "dims": [8, 16, 24, 32], "heads": [1, 2, 3, 4]},
             "decoderDim": 40, "classes": 3}
            """,
            "sizes");
    serve("someone/streets", "model.safetensors", weights(naming, config));
    try (Model model = Fovea.load("hf://someone/streets@main", options())) {
      assertThat(model.getProperty(ModelProperties.MODEL)).isEqualTo("segformer");
      assertThat(model.getProperty(ModelProperties.LICENCE)).isEqualTo("my-research-only");
      assertThat(model.getProperty(ModelProperties.NON_COMMERCIAL)).isEqualTo("true");
      assertThat(model.getProperty(ModelProperties.REVISION)).isEqualTo(COMMIT);
      assertThat(model.getProperty(Translators.LABELS)).isEqualTo("[\"road\",\"sky\",\"tree\"]");
      Path photo = Path.of("src/main/resources/dev/fovea/data/photos/chelsea.jpg");
      try (var predictor =
          model.newPredictor(Translators.of(model, Path.class, CategoryMask.class, Map.of()))) {
        assertThat(predictor.predict(photo).getClasses()).containsExactly("road", "sky", "tree");
      }
    }
  }

  @Test
  void a_file_of_a_web_server_is_known_by_its_tensors() throws IOException {
    serve("web/files", "resnet18.safetensors", weights("resnet18", "torchvision", 6));
    String address = hub.web("/web/web/files@" + COMMIT + "/resnet18.safetensors").toString();
    try (Model model = Fovea.load(address, options())) {
      assertThat(model.getProperty(ModelProperties.MODEL)).isEqualTo("resnet18");
      assertThat(model.getProperty(ModelProperties.CLASSES)).isEqualTo("6");
      assertThat(model.getProperty(ModelProperties.SOURCE)).isEqualTo(address);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "convnext_tny.fb_in1k: convnext_tiny.fb_in1k",
        "convnext_atto: convnext_atto.d2_in1k",
        "convnext_atto: Fovea.newModel",
        "no/such/folder: no folder"
      })
  void a_name_that_is_none_gets_the_nearest(String pair) {
    String[] parts = pair.split(": ", 2);
    assertThatThrownBy(() -> Fovea.load(parts[0], options()))
        .isInstanceOf(NoSuchFileException.class)
        .hasMessageContaining(parts[1]);
  }

  @Test
  void a_repository_without_weights_or_of_another_network_is_refused_by_name() {
    serve("someone/empty", "config.json", SEGFORMER.getBytes(UTF_8));
    serve("someone/text", "config.json", "{\"model_type\": \"bert\"}".getBytes(UTF_8));
    assertThatThrownBy(() -> Fovea.load("hf://someone/empty", options()))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("someone/empty")
        .hasMessageContaining("model.safetensors");
    assertThatThrownBy(() -> Fovea.load("hf://someone/text", options()))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("config.json")
        .hasMessageContaining("bert");
    assertThatThrownBy(() -> Fovea.load("hf://someone/nothing", options()))
        .isInstanceOf(HubException.class);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"label_names\": [\"cat\", \"dog\"]                                  | cat, dog",
        "\"label_names\": {\"1\": \"dog\", \"0\": \"cat\"}                    | cat, dog",
        "\"pretrained_cfg\": {\"label_names\": [\"cat\", \"dog\"]}              | cat, dog",
        "\"pretrained_cfg\": {\"num_classes\": 3, \"label_names\": [\"a\", \"b\", \"c\"]} | ''",
        "\"label_names\": [\"cat\"]      | label_names has 1 names, but the network has 2 classes",
        "\"label_names\": {\"1\": \"dog\"} | label_names: no class 0 among 1 classes",
        "\"pretrained_cfg\": {\"label_names\": [\"cat\"]} | pretrained_cfg: label_names has 1 names",
      })
  void labels_of_timm_are_one_for_each_class(String described, String said) throws IOException {
    Path timm = Files.createDirectories(folder.resolve("timm"));
    Path config = timm.resolve("config.json");
    Files.writeString(
        config, "{\"architecture\": \"convnext_atto\", \"num_classes\": 2, " + described + "}");
    Files.write(timm.resolve("model.safetensors"), weights("convnext_atto", "timm", 2));
    if (said.isEmpty() || said.equals("cat, dog")) {
      try (Model model = Fovea.load(timm)) {
        assertThat(String.join(", ", Translators.classes(model))).isEqualTo(said);
      }
    } else {
      assertThatThrownBy(() -> Fovea.load(timm))
          .isInstanceOf(IOException.class)
          .hasMessageContaining(config.toString())
          .hasMessageContaining(said);
    }
  }
}
