package dev.fovea.image;

import ai.djl.Model;
import ai.djl.translate.TranslateException;
import ai.djl.translate.Translator;
import ai.djl.translate.TranslatorFactory;
import ai.djl.util.Pair;
import java.lang.reflect.Type;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Makes the translators of {@link Translators} for DJL's {@code Criteria}: the output asked for
 * says which.
 */
public final class ModelTranslatorFactory implements TranslatorFactory {

  /** Creates a factory; DJL does it by name. */
  public ModelTranslatorFactory() {}

  @Override
  public Set<Pair<Type, Type>> getSupportedTypes() {
    Set<Pair<Type, Type>> types = new HashSet<>();
    Translators.FACTORIES.forEach(factory -> types.addAll(factory.getSupportedTypes()));
    return types;
  }

  @Override
  public <I, O> Translator<I, O> newInstance(
      Class<I> input, Class<O> output, Model model, Map<String, ?> arguments)
      throws TranslateException {
    try {
      return Translators.of(model, input, output, arguments);
    } catch (IllegalArgumentException e) {
      throw new TranslateException(e.getMessage(), e);
    }
  }
}
