package dev.fovea.hub;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;

/** The beginning of a file, with the server's tag of the version that it is of. */
record Part(Path path) {

  private Path note() {
    return path.resolveSibling(path.getFileName() + ".tag");
  }

  long length() throws IOException {
    try {
      return Files.size(path);
    } catch (NoSuchFileException e) {
      return 0;
    }
  }

  Optional<String> tag() throws IOException {
    try {
      return Optional.of(Files.readString(note())).filter(t -> t.matches("[\\x20-\\x7e]+"));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  /** Starts again, from a version with this tag. */
  void begin(Optional<String> tag) throws IOException {
    delete();
    if (tag.isPresent()) {
      HubCache.write(note(), tag.get());
    }
  }

  /** The file is complete. */
  void forget() throws IOException {
    Files.deleteIfExists(note());
  }

  void delete() throws IOException {
    Files.deleteIfExists(path);
    forget();
  }
}
