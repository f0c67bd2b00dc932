package dev.fovea.optimizer.trace;

import ai.djl.engine.Engine;
import dev.fovea.optimizer.ir.Fingerprint;
import dev.fovea.optimizer.ir.Graph;
import dev.fovea.optimizer.ir.Tensor;
import dev.fovea.optimizer.ir.Type;
import dev.fovea.optimizer.ir.Value;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.CodeSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Remembers which graphs compute what their blocks do, so that the same need not be run again to be
 * compared: one empty file a graph, named after all that decides the comparison. That is the graph
 * with its weights, every call that the block made with its arguments, the sizes that were tried,
 * the engine, and this build of the library, which is told by its jar. One object is for one
 * thread.
 *
 * <p>What is in the folder is trusted: who can write there can have a graph taken without a look.
 */
public final class Verified {

  private static final Logger LOG = LoggerFactory.getLogger(Verified.class);

  private static final int MOST = 4096; // files

  private final Path folder;
  private final String build;
  private @Nullable Graph graph;
  private String digest = "";

  /** Remembers for one build of the library. */
  Verified(Path folder, String build) {
    this.folder = folder;
    this.build = build;
  }

  /**
   * Opens a folder.
   *
   * @param folder where the files are; made when the first one is written
   * @return what is remembered; empty if this build of the library is not in a jar, so that it
   *     cannot be told from others
   */
  public static Optional<Verified> in(Path folder) {
    CodeSource source = Verified.class.getProtectionDomain().getCodeSource();
    try {
      Path jar = source == null ? folder : Path.of(source.getLocation().toURI());
      BasicFileAttributes attributes = Files.readAttributes(jar, BasicFileAttributes.class);
      return attributes.isRegularFile()
          ? Optional.of(
              new Verified(folder, attributes.size() + " " + attributes.lastModifiedTime()))
          : Optional.empty();
    } catch (IOException | URISyntaxException | IllegalArgumentException e) {
      return Optional.empty(); // not from a file
    }
  }

  /**
   * What tells a graph with its weights from all others that this build of the library traces.
   * Computed once for the last graph, since it reads all weights.
   *
   * @param graph the graph
   * @return the build and a digest
   */
  @SuppressWarnings("ReferenceEquality") // an equal graph has an equal key
  public String key(Graph graph) {
    if (graph != this.graph) {
      digest = digest(graph);
      this.graph = graph;
    }
    return build + " " + digest;
  }

  private static String digest(Graph graph) {
    StringBuilder facts = new StringBuilder(graph.toString());
    List<Map.Entry<Value, Tensor>> constants = new ArrayList<>(graph.constants().entrySet());
    constants.sort(Comparator.comparingInt(entry -> entry.getKey().id()));
    List<ByteBuffer> bytes = new ArrayList<>();
    for (Map.Entry<Value, Tensor> constant : constants) {
      facts.append(constant.getKey()).append(' ').append(constant.getValue().type()).append('\n');
      bytes.add(constant.getValue().bytes());
    }
    return hex(facts, bytes);
  }

  private static String hex(StringBuilder facts, List<ByteBuffer> bytes) {
    byte[] structure = facts.toString().getBytes(StandardCharsets.UTF_8);
    return HexFormat.of().formatHex(Fingerprint.of(structure, bytes));
  }

  /**
   * The name of a comparison.
   *
   * @param calls what tells the calls of the block from others
   * @param sizes the inputs that are tried
   */
  String key(Graph graph, String calls, List<List<Type>> sizes, Engine engine) {
    StringBuilder facts = new StringBuilder();
    facts.append(key(graph)).append('\n');
    facts.append(engine.getEngineName()).append(' ').append(engine.getVersion()).append('\n');
    facts.append(Engine.getDjlVersion()).append('\n');
    facts.append(sizes).append('\n').append(calls).append('\n');
    return hex(facts, List.of());
  }

  /** Whether a comparison was made before, and came out right. */
  boolean holds(String key) {
    return Files.isRegularFile(folder.resolve(key), LinkOption.NOFOLLOW_LINKS);
  }

  /** Remembers a comparison that came out right; if that fails, it is made again the next time. */
  void add(String key) {
    try {
      Files.createDirectories(folder);
      Files.createFile(folder.resolve(key));
      removeOldest();
    } catch (FileAlreadyExistsException e) {
      LOG.debug("Another process has verified {} too", key);
    } catch (IOException e) {
      LOG.warn("That a graph was verified cannot be kept in {}: {}", folder, e.toString());
    }
  }

  private void removeOldest() throws IOException {
    List<Path> files;
    try (Stream<Path> listed = Files.list(folder)) {
      files = listed.toList();
    }
    if (files.size() > MOST) {
      record Written(Path path, long time) {}
      List<Written> written = new ArrayList<>();
      for (Path file : files) {
        written.add(new Written(file, Files.getLastModifiedTime(file).toMillis()));
      }
      written.sort(Comparator.comparingLong(Written::time));
      for (Written old : written.subList(0, files.size() - MOST / 2)) {
        Files.deleteIfExists(old.path());
      }
    }
  }
}
