package dev.fovea.cli;

import ai.djl.translate.TranslateException;
import dev.fovea.image.Pixels;
import java.util.List;

/** Asks a model about images, each kind of model in its way. */
interface Answering extends AutoCloseable {

  /** Answers in the order of the images, which become one batch where they have one size. */
  List<Answer> answer(List<Pixels> images) throws TranslateException;

  @Override
  void close();
}
