package dev.fovea.weights;

import dev.fovea.weights.Pickled.Dict;
import dev.fovea.weights.Pickled.Sequence;
import dev.fovea.weights.Pickled.Storage;
import dev.fovea.weights.TorchContents.Region;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The format of {@code torch.save} before 1.6 ({@code torch/serialization.py}, {@code
 * _legacy_save}): pickles of a magic number, a version, facts of the machine, the object and the
 * keys of its storages; then the storages in the order of the keys, each behind its length.
 */
final class TorchLegacy {
  private static final BigInteger MAGIC = new BigInteger("1950a86a20f9469cfc6c", 16);
  private static final long VERSION = 1001;
  private static final int PROTO = 0x80;

  private TorchLegacy() {}

  static boolean isPickle(byte[] start) {
    return Byte.toUnsignedInt(start[0]) == PROTO;
  }

  static TorchContents read(TensorBytes file) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate((int) Math.min(PickleBytes.MOST_BYTES, file.size()));
    file.readFully(bytes, 0);
    PickleBytes in = new PickleBytes(file.source(), bytes.flip());
    if (!Unpickler.load(in, new HashMap<>()).equals(MAGIC)) {
      throw in.fault("is not PyTorch's magic number: the file is not one of torch.save");
    }
    Object version = Unpickler.load(in, new HashMap<>());
    if (!version.equals(VERSION)) {
      throw in.fault("is not version " + VERSION);
    }
    if (!(Unpickler.load(in, new HashMap<>()) instanceof Dict machine)
        || !Boolean.TRUE.equals(machine.entries().get("little_endian"))) {
      throw in.fault("does not tell that the file is little-endian");
    }
    Map<String, Storage> storages = new LinkedHashMap<>();
    Object root = Unpickler.load(in, storages);
    if (!(Unpickler.load(in, new HashMap<>()) instanceof Sequence keys)) {
      throw in.fault("is not a list of storages");
    }
    return new TorchContents(root, regions(file, in, keys, storages));
  }

  private static Map<String, Region> regions(
      TensorBytes file, PickleBytes in, Sequence keys, Map<String, Storage> storages)
      throws IOException {
    Map<String, Region> regions = new HashMap<>();
    long position = in.position();
    for (Object key : keys.items()) {
      Storage storage = key instanceof String ? storages.get(key) : null;
      if (storage == null || regions.containsKey(storage.key())) {
        throw in.fault("lists a storage that no tensor refers to, or one twice");
      }
      long left = file.size() - position - Long.BYTES;
      long bytes = storage.bytes();
      if (left < 0 || bytes < 0 || bytes > left) {
        throw in.fault(shown(storage) + " does not fit into the file's " + file.size() + " bytes");
      }
      ByteBuffer length = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
      file.readFully(length, position);
      if (length.getLong(0) != storage.length()) {
        throw in.fault(shown(storage) + " has length " + length.getLong(0) + " in the file");
      }
      position += Long.BYTES;
      regions.put(storage.key(), new Region(position, bytes, null));
      position += bytes;
    }
    if (regions.size() != storages.size()) {
      throw in.fault("lists " + regions.size() + " of " + storages.size() + " storages");
    }
    if (position != file.size()) {
      throw in.fault("and the storages end at byte " + position + " of " + file.size());
    }
    return regions;
  }

  private static String shown(Storage storage) {
    String key = WeightsFormatException.printable(storage.key());
    return "storage '" + key + "' of " + storage.length() + " " + storage.type();
  }
}
