package dev.fovea.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Model;
import ai.djl.inference.Predictor;
import ai.djl.modality.Classifications;
import ai.djl.modality.cv.output.CategoryMask;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.LambdaBlock;
import ai.djl.translate.TranslateException;
import ai.djl.translate.Translator;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Function;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Translators of classes, vectors, masks and reconstructions, by what model and arguments say. */
class TranslatorsTest {
  private static final List<String> COLOURS = List.of("red", "green", "blue");
  private static final Preprocess EXACT =
      Preprocess.exact(8, 8, Resample.BILINEAR).withNormalize(Normalize.UNIT);

  /** The mean of each colour: (B, 3, H, W) -> (B, 3). */
  private static NDList means(NDList list) {
    NDArray x = list.head();
    return new NDList(x.reshape(x.getShape().get(0), 3, -1).mean(new int[] {2}));
  }

  private static Model model(Function<NDList, NDList> function) {
    Model model = Model.newInstance("colours");
    model.setBlock(new LambdaBlock(function));
    return model;
  }

  private static Pixels plain(int r, int g, int b) {
    Pixels image = new Pixels(20, 10);
    for (int i = 0; i < image.rgb().length; i += 3) {
      image.rgb()[i] = (byte) r;
      image.rgb()[i + 1] = (byte) g;
      image.rgb()[i + 2] = (byte) b;
    }
    return image;
  }

  private static Pixels noise(int side) {
    Pixels image = new Pixels(side, side);
    new Random(5).nextBytes(image.rgb());
    return image;
  }

  private static <I, O> List<O> predict(Model model, Translator<I, O> translator, List<I> inputs)
      throws TranslateException {
    try (Predictor<I, O> predictor = model.newPredictor(translator)) {
      return predictor.batchPredict(inputs);
    }
  }

  @Test
  void a_model_says_how_its_images_are_prepared_and_what_its_classes_are_called()
      throws TranslateException {
    try (Model model = model(TranslatorsTest::means)) {
      Translators.describe(model, EXACT, COLOURS);
      Translator<Pixels, Classifications> translator =
          Translators.of(model, Pixels.class, Classifications.class, Map.of());
      List<Classifications> results =
          predict(model, translator, List.of(plain(255, 51, 0), plain(0, 0, 102)));
      assertThat(results.get(0).best().getClassName()).isEqualTo("red");
      assertThat(results.get(1).best().getClassName()).isEqualTo("blue");
      double sum = Math.exp(1) + Math.exp(0.2) + 1;
      assertThat(results.get(0).get("red").getProbability())
          .isCloseTo(Math.exp(1) / sum, within(1e-6));
      assertThat(results.get(0).get("green").getProbability())
          .isCloseTo(Math.exp(0.2) / sum, within(1e-6));
    }
  }

  @Test
  void images_come_from_files_addresses_streams_and_bytes(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("image.png");
    ImageIO.write(noise(8).toBufferedImage(), "png", file.toFile());
    byte[] bytes = Files.readAllBytes(file);
    EmbeddingTranslator translator = new EmbeddingTranslator(EXACT, false);
    try (Model model = model(TranslatorsTest::means)) {
      float[] expected = predict(model, translator.from(Pixels.class), List.of(noise(8))).get(0);
      assertThat(expected).hasSize(3).doesNotContain(0f);
      List<float[]> results = new ArrayList<>();
      results.addAll(predict(model, translator.from(Path.class), List.of(file)));
      results.addAll(predict(model, translator.from(URL.class), List.of(file.toUri().toURL())));
      results.addAll(predict(model, translator.from(String.class), List.of(file.toString())));
      results.addAll(predict(model, translator.from(byte[].class), List.of(bytes)));
      InputStream stream = new ByteArrayInputStream(bytes);
      results.addAll(predict(model, translator.from(InputStream.class), List.of(stream)));
      assertThat(results).hasSize(5).allSatisfy(r -> assertThat(r).containsExactly(expected));
      assertThatIllegalArgumentException()
          .isThrownBy(() -> translator.from(Integer.class))
          .withMessageContaining("Path");
    }
  }

  @Test
  void arguments_have_the_names_of_djl_and_win_over_the_model() throws TranslateException {
    try (Model model = model(TranslatorsTest::means)) {
      Translators.describe(model, EXACT, COLOURS);
      Map<String, Object> arguments =
          Map.of(
              "width", "16",
              "height", "12",
              "synset", "rouge,vert,bleu",
              "mean", "0.5,0.5,0.5",
              "std", "0.5,0.5,0.5",
              "applySoftmax", false,
              "topK", 2);
      Translator<Pixels, Classifications> translator =
          Translators.of(model, Pixels.class, Classifications.class, arguments);
      Classifications result = predict(model, translator, List.of(plain(255, 0, 0))).get(0);
      assertThat(result.<Classifications.Classification>topK())
          .extracting(Classifications.Classification::getClassName)
          .hasSize(2)
          .startsWith("rouge");
      assertThat(result.get("rouge").getProbability()).isCloseTo(1, within(1e-6));
      assertThat(result.get("vert").getProbability()).isCloseTo(-1, within(1e-6));
      assertThatIllegalArgumentException()
          .isThrownBy(
              () ->
                  Translators.of(
                      model, Pixels.class, Classifications.class, Map.of("flag", "GRAYSCALE")))
          .withMessageContaining("COLOR");
      assertThatIllegalArgumentException()
          .isThrownBy(
              () ->
                  Translators.of(
                      model, Pixels.class, Classifications.class, Map.of("range", "0,255")))
          .withMessageContaining("0,255");
    }
  }

  @Test
  void a_wrong_number_of_logits_or_a_diverged_model_is_an_error() {
    ClassificationTranslator two =
        new ClassificationTranslator(EXACT, List.of("red", "green"), true, 5);
    try (Model model = model(TranslatorsTest::means);
        Model diverged = model(x -> new NDList(means(x).head().log()))) {
      assertThatThrownBy(() -> predict(model, two.from(Pixels.class), List.of(plain(1, 2, 3))))
          .hasStackTraceContaining("3 logits for the 2 classes");
      ClassificationTranslator numbered = new ClassificationTranslator(EXACT, List.of(), true, 5);
      assertThatThrownBy(
              () -> predict(diverged, numbered.from(Pixels.class), List.of(plain(1, 0, 3))))
          .hasStackTraceContaining("diverged");
    }
  }

  @Test
  void vectors_can_have_length_one() throws TranslateException {
    try (Model model = model(TranslatorsTest::means)) {
      EmbeddingTranslator translator = new EmbeddingTranslator(EXACT, true);
      float[] unit =
          predict(model, translator.from(Pixels.class), List.of(plain(153, 204, 0))).get(0);
      assertThat(unit).containsExactly(new float[] {0.6f, 0.8f, 0}, within(1e-6f));
    }
  }

  @Test
  void masks_cover_the_image_at_its_own_size() throws TranslateException {
    try (Model model = model(x -> x)) {
      Translators.describe(model, EXACT, COLOURS);
      CategoryMask mask =
          predict(
                  model,
                  Translators.of(model, Pixels.class, CategoryMask.class, Map.of()),
                  List.of(plain(0, 9, 0)))
              .get(0);
      assertThat(mask.getClasses()).isEqualTo(COLOURS);
      assertThat(mask.getMask()).hasDimensions(10, 20);
      for (int[] row : mask.getMask()) {
        assertThat(row).containsOnly(1);
      }
    }
  }

  /** Patches of 4 x 4 pixels, rows, then columns, then channels: (B, 3, 8, 8) -> (B, 4, 48). */
  private static NDArray patches(NDArray x) {
    long batch = x.getShape().get(0);
    return x.reshape(new Shape(batch, 3, 2, 4, 2, 4))
        .transpose(0, 2, 4, 3, 5, 1)
        .reshape(new Shape(batch, 4, 48));
  }

  @Test
  void true_patches_paint_the_image_that_was_masked() throws TranslateException {
    try (Model plain =
            model(x -> new NDList(patches(x.head()), x.getManager().ones(new Shape(1, 4))));
        Model normalized =
            model(
                x -> {
                  NDArray p = patches(x.head());
                  NDArray mean = p.mean(new int[] {2}, true);
                  NDArray square = p.sub(mean).square().sum(new int[] {2}, true).div(47);
                  NDArray unit = p.sub(mean).div(square.add(1e-6f).sqrt());
                  return new NDList(unit, x.getManager().ones(new Shape(1, 4)));
                })) {
      for (boolean targets : new boolean[] {false, true}) {
        Reconstruction result =
            predict(
                    targets ? normalized : plain,
                    new ReconstructionTranslator(EXACT, targets).from(Pixels.class),
                    List.of(noise(8)))
                .get(0);
        assertThat(result.maskedShare()).isEqualTo(1);
        assertThat(result.masked().rgb()).containsOnly((byte) 128);
        byte[] painted = result.painted().rgb();
        byte[] original = result.original().rgb();
        assertThat(original).isEqualTo(noise(8).rgb());
        for (int i = 0; i < painted.length; i++) {
          assertThat((painted[i] & 0xFF) - (original[i] & 0xFF)).isBetween(-1, 0); // cut off
        }
      }
    }
  }

  @Test
  void what_was_not_masked_stays() throws TranslateException {
    try (Model model =
        model(
            x ->
                new NDList(
                    patches(x.head()).mul(0),
                    x.getManager().create(new float[] {0, 0, 0, 1}, new Shape(1, 4))))) {
      Reconstruction result =
          predict(
                  model,
                  new ReconstructionTranslator(EXACT, false).from(Pixels.class),
                  List.of(noise(8)))
              .get(0);
      assertThat(result.maskedShare()).isEqualTo(0.25);
      assertThat(result.painted().get(3, 7)).isEqualTo(noise(8).get(3, 7));
      assertThat(result.painted().get(4, 4) & 0xFFFFFF).isZero();
      assertThat(result.masked().get(4, 4) & 0xFFFFFF).isEqualTo(0x808080);
    }
  }
}
