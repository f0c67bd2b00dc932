package dev.fovea.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Model;
import ai.djl.inference.Predictor;
import ai.djl.modality.Classifications;
import ai.djl.modality.cv.Image;
import ai.djl.modality.cv.output.CategoryMask;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.LambdaBlock;
import ai.djl.nn.SymbolBlock;
import ai.djl.repository.zoo.Criteria;
import ai.djl.repository.zoo.ZooModel;
import ai.djl.training.loss.Loss;
import ai.djl.translate.NoopTranslator;
import ai.djl.translate.TranslateException;
import ai.djl.translate.Translator;
import dev.fovea.Fovea;
import dev.fovea.data.Digits;
import dev.fovea.data.Shapes;
import dev.fovea.hub.HubClient;
import dev.fovea.hub.HubFile;
import dev.fovea.hub.HubOptions;
import dev.fovea.hub.HubRepository;
import dev.fovea.hub.LoadOptions;
import dev.fovea.hub.ModelProperties;
import dev.fovea.image.EmbeddingTranslator;
import dev.fovea.image.ImageDecoder;
import dev.fovea.image.Pixels;
import dev.fovea.image.Preprocess;
import dev.fovea.image.Resample;
import dev.fovea.image.SegmentationTranslator;
import dev.fovea.image.Translators;
import dev.fovea.loss.CrossEntropyLoss;
import dev.fovea.loss.FocalLoss;
import dev.fovea.loss.PerClass;
import dev.fovea.loss.Reduction;
import dev.fovea.loss.UpsampledLoss;
import dev.fovea.model.SegFormer;
import dev.fovea.optimizer.Optimizer;
import dev.fovea.optimizer.Precision;
import dev.fovea.optimizer.backend.Backend;
import dev.fovea.optimizer.backend.CompiledBlock;
import dev.fovea.optimizer.backend.LayerTime;
import dev.fovea.optimizer.ir.Bounds;
import dev.fovea.optimizer.quantize.Quantized;
import dev.fovea.optimizer.quantize.Samples;
import dev.fovea.optimizer.serve.AsyncOptions;
import dev.fovea.optimizer.serve.AsyncPredictor;
import dev.fovea.train.AdamW;
import dev.fovea.train.BatchSource;
import dev.fovea.train.Schedule;
import dev.fovea.train.TrainingLoop;
import dev.fovea.weights.Dialect;
import dev.fovea.weights.Rule;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.ToDoubleFunction;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The snippets of the documentation, as they stand there. */
class DocumentationExamplesTest {

  @Test
  void a_network_is_trained_saved_and_made_fast(@TempDir Path folder) throws Exception {
    try (Model model = Fovea.newModel("segformer_nano", Shapes.NUM_CLASSES);
        AdamW optimizer = new AdamW(0.01)) {
      Shapes data = Shapes.builder().setSampling(4, false).optSize(32).build();
      Loss loss = new UpsampledLoss(new CrossEntropyLoss());
      TrainingLoop.of(model.getBlock(), loss, optimizer, Schedule.constant(1e-3))
          .steps(2)
          .run(BatchSource.of(data));
      Fovea.save(model, folder, Map.of("data", "shapes"));
    }
    Image image = new Pixels(131, 97).toImage();
    List<CategoryMask> masks = new ArrayList<>();
    SegmentationTranslator translator =
        SegmentationTranslator.builder(Shapes.CLASSES).setImageSize(96, 96).build();
    try (Model model = Fovea.load(folder);
        Model fast = Optimizer.of(model).input(new Shape(1, 3, 96, 96)).optimize();
        Predictor<Image, CategoryMask> predictor = fast.newPredictor(translator)) {
      masks.add(predictor.predict(image)); // at the size of the image
    }
    assertThat(masks.get(0).getMask()).hasDimensions(97, 131);
  }

  @Test
  void images_are_read_as_pillow_reads_them(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("image.png");
    ImageIO.write(new Pixels(131, 97).toBufferedImage(), "png", file.toFile());
    ImageDecoder decoder = ImageDecoder.DEFAULT.withMaxBytes(10 << 20); // files of up to 10 MiB
    Pixels image = decoder.decode(file);
    Preprocess preprocess = Preprocess.exact(224, 224, Resample.BICUBIC);
    float[] input = preprocess.normalize().toFloats(preprocess.fit(image)); // (3, 224, 224)
    assertThat(image).hasToString("131 x 97 pixels");
    assertThat(input).hasSize(3 * 224 * 224);
    List<float[]> vectors;
    try (Model model = Model.newInstance("means")) {
      model.setBlock(
          new LambdaBlock(x -> new NDList(x.head().mean(new int[] {3}).mean(new int[] {2}))));
      Translator<Path, float[]> translator =
          new EmbeddingTranslator(preprocess, true).from(Path.class, decoder);
      try (Predictor<Path, float[]> predictor = model.newPredictor(translator)) {
        vectors = predictor.batchPredict(List.of(file, file));
      }
    }
    assertThat(vectors).hasSize(2);
    assertThat(vectors.get(1)).hasSize(3).isEqualTo(vectors.get(0));
  }

  @Test
  void the_head_of_segformer_takes_any_backbone() {
    SegFormer network = new SegFormer(Fovea.backbone("convnext_tiny"), 256, 19);
    assertThat(network.getParameters().keys()).contains("segformer.stem.0.weight");
  }

  @Test
  void a_dialect_is_a_list_of_rules() {
    Dialect facebook =
        Dialect.of(
            "facebook",
            Rule.rename("stages.{s}.{b}.dwconv.{*}", "stages.{s}.blocks.{b}.conv_dw.{*}"),
            Rule.rename("head.{*}", "head.fc.{*}"));
    assertThat(facebook.rules()).hasSize(2);
  }

  @Test
  void the_focal_loss_is_a_function_of_arrays() {
    try (NDManager manager = NDManager.newBaseManager()) {
      FocalLoss loss = FocalLoss.sigmoid(0.25, 2, Reduction.NONE);
      NDArray logits = manager.create(new float[] {4, 0, -4}); // sure, torn, sure
      NDArray targets = manager.create(new int[] {1, 1, 1}); // right, torn, wrong
      NDArray losses = loss.apply(logits, targets); // 1.5e-6, 0.043, 0.97
      assertThat(losses.getFloat(0)).isCloseTo(1.5e-6f, within(0.05e-6f));
      assertThat(losses.getFloat(1)).isCloseTo(0.043f, within(0.0005f));
      assertThat(losses.getFloat(2)).isCloseTo(0.97f, within(0.005f));
    }
  }

  @Test
  void rare_classes_weigh_more() throws Exception {
    List<Double> losses = new ArrayList<>();
    Digits digits = Digits.builder().setSampling(32, true).optRare(50, 0, 3, 5, 8).build();
    Loss loss =
        FocalLoss.softmax(
            FocalLoss.Options.DEFAULT
                .withGamma(2)
                .withAlpha(PerClass.balanced(0.99, digits.counts())));
    try (Model model = Fovea.newModel("convnext_atto", Digits.NUM_CLASSES);
        AdamW optimizer = new AdamW(0.05)) {
      TrainingLoop.of(model.getBlock(), loss, optimizer, Schedule.constant(1e-3))
          .steps(2)
          .listener(progress -> losses.add(progress.loss()))
          .run(BatchSource.of(digits));
    }
    assertThat(losses).hasSize(2).allMatch(value -> value > 0);
  }

  @Test
  void files_of_the_hub_come_from_the_cache(@TempDir Path cache) throws Exception {
    String state = "1".repeat(40);
    Path folder = cache.resolve("models--owner--model");
    Path snapshot = Files.createDirectories(folder.resolve("snapshots").resolve(state));
    Files.writeString(snapshot.resolve("config.json"), "{}");
    Files.writeString(Files.createDirectories(folder.resolve("refs")).resolve("main"), state);
    Path absent = Files.createDirectories(folder.resolve(".no_exist").resolve(state));
    Files.createFile(absent.resolve("model.safetensors.index.json"));

    HubOptions options =
        HubOptions.fromEnvironment().withCaches(cache, List.of()).withOffline(true);
    HubClient client = new HubClient(options);
    HubRepository repository = HubRepository.parse("hf://owner/model@main");
    HubFile config = client.file(repository, "config.json");
    String commit = config.commit().orElseThrow(); // what main was at
    Optional<HubFile> index =
        client.fileIfPresent(repository.at(commit), "model.safetensors.index.json");
    assertThat(config.path()).hasContent("{}");
    assertThat(commit).isEqualTo(state);
    assertThat(index).isEmpty();
  }

  @Test
  void a_model_is_made_fast_quantized_and_profiled() throws Exception {
    List<NDList> outputs = new ArrayList<>();
    List<String> integerLayers = new ArrayList<>();
    List<LayerTime> layers = new ArrayList<>();
    List<Shape> shapes = new ArrayList<>();
    ToDoubleFunction<Model> metric = m -> 1;
    try (Model model = Fovea.newModel("convnext_atto", 10);
        NDManager manager = model.getNDManager().newSubManager()) {
      NDArray image = manager.ones(new Shape(1, 3, 64, 64));
      List<NDList> samples = List.of(new NDList(image));
      try (Model fast =
              Optimizer.of(model)
                  .backend(Backend.ONNX_RUNTIME)
                  .input(new Shape(1, 3, 64, 64))
                  .optimize();
          Predictor<NDList, NDList> predictor = fast.newPredictor(new NoopTranslator())) {
        outputs.add(predictor.predict(new NDList(image)));
      }
      assertThat(outputs.get(0).head().getShape()).isEqualTo(new Shape(1, 10));
      outputs.get(0).close();
      Optimizer quantizer =
          Optimizer.of(model)
              .input(new Shape(1, 3, 64, 64))
              .precision(Precision.INT8)
              .calibrate(samples)
              .maxDrop(metric, 0.01);
      try (Model small = quantizer.optimize()) {
        integerLayers.addAll(quantizer.quantized().layers());
      }
      assertThat(integerLayers).hasSizeGreaterThan(20);
      Optimizer bounded =
          Optimizer.of(model).input(Bounds.of(new Shape(1, 3, 64, 64), new Shape(8, 3, 128, 128)));
      try (Model open = bounded.optimize(); // every size within the bounds
          Model fixed = bounded.reshape(new Shape(1, 3, 96, 96)).optimize()) { // this one alone
        shapes.add(((SymbolBlock) open.getBlock()).describeInput().get(0).getValue());
        shapes.add(((SymbolBlock) fixed.getBlock()).describeInput().get(0).getValue());
      }
      assertThat(shapes).containsExactly(new Shape(-1, 3, -1, -1), new Shape(1, 3, 96, 96));
      Optimizer profiled =
          Optimizer.of(model)
              .input(new Shape(1, 3, 64, 64))
              .options(Backend.Options.DEFAULT.withProfiling());
      try (Model fast = profiled.optimize()) {
        layers.addAll(((CompiledBlock) fast.getBlock()).profile(new NDList(image), 10));
      }
      assertThat(layers).extracting(LayerTime::source).contains("head.fc");
    }
  }

  @Test
  void many_images_are_predicted_without_waiting_for_each() {
    List<Image> images =
        List.of(
            new Pixels(64, 48).toImage(), new Pixels(32, 32).toImage(), new Pixels(9, 7).toImage());
    List<CategoryMask> masks = new ArrayList<>();
    SegmentationTranslator translator =
        SegmentationTranslator.builder(Shapes.CLASSES).setImageSize(64, 64).build();
    try (Model model = Fovea.newModel("segformer_nano", Shapes.NUM_CLASSES);
        Model fast = Optimizer.of(model).input(new Shape(1, 3, 64, 64)).optimize()) {
      AsyncOptions options = AsyncOptions.DEFAULT.withBatching(4, Duration.ofMillis(2));
      try (AsyncPredictor<Image, CategoryMask> predictor =
          new AsyncPredictor<>(fast, translator, options)) {
        List<CompletableFuture<CategoryMask>> answers =
            images.stream().map(predictor::predictAsync).toList();
        answers.forEach(answer -> masks.add(answer.join()));
      }
    }
    assertThat(masks.get(0).getMask()).hasDimensions(48, 64);
  }

  /** A cache as the hub's own tools leave it, with random values, so that no network is needed. */
  private static void publish(Path cache) throws Exception {
    Path repository = cache.resolve("models--timm--convnext_atto.d2_in1k");
    String commit = "c".repeat(40);
    try (Model model = Fovea.newModel("convnext_atto", 1000)) {
      Fovea.save(model, repository.resolve("snapshots").resolve(commit), Map.of());
    }
    Files.createDirectories(repository.resolve("refs"));
    Files.writeString(repository.resolve("refs/main"), commit);
    System.setProperty("fovea.cache", cache.toString());
    System.setProperty("fovea.offline", "true");
  }

  @Test
  void published_weights_open_by_name(@TempDir Path cache, @TempDir Path folder) throws Exception {
    publish(cache);
    List<Classifications> results = new ArrayList<>();
    Path photo = folder.resolve("photo.png");
    try (OutputStream out = Files.newOutputStream(photo)) {
      new Pixels(131, 97).toImage().save(out, "png");
    }
    try {
      try (Model model = Fovea.load("convnext_atto.d2_in1k");
          Predictor<Path, Classifications> predictor =
              model.newPredictor(
                  Translators.of(model, Path.class, Classifications.class, Map.of()))) {
        results.add(predictor.predict(photo)); // the likeliest of 1000 classes, by name
      }
      assertThat(results.get(0).getClassNames()).contains("tabby");
      LoadOptions options = LoadOptions.DEFAULT.withClasses(6).withInputChannels(1);
      try (Model model = Fovea.load("convnext_atto.d2_in1k", options)) {
        Fovea.save(model, folder, Map.of("recipe", "not trained yet"));
      }
      try (Model again = Fovea.load(folder)) {
        assertThat(again.getProperty(ModelProperties.CLASSES)).isEqualTo("6");
      }
      Criteria<Path, Classifications> criteria =
          Criteria.builder()
              .setTypes(Path.class, Classifications.class)
              .optModelUrls("fovea://convnext_atto.d2_in1k")
              .optArgument("topK", 3)
              .build();
      try (ZooModel<Path, Classifications> model = criteria.loadModel();
          Predictor<Path, Classifications> predictor = model.newPredictor()) {
        results.add(predictor.predict(photo));
      }
      assertThat(results.get(1).topK()).hasSize(3);
      List<float[]> vectors = new ArrayList<>();
      Criteria<Path, float[]> features =
          Criteria.builder()
              .setTypes(Path.class, float[].class)
              .optModelUrls("fovea://convnext_atto.d2_in1k")
              .optArgument("load.classes", 0) // no head
              .build();
      try (ZooModel<Path, float[]> model = features.loadModel();
          Predictor<Path, float[]> predictor = model.newPredictor()) {
        vectors.add(predictor.predict(photo));
      }
      assertThat(vectors.get(0)).hasSize(320);
    } finally {
      System.clearProperty("fovea.cache");
      System.clearProperty("fovea.offline");
    }
  }

  @Test
  void a_network_is_quantized_within_a_bound() throws Exception {
    List<String> report = new ArrayList<>();
    try (NDManager arrays = NDManager.newBaseManager();
        Model model = Fovea.newModel("convnext_atto", Digits.NUM_CLASSES)) {
      NDArray heldOut = arrays.randomUniform(-1, 1, new Shape(8, 3, 32, 32));
      Digits images = Digits.builder().setSampling(1, false).optSize(32).build();
      Samples samples =
          Samples.of(
              64,
              (i, manager) -> new NDList(images.get(manager, i).getData().head().expandDims(0)));
      Optimizer optimizer =
          Optimizer.of(model)
              .input(new Shape(1, 3, 32, 32))
              .precision(Precision.INT8)
              .calibrate(samples)
              .maxDrop(fast -> accuracy(fast, heldOut), 0.05);
      try (Model fast = optimizer.optimize()) {
        Quantized quantized = optimizer.quantized();
        report.add(
            quantized.layers().size() + " layers in INT8, " + quantized.givenBack() + " not");
      }
    }
    // Of 29 layers at most one in eight is costly enough to stay float, by random weights.
    assertThat(report).singleElement().asString().matches("2[6-9] layers in INT8, \\[] not");
  }

  /** Stands for the reader's own: here, that every image has a logit for each digit. */
  private static double accuracy(Model model, NDArray images) {
    try (Predictor<NDList, NDList> predictor = model.newPredictor(new NoopTranslator())) {
      NDArray logits = predictor.predict(new NDList(images)).head();
      return logits.isNaN().any().getBoolean() ? 0 : logits.getShape().get(1) / 10.0;
    } catch (TranslateException e) {
      throw new IllegalStateException(e);
    }
  }
}
