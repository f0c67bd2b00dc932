package dev.fovea.optimizer.onnx;

import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.ArrayList;
import java.util.List;

/**
 * The weights that stand in a file beside the model instead of in it, because a protobuf message
 * ends at 2 GB: <a href="https://github.com/onnx/onnx/blob/main/docs/ExternalData.md">ONNX external
 * data</a>. Each tensor begins at a multiple of 4096, so that a run-time can map it.
 */
final class ExternalData {

  private static final int ALIGNMENT = 4096;

  /** Smaller tensors stay in the model: shapes are read from them before weights are loaded. */
  private static final int LEAST_BYTES = 1024;

  private final String location;
  private final List<ByteBuffer> tensors = new ArrayList<>();
  private long end;

  private ExternalData(String location) {
    this.location = location;
  }

  /** All tensors stay in the model. */
  static ExternalData none() {
    return new ExternalData("");
  }

  /**
   * Tensors go to a file.
   *
   * @param name name of the file, in the folder of the model
   */
  static ExternalData in(String name) {
    return new ExternalData(name);
  }

  boolean takes(ByteBuffer bytes) {
    return !location.isEmpty() && bytes.remaining() >= LEAST_BYTES;
  }

  void add(TensorProto.Builder tensor, ByteBuffer bytes) {
    long offset = aligned(end);
    tensor
        .setDataLocation(TensorProto.DataLocation.EXTERNAL)
        .addExternalData(entry("location", location))
        .addExternalData(entry("offset", Long.toString(offset)))
        .addExternalData(entry("length", Integer.toString(bytes.remaining())));
    tensors.add(bytes);
    end = offset + bytes.remaining();
  }

  private static StringStringEntryProto entry(String key, String value) {
    return StringStringEntryProto.newBuilder().setKey(key).setValue(value).build();
  }

  private static long aligned(long position) {
    return (position + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  }

  boolean isEmpty() {
    return tensors.isEmpty();
  }

  /** In the order of the file. */
  List<ByteBuffer> tensors() {
    return List.copyOf(tensors);
  }

  void writeTo(FileChannel channel) throws IOException {
    long position = 0;
    for (ByteBuffer tensor : tensors) {
      ByteBuffer bytes = tensor.duplicate();
      long at = aligned(position);
      position = at + bytes.remaining();
      while (bytes.hasRemaining()) {
        at += channel.write(bytes, at);
      }
    }
  }
}
