package dev.fovea.optimizer.onnx;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import dev.fovea.optimizer.ir.Graph;
import dev.fovea.optimizer.ir.Tensor;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.UUID;

/**
 * Writes a graph as an ONNX model of operator set 17, IR version 8, with the weights inside.
 *
 * <p>Tensors and weights keep their names, nodes are named after the block that they were traced
 * from. Dynamic axes of the first input are called {@code batch}, {@code height} and {@code width}.
 *
 * <p>See the <a href="https://github.com/onnx/onnx/blob/main/docs/IR.md">ONNX IR specification</a>.
 *
 * @param metadata written into the model beside the version of this library: what it was made from
 */
public record OnnxWriter(Map<String, String> metadata) {

  /** The version of the operators that are used. */
  public static final int OPSET = 17;

  private static final int IR_VERSION = 8;
  private static final long MAX_BYTES = Integer.MAX_VALUE; // of a protobuf message

  /** {@inheritDoc} */
  public OnnxWriter {
    metadata = Map.copyOf(metadata);
  }

  /**
   * Returns the model in memory.
   *
   * @param graph the graph to write
   * @return an ONNX file's content
   * @throws IllegalArgumentException if the model is larger than 2 GB, or holds what ONNX cannot
   *     express; the message names it
   */
  public byte[] toBytes(Graph graph) {
    return model(graph).toByteArray();
  }

  /**
   * Writes the model to a file: to a temporary file beside it first, so that no reader ever sees
   * half of one.
   *
   * @param graph the graph to write
   * @param file where to; an existing file is replaced
   * @throws IOException if it cannot be written; an existing file is then as it was
   * @throws IllegalArgumentException if the model is larger than 2 GB, or holds what ONNX cannot
   *     express; the message names it
   */
  public void write(Graph graph, Path file) throws IOException {
    ModelProto model = model(graph);
    String temporary = "." + file.getFileName() + "." + UUID.randomUUID() + ".tmp";
    Path part = file.toAbsolutePath().resolveSibling(temporary);
    try {
      try (FileChannel channel =
          FileChannel.open(part, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
        OutputStream out = new BufferedOutputStream(Channels.newOutputStream(channel), 1 << 16);
        model.writeTo(out);
        out.flush();
        channel.force(true);
      }
      Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(part);
    }
  }

  private ModelProto model(Graph graph) {
    long bytes =
        graph.constants().values().stream().map(Tensor::bytes).mapToLong(b -> b.remaining()).sum();
    requireFits(bytes, "weights");
    ModelProto.Builder model =
        ModelProto.newBuilder()
            .setIrVersion(IR_VERSION)
            .setProducerName("Fovea")
            .setProducerVersion(version())
            .addOpsetImport(OperatorSetIdProto.newBuilder().setDomain("").setVersion(OPSET))
            .setGraph(new GraphEmitter(graph).emit());
    Map<String, String> properties = new TreeMap<>(metadata);
    properties.put("fovea.version", version());
    properties.forEach(
        (key, value) ->
            model.addMetadataProps(
                StringStringEntryProto.newBuilder().setKey(key).setValue(value)));
    ModelProto built = model.build();
    requireFits(built.getSerializedSize(), "model");
    return built;
  }

  private static void requireFits(long bytes, String what) {
    if (bytes < 0 || bytes > MAX_BYTES) { // protobuf's own count overflows to a negative number
      throw new IllegalArgumentException(
          String.format(
              "The %s takes %,d bytes, and an ONNX file with its weights inside holds %,d at most."
                  + " Use a smaller model, or run this one with the PyTorch back end.",
              what, bytes, MAX_BYTES));
    }
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
