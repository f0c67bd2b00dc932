package dev.fovea.image;

import ai.djl.Model;
import ai.djl.modality.cv.Image;
import ai.djl.modality.cv.translator.BaseImageTranslatorFactory;
import ai.djl.translate.PreProcessor;
import ai.djl.translate.Translator;
import java.io.InputStream;
import java.lang.reflect.Type;
import java.net.URL;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;

/**
 * Makes translators from a model and DJL's arguments, for images and for what images are decoded
 * from.
 */
abstract class ImageTranslatorFactory<O> extends BaseImageTranslatorFactory<O> {

  abstract ImageTranslator<O> make(TranslatorArguments arguments);

  @Override
  protected final Translator<Image, O> buildBaseTranslator(Model model, Map<String, ?> arguments) {
    return make(new TranslatorArguments(model, arguments));
  }

  /** Images are decoded here, with limits, and not by DJL. */
  @Override
  protected final Map<Type, Function<PreProcessor<Image>, PreProcessor<?>>>
      getPreprocessorExpansions() {
    Map<Type, Function<PreProcessor<Image>, PreProcessor<?>>> expansions = new HashMap<>();
    add(expansions, Path.class);
    add(expansions, URL.class);
    add(expansions, InputStream.class);
    add(expansions, String.class);
    add(expansions, byte[].class);
    add(expansions, Pixels.class);
    return expansions;
  }

  private static <I> void add(
      Map<Type, Function<PreProcessor<Image>, PreProcessor<?>>> expansions, Class<I> type) {
    ImageSource<I> source = ImageSource.of(type, ImageDecoder.DEFAULT);
    expansions.put(
        type,
        base -> {
          ImageTranslator<?> images = (ImageTranslator<?>) base;
          PreProcessor<I> decoding = (context, in) -> images.process(context, source.read(in));
          return decoding;
        });
  }
}
