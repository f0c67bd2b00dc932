package dev.fovea.optimizer.onnx;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import com.google.protobuf.CodedOutputStream;
import dev.fovea.optimizer.ir.Fingerprint;
import dev.fovea.optimizer.ir.Graph;
import dev.fovea.optimizer.ir.Tensor;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.HexFormat;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.UUID;

/**
 * Writes a graph as an ONNX model of operator set 17, IR version 8. Weights of more than 2 GB stand
 * in a second file beside the model, because that is where a protobuf message ends.
 *
 * <p>Tensors and weights keep their names, nodes are named after the block that they were traced
 * from. Dynamic axes of the first input are called {@code batch}, {@code height} and {@code width}.
 *
 * <p>See the <a href="https://github.com/onnx/onnx/blob/main/docs/IR.md">ONNX IR specification</a>.
 *
 * @param metadata written into the model beside the version of this library: what it was made from
 * @param storage the bits in which weights are stored
 * @param limit most bytes of weights in the model itself, 2^31 - 1 or less; if there are more, they
 *     go to a file beside it
 * @param normalization the operators that stand for a normalization
 */
public record OnnxWriter(
    Map<String, String> metadata,
    WeightStorage storage,
    long limit,
    NormalizationForm normalization) {

  /** The version of the operators that are used. */
  public static final int OPSET = 17;

  private static final int IR_VERSION = 8;
  private static final long MAX_BYTES = Integer.MAX_VALUE; // of a protobuf message

  /** {@inheritDoc} */
  public OnnxWriter {
    metadata = Map.copyOf(metadata);
    if (limit < 0 || limit > MAX_BYTES) {
      throw new IllegalArgumentException("limit is 0 to " + MAX_BYTES + " bytes, got " + limit);
    }
  }

  /**
   * Creates a writer that stores weights as they are, and in the model as long as they fit.
   *
   * @param metadata written into the model beside the version of this library: what it was made
   *     from
   */
  public OnnxWriter(Map<String, String> metadata) {
    this(metadata, WeightStorage.F32, MAX_BYTES, NormalizationForm.LAYER);
  }

  /**
   * Returns a writer that stores weights in other bits.
   *
   * @param storage the bits in which weights are stored
   * @return another writer
   */
  public OnnxWriter withStorage(WeightStorage storage) {
    return new OnnxWriter(metadata, storage, limit, normalization);
  }

  /**
   * Returns a writer that moves weights to a second file earlier.
   *
   * @param limit most bytes of weights in the model itself, 2^31 - 1 or less
   * @return another writer
   */
  public OnnxWriter withLimit(long limit) {
    return new OnnxWriter(metadata, storage, limit, normalization);
  }

  /**
   * Returns a writer that uses other operators for a normalization.
   *
   * @param normalization the operators
   * @return another writer
   */
  public OnnxWriter withNormalization(NormalizationForm normalization) {
    return new OnnxWriter(metadata, storage, limit, normalization);
  }

  /**
   * Returns whether {@link #toBuffer} takes a graph: whether its weights fit into one file.
   *
   * @param graph the graph to write
   * @return true if {@link #write} needs no second file
   */
  public boolean fits(Graph graph) {
    return weightBytes(graph) <= limit;
  }

  /**
   * Returns the model in memory outside the heap, where run-times read it without a copy.
   *
   * @param graph the graph to write
   * @return an ONNX file's content, a direct buffer
   * @throws IllegalArgumentException if the model is larger than 2 GB, or holds what ONNX cannot
   *     express; the message names it
   */
  public ByteBuffer toBuffer(Graph graph) {
    long bytes = weightBytes(graph);
    if (bytes > limit) {
      throw tooLarge(bytes, "weights", "Write it to a file: a second one then holds the weights.");
    }
    ModelProto model = model(graph, ExternalData.none());
    ByteBuffer buffer = ByteBuffer.allocateDirect(model.getSerializedSize());
    CodedOutputStream out = CodedOutputStream.newInstance(buffer);
    try {
      model.writeTo(out);
      out.flush();
    } catch (IOException e) { // the buffer has room for all
      throw new UncheckedIOException(e);
    }
    return buffer.flip();
  }

  /**
   * Returns what tells the model from others, without writing it.
   *
   * @param graph the graph that {@link #write} would write
   * @return the SHA-256 of the structure and of the digests of all weights, in hexadecimal digits
   * @throws IllegalArgumentException if the model holds what ONNX cannot express; the message names
   *     it
   */
  public String fingerprint(Graph graph) {
    ExternalData weights = ExternalData.in("weights");
    byte[] structure = model(graph, weights).toByteArray();
    return HexFormat.of().formatHex(Fingerprint.of(structure, weights.tensors()));
  }

  /**
   * Writes the model to a file: to a temporary file beside it first, so that no reader ever sees
   * half of one. Weights that do not fit go to a file whose name is that of the model and {@code
   * .data}; it is there before the model is, and the two belong into one folder.
   *
   * @param graph the graph to write
   * @param file where to; an existing file is replaced
   * @throws IOException if it cannot be written; an existing file is then as it was
   * @throws IllegalArgumentException if the model holds what ONNX cannot express; the message names
   *     it
   */
  public void write(Graph graph, Path file) throws IOException {
    Path data = file.resolveSibling(file.getFileName() + ".data");
    ExternalData external =
        fits(graph) ? ExternalData.none() : ExternalData.in(data.getFileName().toString());
    ModelProto model = model(graph, external);
    if (!external.isEmpty()) {
      replace(data, external::writeTo);
    }
    replace(
        file,
        channel -> {
          OutputStream out = new BufferedOutputStream(Channels.newOutputStream(channel), 1 << 16);
          model.writeTo(out);
          out.flush();
        });
  }

  private interface Content {
    void writeTo(FileChannel channel) throws IOException;
  }

  private static void replace(Path file, Content content) throws IOException {
    String temporary = "." + file.getFileName() + "." + UUID.randomUUID() + ".tmp";
    Path part = file.toAbsolutePath().resolveSibling(temporary);
    try {
      try (FileChannel channel =
          FileChannel.open(part, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
        content.writeTo(channel);
        channel.force(true);
      }
      Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(part);
    }
  }

  private static long weightBytes(Graph graph) {
    return graph.constants().values().stream()
        .map(Tensor::bytes)
        .mapToLong(ByteBuffer::remaining)
        .sum();
  }

  private ModelProto model(Graph graph, ExternalData external) {
    ModelProto.Builder model =
        ModelProto.newBuilder()
            .setIrVersion(IR_VERSION)
            .setProducerName("Fovea")
            .setProducerVersion(version())
            .addOpsetImport(OperatorSetIdProto.newBuilder().setDomain("").setVersion(OPSET))
            .setGraph(new GraphEmitter(graph, storage, external, normalization).emit());
    Map<String, String> properties = new TreeMap<>(metadata);
    properties.put("fovea.version", version());
    properties.forEach(
        (key, value) ->
            model.addMetadataProps(
                StringStringEntryProto.newBuilder().setKey(key).setValue(value)));
    ModelProto built = model.build();
    int size = built.getSerializedSize();
    if (size < 0) { // protobuf's own count overflows to a negative number
      throw tooLarge(size & 0xFFFFFFFFL, "model", "Lower the writer's limit.");
    }
    return built;
  }

  private static IllegalArgumentException tooLarge(long bytes, String what, String way) {
    return new IllegalArgumentException(
        String.format(
            "The %s takes %,d bytes, and an ONNX file with its weights inside holds %,d at most. %s",
            what, bytes, MAX_BYTES, way));
  }

  /** The version of this library, from the jar that it is in. */
  static String version() {
    String resource = "/META-INF/maven/dev.fovea/fovea-optimizer/pom.properties";
    try (InputStream in = OnnxWriter.class.getResourceAsStream(resource)) {
      Properties properties = new Properties();
      if (in != null) {
        properties.load(in);
      }
      return properties.getProperty("version", "development");
    } catch (IOException e) {
      return "development";
    }
  }
}
