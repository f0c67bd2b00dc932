package dev.fovea.optimizer.backend;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.zip.CRC32C;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * For back ends: folders of compiled models, one a key. A folder is filled under another name and
 * moved into its place as a whole, so that no process finds half of one; beside the files stands
 * their checksum. The folders that were not used for the longest time are removed when all take
 * more than {@value #MAX_BYTES} bytes.
 */
public final class ModelCache {

  private static final Logger LOG = LoggerFactory.getLogger(ModelCache.class);

  static final long MAX_BYTES = 8L << 30;

  static final String CHECKSUM = "checksum";

  private static final String PART = ".part-";
  private static final Duration FORGOTTEN = Duration.ofDays(1);
  private static final int MAP = 1 << 30;

  private final Path folder;
  private final long maxBytes;

  /**
   * Looks into a folder.
   *
   * @param folder where the folders are; made when the first one is
   */
  public ModelCache(Path folder) {
    this(folder, MAX_BYTES);
  }

  ModelCache(Path folder, long maxBytes) {
    this.folder = folder;
    this.maxBytes = maxBytes;
  }

  /**
   * The name of what all of these facts decide.
   *
   * @param facts in a fixed order
   * @return a digest
   */
  public static String key(List<String> facts) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      for (String fact : facts) {
        byte[] bytes = fact.getBytes(StandardCharsets.UTF_8);
        digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(0, bytes.length));
        digest.update(bytes);
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every Java has it
    }
  }

  /**
   * Finds a folder; one that is damaged is removed.
   *
   * @param key its name
   * @return the folder with the files as they were kept; empty if there is none
   */
  public Optional<Path> find(String key) {
    Path entry = folder.resolve(key);
    if (!Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS)) {
      return Optional.empty();
    }
    try {
      Path file = entry.resolve(CHECKSUM);
      String kept = Files.size(file) > 64 ? "" : Files.readString(file, StandardCharsets.US_ASCII);
      if (kept.equals(checksum(entry))) {
        Files.setLastModifiedTime(file, FileTime.from(Instant.now()));
        return Optional.of(entry);
      }
      LOG.warn("The compiled model {} is damaged and made again", entry);
    } catch (IOException e) {
      LOG.warn("The compiled model {} cannot be read and is made again: {}", entry, e.toString());
    }
    remove(entry);
    return Optional.empty();
  }

  /**
   * Makes something and keeps the files that this leaves in a folder.
   *
   * @param key its name
   * @param make is given the folder
   * @param <T> what is made
   * @return what was made, also if its files cannot be kept
   * @throws UncheckedIOException if no folder can be made
   */
  public <T> T fill(String key, Function<Path, T> make) {
    Path part;
    try {
      Files.createDirectories(folder);
      part = Files.createTempDirectory(folder, PART);
    } catch (IOException e) {
      throw new UncheckedIOException("Compiled models cannot be kept in " + folder, e);
    }
    try {
      T made = make.apply(part);
      keep(part, folder.resolve(key));
      return made;
    } finally {
      remove(part);
    }
  }

  private void keep(Path part, Path entry) {
    try {
      Files.writeString(part.resolve(CHECKSUM), checksum(part), StandardCharsets.US_ASCII);
      Files.move(part, entry, StandardCopyOption.ATOMIC_MOVE);
      evict(entry);
    } catch (IOException e) {
      if (!Files.exists(entry.resolve(CHECKSUM))) { // or else another process was faster
        LOG.warn("The compiled model cannot be kept as {}", entry, e);
      }
    }
  }

  /** Name, size and content of all files but the checksum's. */
  private static String checksum(Path entry) throws IOException {
    CRC32C sum = new CRC32C();
    for (Path file : files(entry)) {
      if (!file.endsWith(CHECKSUM)) {
        long size = Files.size(file);
        sum.update((file.getFileName() + " " + size).getBytes(StandardCharsets.UTF_8));
        try (FileChannel channel = FileChannel.open(file)) {
          for (long start = 0; start < size; start += MAP) {
            long length = Math.min(MAP, size - start);
            sum.update(channel.map(FileChannel.MapMode.READ_ONLY, start, length));
          }
        }
      }
    }
    return Long.toHexString(sum.getValue());
  }

  private void evict(Path newest) throws IOException {
    record Entry(Path path, FileTime used, long bytes) {}
    List<Entry> entries = new ArrayList<>();
    for (Path path : files(folder)) {
      Path checksum = path.resolve(CHECKSUM);
      if (isForgotten(path)) {
        remove(path);
      } else if (!path.equals(newest) && Files.isRegularFile(checksum)) {
        entries.add(new Entry(path, Files.getLastModifiedTime(checksum), bytes(path)));
      }
    }
    entries.sort(Comparator.comparing(Entry::used).reversed());
    long total = bytes(newest);
    for (Entry entry : entries) {
      total += entry.bytes();
      if (total > maxBytes) {
        remove(entry.path());
      }
    }
  }

  /** What a process left that ended on the way. */
  private static boolean isForgotten(Path path) throws IOException {
    return path.getFileName().toString().startsWith(PART)
        && Files.getLastModifiedTime(path).toInstant().isBefore(Instant.now().minus(FORGOTTEN));
  }

  private static long bytes(Path entry) throws IOException {
    long total = 0;
    for (Path file : files(entry)) {
      total += Files.size(file);
    }
    return total;
  }

  private static List<Path> files(Path folder) throws IOException {
    List<Path> files = new ArrayList<>();
    try (DirectoryStream<Path> stream = Files.newDirectoryStream(folder)) {
      stream.forEach(files::add);
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
    files.sort(Comparator.naturalOrder());
    return files;
  }

  /**
   * Removes a folder if it is there; what is still open elsewhere may stay.
   *
   * @param entry the folder
   */
  public void remove(Path entry) {
    if (!Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    try {
      // The checksum first: without it, what is left is not taken for whole.
      Files.deleteIfExists(entry.resolve(CHECKSUM));
      for (Path file : files(entry)) {
        Files.deleteIfExists(file);
      }
      Files.deleteIfExists(entry);
    } catch (IOException e) {
      LOG.warn("{} cannot be removed", entry, e);
    }
  }
}
