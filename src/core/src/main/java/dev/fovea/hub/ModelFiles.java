package dev.fovea.hub;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/** The files of one model, wherever they lie. */
interface ModelFiles {

  /** What errors and the model's name call it. */
  String source();

  /** Finds a file by its name. */
  Optional<Path> find(String name) throws IOException;

  /** Properties of a model made of the files found so far: source, revision. */
  Map<String, String> origin();
}
