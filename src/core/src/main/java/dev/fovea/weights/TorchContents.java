package dev.fovea.weights;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a PyTorch file holds, in either of its formats.
 *
 * @param root the pickled object
 * @param storages where the bytes of each storage are, by key; every storage of the pickle is there
 *     and has the size that the pickle tells
 */
record TorchContents(Object root, Map<String, Region> storages) {

  /**
   * A run of bytes of the file.
   *
   * @param start its first byte
   * @param length the number of bytes
   * @param crc32 the checksum, where one is stored
   */
  record Region(long start, long length, @Nullable Integer crc32) {}
}
