package dev.fovea.benchmark;

import ai.djl.ndarray.NDList;
import ai.djl.translate.NoBatchifyTranslator;
import ai.djl.translate.TranslatorContext;

/** Gives tensors to the model as they are; the caller closes the result. */
final class Tensors implements NoBatchifyTranslator<NDList, NDList> {

  @Override
  public NDList processInput(TranslatorContext context, NDList input) {
    return input;
  }

  @Override
  public NDList processOutput(TranslatorContext context, NDList output) {
    output.detach();
    return output;
  }
}
