package dev.fovea.hub;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** A folder: one of this library, or a copy of a repository of the hub. */
record LocalFolder(Path folder) implements ModelFiles {

  @Override
  public String source() {
    return folder.toString();
  }

  @Override
  public Optional<Path> find(String name) {
    return Optional.of(folder.resolve(name)).filter(Files::isRegularFile);
  }

  @Override
  public Map<String, String> origin() {
    return Map.of();
  }

  /** Finds the only file of weights that has none of the usual names. */
  Optional<Path> onlyWeights() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      List<Path> weights =
          files
              .filter(f -> f.toString().matches("(?i).*\\.(safetensors|pth|pt|bin|ckpt)"))
              .sorted()
              .toList();
      if (weights.size() > 1) {
        throw new IOException(
            folder + ": several files of weights, so name one: " + weights.subList(0, 2) + ", ...");
      }
      return weights.stream().findFirst();
    }
  }
}
