package dev.fovea.hub;

import dev.fovea.hub.HubException.Reason;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * A file of a web server, kept as {@code urls/HASH-OF-ADDRESS/NAME} with its hash beside it.
 *
 * @param address of the file
 * @param sha256 that its SHA-256 begins with; empty: unknown
 */
record WebFile(URI address, String sha256) {

  WebFile {
    String scheme = String.valueOf(address.getScheme()).toLowerCase(Locale.ROOT);
    String host = String.valueOf(address.getHost());
    boolean here = host.equals("localhost") || host.equals("127.0.0.1") || host.equals("[::1]");
    if (address.getHost() == null || !(scheme.equals("https") || (scheme.equals("http") && here))) {
      throw new IllegalArgumentException(
          address + " is no https:// address; http:// is for this machine alone");
    }
    if (!sha256.matches("[0-9a-f]{0,64}")) {
      throw new IllegalArgumentException("\"" + sha256 + "\" is no beginning of a SHA-256");
    }
  }

  HubFile in(HubOptions options) throws IOException {
    Path folder = options.cache().resolve("urls").resolve(Sha256.of(address.toString()));
    Path file = folder.resolve(name());
    Path note = folder.resolve(".sha256");
    Optional<HubFile> known = known(file, note);
    if (known.isPresent()) {
      return known.get();
    }
    if (options.offline()) {
      throw new HubException(
          Reason.OFFLINE,
          address + " is not in the cache " + options.cache() + " and work is offline");
    }
    Path lock = options.cache().resolve(".locks").resolve("urls").resolve(folder.getFileName());
    try (CacheLock held = CacheLock.take(lock)) {
      known = known(file, note);
      if (known.isPresent()) {
        return known.get();
      }
      Files.createDirectories(folder);
      Path part = folder.resolve(".part");
      HubOptions anonymous = options.withToken(Optional.empty());
      String hash =
          new Download(
                  address.toString(),
                  address,
                  OptionalLong.empty(),
                  sha256,
                  reply -> Refusal.of(address.toString(), reply))
              .to(part, new HubHttp(anonymous), anonymous);
      // In this order no file has the note of another one for long: without a note it is fetched.
      Files.deleteIfExists(note);
      Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
      HubCache.write(note, hash);
      return new HubFile(file, Optional.empty(), Optional.of(hash));
    }
  }

  private Optional<HubFile> known(Path file, Path note) throws IOException {
    if (!Files.isRegularFile(file)) {
      return Optional.empty();
    }
    try {
      String hash = Files.readString(note);
      return HubCache.isSha256(hash) && hash.startsWith(sha256)
          ? Optional.of(new HubFile(file, Optional.empty(), Optional.of(hash)))
          : Optional.empty();
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  /** The end of the address tells readers the format. */
  private String name() {
    String path = String.valueOf(address.getPath());
    String last = path.substring(path.lastIndexOf('/') + 1);
    return SafeName.isPlain(last) ? last : "file";
  }
}
