package dev.fovea;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Model;
import ai.djl.modality.Classifications;
import ai.djl.modality.cv.output.CategoryMask;
import ai.djl.repository.zoo.Criteria;
import ai.djl.repository.zoo.ZooModel;
import dev.fovea.backbone.Family;
import dev.fovea.hub.HubException;
import dev.fovea.hub.LoadOptions;
import dev.fovea.hub.LoopbackHub;
import dev.fovea.hub.ModelProperties;
import dev.fovea.image.ModelTranslatorFactory;
import dev.fovea.image.Preprocess;
import dev.fovea.image.Resample;
import dev.fovea.image.Translators;
import dev.fovea.weights.Dialect;
import dev.fovea.weights.SafeTensors;
import dev.fovea.weights.StateDict;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** DJL's own way to open a model. */
@Isolated("sets system properties")
class CriteriaTest {
  private static final Path PHOTO = Path.of("src/main/resources/dev/fovea/data/photos/chelsea.jpg");

  @TempDir Path folder;

  @BeforeEach
  void cache() {
    System.setProperty("fovea.cache", folder.resolve("cache").toString());
    System.setProperty("fovea.offline", "true");
  }

  @AfterEach
  void reset() {
    System.clearProperty("fovea.cache");
    System.clearProperty("fovea.offline");
  }

  private Path saved(String preset, List<String> labels) throws Exception {
    Path path = folder.resolve("mine");
    try (Model model = Fovea.newModel(preset, labels.size())) {
      Translators.describe(model, Preprocess.exact(64, 64, Resample.BILINEAR), labels);
      Fovea.save(model, path, Map.of());
    }
    return path;
  }

  @Test
  void a_saved_folder_opens_by_its_path_with_a_translator_of_any_output() throws Exception {
    Path path = saved("segformer_nano", List.of("cat", "wall"));
    Criteria<Path, CategoryMask> criteria =
        Criteria.builder()
            .setTypes(Path.class, CategoryMask.class)
            .optModelPath(path)
            .optTranslatorFactory(new ModelTranslatorFactory())
            .build();
    try (ZooModel<Path, CategoryMask> model = criteria.loadModel();
        var predictor = model.newPredictor();
        Model direct = Fovea.load(path);
        var expected =
            direct.newPredictor(Translators.of(direct, Path.class, CategoryMask.class, Map.of()))) {
      CategoryMask mask = predictor.predict(PHOTO);
      assertThat(mask.getClasses()).containsExactly("cat", "wall");
      assertThat(mask.getMask()).isDeepEqualTo(expected.predict(PHOTO).getMask());
    }
    assertThat(path).isDirectoryContaining("glob:**/serving.properties");
  }

  @Test
  void published_weights_open_by_name_and_by_hub_address() throws Exception {
    String repository = "timm/convnext_atto.d2_in1k";
    byte[] weights;
    try (Model model = Fovea.newModel("convnext_atto", 1000)) {
      weights = Files.readAllBytes(Fovea.save(model, folder.resolve("random"), Map.of()));
    }
    try (LoopbackHub hub = new LoopbackHub()) {
      hub.add(repository, "b".repeat(40), "model.safetensors", weights, true);
      Path cache = folder.resolve("cache");
      Fovea.load("convnext_atto.d2_in1k", LoadOptions.DEFAULT.withHub(hub.options(cache))).close();
    }
    Criteria<Path, Classifications> named =
        Criteria.builder()
            .setTypes(Path.class, Classifications.class)
            .optModelUrls("fovea://convnext_atto.d2_in1k")
            .optArgument("topK", 3)
            .build();
    try (ZooModel<Path, Classifications> model = named.loadModel();
        var predictor = model.newPredictor()) {
      assertThat(model.getProperty(ModelProperties.LICENCE)).isEqualTo("Apache-2.0");
      assertThat(predictor.predict(PHOTO).topK()).hasSize(3);
    }
    Criteria<Path, float[]> unknown =
        Criteria.builder()
            .setTypes(Path.class, float[].class)
            .optModelUrls("hf://nobody/nothing")
            .build();
    assertThatThrownBy(unknown::loadModel)
        .isInstanceOf(HubException.class)
        .hasMessageContaining("nobody/nothing");
  }

  private Criteria.Builder<Path, float[]> mine(Path path) {
    return Criteria.builder()
        .setTypes(Path.class, float[].class)
        .optModelPath(path)
        .optTranslatorFactory(new ModelTranslatorFactory());
  }

  @Test
  void arguments_ask_for_another_head_and_other_images() throws Exception {
    Path path = saved("vit_tiny", List.of("cat", "wall"));
    Criteria<Path, float[]> changed =
        mine(path)
            .optArgument("load.classes", 5)
            .optArgument("load.inputChannels", "1")
            .optArgument("load.imageSize", 96)
            .build();
    LoadOptions same = LoadOptions.DEFAULT.withClasses(5).withInputChannels(1).withImageSize(96);
    try (ZooModel<Path, float[]> model = changed.loadModel();
        Model direct = Fovea.load(path, same)) {
      for (String property :
          List.of(ModelProperties.MODEL, ModelProperties.CLASSES, ModelProperties.CONFIG)) {
        assertThat(model.getProperty(property)).isEqualTo(direct.getProperty(property));
      }
      assertThat(model.getProperty(ModelProperties.CLASSES)).isEqualTo("5");
      assertThat(StateDict.of(model.getBlock()).tensors())
          .isEqualTo(StateDict.of(direct.getBlock()).tensors());
    }
  }

  @Test
  void arguments_say_what_a_file_is_and_where_the_hub_is() throws Exception {
    String repository = "someone/plain";
    Path weights = folder.resolve("plain").resolve("model.safetensors");
    Files.createDirectories(weights.getParent());
    try (Model model = Fovea.newModel("segformer_nano", 3)) {
      Dialect dialect =
          Fovea.registry().family("segformer_nano").published().stream()
              .map(Family.Published::dialect)
              .filter(d -> d.name().equals("huggingface"))
              .findFirst()
              .orElseThrow();
      SafeTensors.write(weights, dialect.toFile(StateDict.of(model.getBlock())), Map.of());
    }
    try (LoopbackHub hub = new LoopbackHub()) {
      hub.add(repository, "c".repeat(40), "model.safetensors", Files.readAllBytes(weights), true);
      Path other = folder.resolve("other");
      Criteria<Path, float[]> criteria =
          Criteria.builder()
              .setTypes(Path.class, float[].class)
              .optModelUrls("hf://" + repository)
              .optArgument("load.preset", "segformer_nano")
              .optArgument("load.dialect", "huggingface")
              .optArgument("load.endpoint", hub.endpoint().toString())
              .optArgument("load.cache", other.toString())
              .optArgument("load.offline", "false")
              .build();
      try (ZooModel<Path, float[]> model = criteria.loadModel()) {
        assertThat(model.getProperty(ModelProperties.FAMILY)).isEqualTo("segformer");
        assertThat(model.getProperty(ModelProperties.CLASSES)).isEqualTo("3");
      }
      assertThat(other).isDirectoryRecursivelyContaining("glob:**/model.safetensors");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "load.clases | 5 | load.clases does not exist; there are load.cache, load.classes",
        "Load.classes | 5 | Load.classes does not exist",
        "load.classes | six | load.classes is \"six\", expected a number",
        "load.offline | 1 | load.offline is \"1\", expected true or false",
        "load.imageSize | -3 | load.imageSize is \"-3\", expected a number"
      })
  void an_argument_that_does_not_exist_or_is_wrong_is_refused_by_name(
      String name, String value, String message) throws Exception {
    Criteria<Path, float[]> criteria =
        mine(saved("segformer_nano", List.of("cat"))).optArgument(name, value).build();
    assertThatThrownBy(criteria::loadModel).hasMessageContaining(message);
  }

  /** DJL gives its model to the factory and forgets it when the factory throws. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "load.clases | 5 | weights | does not exist",
        "load.classes | 5 | absent | absent",
        "load.classes | 5 | broken | neither a safetensors file"
      })
  void what_is_refused_leaves_no_open_model(
      String argument, String value, String name, String message) throws Exception {
    Files.createDirectories(folder.resolve("weights"));
    Path broken = Files.createDirectories(folder.resolve("broken"));
    Files.writeString(broken.resolve("model.safetensors"), "no header");
    Path path = folder.resolve(name);
    try (Model model = Model.newInstance(name)) {
      assertThatThrownBy(
              () -> new FoveaBlockFactory().newBlock(model, path, Map.of(argument, value)))
          .hasMessageContaining(message);
      assertThat(model.getNDManager().isOpen()).isFalse();
    }
  }
}
