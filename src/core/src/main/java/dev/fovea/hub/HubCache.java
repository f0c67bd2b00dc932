package dev.fovea.hub;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;

/**
 * A folder laid out as that of Python's {@code huggingface_hub}.
 *
 * <pre>
 * models--owner--name/refs/main                     the commit that main was seen at
 * models--owner--name/blobs/ETAG                    contents, once each
 * models--owner--name/snapshots/COMMIT/config.json  links to them
 * models--owner--name/.no_exist/COMMIT/FILE         empty: the commit has no such file
 * </pre>
 */
final class HubCache {
  private static final String COMMIT = "[0-9a-f]{40}";
  private static final String SHA256 = "[0-9a-f]{64}";

  private final Path root;

  HubCache(Path root) {
    this.root = root;
  }

  Path root() {
    return root;
  }

  private Path folder(HubRepository repository) {
    return root.resolve(folderName(repository));
  }

  private static String folderName(HubRepository repository) {
    return "models--" + repository.owner() + "--" + repository.name();
  }

  static boolean isCommit(String word) {
    return word.matches(COMMIT);
  }

  static boolean isSha256(String word) {
    return word.matches(SHA256);
  }

  /** The commit that the revision was last seen at. */
  Optional<String> commit(HubRepository repository) throws IOException {
    if (repository.isCommit()) {
      return Optional.of(repository.revision());
    }
    Path ref = ref(repository);
    try (InputStream in = Files.newInputStream(ref)) {
      String text = new String(in.readNBytes(64), StandardCharsets.UTF_8).strip();
      return Optional.of(text).filter(HubCache::isCommit);
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      if (!Files.isRegularFile(ref)) {
        return Optional.empty();
      }
      throw e;
    }
  }

  private Path ref(HubRepository repository) {
    return folder(repository).resolve("refs").resolve(repository.revision());
  }

  Path snapshot(HubRepository repository, String commit, String file) {
    return folder(repository).resolve("snapshots").resolve(commit).resolve(file);
  }

  Path blob(HubRepository repository, String etag) {
    return folder(repository).resolve("blobs").resolve(etag);
  }

  Path lock(HubRepository repository, String etag) {
    return root.resolve(".locks").resolve(folderName(repository)).resolve(etag + ".lock");
  }

  Optional<HubFile> find(HubRepository repository, String commit, String file) throws IOException {
    Path path = snapshot(repository, commit, file);
    if (!Files.isRegularFile(path)) {
      return Optional.empty();
    }
    // The name of a large file's contents is their hash.
    Optional<String> blob =
        Files.isSymbolicLink(path)
            ? Optional.ofNullable(Files.readSymbolicLink(path).getFileName()).map(Path::toString)
            : Optional.empty();
    return Optional.of(new HubFile(path, Optional.of(commit), blob.filter(HubCache::isSha256)));
  }

  boolean isKnownAbsent(HubRepository repository, String commit, String file) {
    return Files.isRegularFile(absent(repository, commit, file));
  }

  private Path absent(HubRepository repository, String commit, String file) {
    return folder(repository).resolve(".no_exist").resolve(commit).resolve(file);
  }

  void rememberAbsent(HubRepository repository, String commit, String file) throws IOException {
    Path path = absent(repository, commit, file);
    makeParent(path);
    try {
      Files.createFile(path);
    } catch (FileAlreadyExistsException e) {
      // Another one knew it.
    }
    remember(repository, commit);
  }

  /** Keeps which commit a branch or tag is at. */
  void remember(HubRepository repository, String commit) throws IOException {
    if (!commit(repository).equals(Optional.of(commit))) {
      Path ref = ref(repository);
      makeParent(ref);
      write(ref, commit);
    }
  }

  /** Writes a small text in one step. */
  static void write(Path file, String text) throws IOException {
    Path draft = Files.createTempFile(file.toAbsolutePath().getParent(), ".draft", "");
    try {
      Files.writeString(draft, text);
      Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(draft);
    }
  }

  /** Makes the contents visible as a file of a commit. */
  void link(HubRepository repository, String commit, String file, String etag) throws IOException {
    Path path = snapshot(repository, commit, file);
    Path blob = blob(repository, etag);
    Path parent = makeParent(path);
    Files.deleteIfExists(path);
    try {
      Files.createSymbolicLink(path, parent.relativize(blob.toAbsolutePath()));
    } catch (FileAlreadyExistsException e) {
      if (!Files.isRegularFile(path)) {
        throw e;
      }
    } catch (UnsupportedOperationException | FileSystemException e) {
      // As on Windows without the right to make links: the file itself takes the link's place.
      Files.move(blob, path, StandardCopyOption.ATOMIC_MOVE);
    }
  }

  static Path makeParent(Path path) throws IOException {
    Path file = path.toAbsolutePath();
    Path parent = file.getParent();
    return Files.createDirectories(parent == null ? file : parent);
  }
}
