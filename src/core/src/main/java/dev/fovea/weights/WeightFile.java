package dev.fovea.weights;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/**
 * A checkpoint in a file of one of the formats that weights are published in.
 *
 * <p>What a file is, its bytes say, not its name: published files are called {@code .bin}, {@code
 * .pt} or {@code .ckpt} as well.
 */
public sealed interface WeightFile extends Checkpoint, AutoCloseable
    permits SafeTensors, ShardedSafeTensors, TorchFile {

  /**
   * Opens a file of any known format.
   *
   * @param path a safetensors file, the index of several ({@link ShardedSafeTensors}), or a file of
   *     PyTorch that {@link TorchFile#open(Path)} can choose the tensors of
   * @return the open file, to be closed by the caller
   * @throws WeightsFormatException if the file is broken, hostile, or of another format
   * @throws java.nio.file.NoSuchFileException if there is no such file
   * @throws IOException if reading fails
   */
  static WeightFile open(Path path) throws IOException {
    ByteBuffer start = ByteBuffer.allocate(Long.BYTES + 1);
    try (TensorBytes file = TensorBytes.open(path)) {
      start.limit((int) Math.min(start.capacity(), file.size()));
      file.readFully(start, 0);
    }
    byte[] first = start.array();
    if (ShardIndex.isIndex(first)) {
      return ShardedSafeTensors.open(path);
    }
    // At byte 8 a zip has its method of compression, a pickle of PyTorch its magic number: no '{'.
    if (first[Long.BYTES] == '{') {
      return SafeTensors.open(path);
    }
    if (TorchZip.isZip(first) || TorchLegacy.isPickle(first)) {
      return TorchFile.open(path);
    }
    throw new WeightsFormatException(
        path.toString(),
        "is neither a safetensors file, which has '{' at byte 8, nor an index of several, which is"
            + " JSON, nor one of PyTorch, which starts as a zip file or a pickle");
  }

  @Override
  void close() throws IOException;
}
