package dev.fovea.image;

import ai.djl.Model;
import ai.djl.modality.Classifications;
import ai.djl.modality.cv.output.CategoryMask;
import ai.djl.translate.TranslateException;
import ai.djl.translate.Translator;
import ai.djl.translate.TranslatorFactory;
import com.google.gson.Gson;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Translators for a model that says itself how its images are prepared and what its classes are
 * called.
 *
 * <pre>{@code
 * Translator<Path, Classifications> translator =
 *     Translators.of(model, Path.class, Classifications.class, Map.of());
 * }</pre>
 *
 * <p>Arguments have the names of DJL's image translators and win over the model: {@code width},
 * {@code height}, {@code resize}, {@code resizeShort}, {@code centerCrop}, {@code normalize},
 * {@code range}; also {@code interpolation}, {@code mean}, {@code std}, and {@code preprocess}, the
 * text of {@link Preprocess#toJson}. Where neither says a size, images keep theirs and are
 * normalized as ImageNet's.
 */
public final class Translators {
  /** The model's property with the JSON of its {@link Preprocess}. */
  public static final String PREPROCESS = "fovea.preprocess";

  /** The model's property with the names of its classes, a JSON list in the order of the logits. */
  public static final String LABELS = "fovea.labels";

  static final List<ImageTranslatorFactory<?>> FACTORIES =
      List.of(
          new ClassificationTranslatorFactory(),
          new SegmentationTranslatorFactory(),
          new EmbeddingTranslatorFactory(),
          new ReconstructionTranslatorFactory());

  private Translators() {}

  /**
   * Makes a translator.
   *
   * @param <I> where images come from
   * @param <O> what the model's output becomes
   * @param model the model
   * @param input {@code Image}, {@code Path}, {@code URL}, {@code InputStream}, {@code byte[]},
   *     {@code String} (an address or a path), {@link Pixels}, or DJL's {@code Input} with {@code
   *     Output}
   * @param output {@link Classifications}, {@link CategoryMask}, {@code float[]} or {@link
   *     Reconstruction}
   * @param arguments see above; empty for what the model says
   * @return a translator
   * @throws IllegalArgumentException if there is none for these types, or an argument is wrong
   */
  public static <I, O> Translator<I, O> of(
      Model model, Class<I> input, Class<O> output, Map<String, ?> arguments) {
    for (ImageTranslatorFactory<?> factory : FACTORIES) {
      if (factory.isSupported(input, output)) {
        return make(factory, model, input, output, arguments);
      }
    }
    throw new IllegalArgumentException("no translator makes " + output + " of " + input);
  }

  /**
   * Lets a model say how its images are prepared and what its classes are called.
   *
   * @param model the model
   * @param preprocess what happens to its images
   * @param classes names of its classes, in the order of its logits; empty if it has none
   */
  public static void describe(Model model, Preprocess preprocess, List<String> classes) {
    model.setProperty(PREPROCESS, preprocess.toJson());
    label(model, classes);
  }

  /**
   * Lets a model say what its classes are called.
   *
   * @param model the model
   * @param classes names of its classes, in the order of its logits; empty if it has none
   */
  public static void label(Model model, List<String> classes) {
    model.setProperty(LABELS, new Gson().toJson(classes));
  }

  /**
   * Tells how a model's images are prepared.
   *
   * @param model a model, such as one that {@link #describe} was called for
   * @return what it says, if it does
   * @throws IllegalArgumentException if it says something that is no {@link Preprocess}
   */
  public static Optional<Preprocess> preprocess(Model model) {
    return model.getProperty(PREPROCESS, "").isEmpty()
        ? Optional.empty()
        : Optional.of(new TranslatorArguments(model, Map.of()).preprocess());
  }

  /**
   * Tells what a model's classes are called.
   *
   * @param model a model, such as one that {@link #describe} was called for
   * @return the names in the order of the logits; empty if it does not say
   * @throws IllegalArgumentException if the model's property is no JSON list of names
   */
  public static List<String> classes(Model model) {
    return new TranslatorArguments(model, Map.of()).classes();
  }

  private static <I, O> Translator<I, O> make(
      TranslatorFactory factory,
      Model model,
      Class<I> input,
      Class<O> output,
      Map<String, ?> arguments) {
    try {
      return factory.newInstance(input, output, model, arguments);
    } catch (TranslateException e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    }
  }
}
