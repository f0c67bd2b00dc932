package dev.fovea.weights;

import dev.fovea.weights.Pickled.Storage;
import dev.fovea.weights.TorchContents.Region;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;

/**
 * The format of {@code torch.save} since 1.6: a zip file with {@code NAME/data.pkl}, {@code
 * NAME/byteorder} and one {@code NAME/data/KEY} a storage, all uncompressed.
 */
final class TorchZip {
  private static final String PICKLE = "/data.pkl";

  private TorchZip() {}

  static boolean isZip(byte[] start) {
    return start[0] == 'P' && start[1] == 'K' && start[2] == 3 && start[3] == 4;
  }

  static TorchContents read(TensorBytes file) throws IOException {
    String source = file.source();
    Map<String, Region> entries = ZipEntries.read(file);
    List<String> pickles =
        entries.keySet().stream()
            .filter(name -> name.endsWith(PICKLE) && name.indexOf('/') == name.lastIndexOf('/'))
            .toList();
    if (pickles.size() != 1) {
      throw new WeightsFormatException(
          source, "has " + pickles.size() + " entries NAME/data.pkl, expected one");
    }
    String folder = pickles.get(0).substring(0, pickles.get(0).indexOf('/') + 1);
    if (entries.containsKey(folder + "constants.pkl")) {
      throw new WeightsFormatException(
          source, "is TorchScript, which is code; save the model's state_dict() instead");
    }
    Region order = entries.get(folder + "byteorder");
    if (order != null && !text(file, order).equals("little")) {
      throw new WeightsFormatException(source, "is not little-endian");
    }
    Region pickle = entries.get(pickles.get(0));
    if (pickle == null || pickle.length() > PickleBytes.MOST_BYTES) {
      throw new WeightsFormatException(
          source, "has a pickle of over " + PickleBytes.MOST_BYTES + " bytes");
    }
    check(file, pickle, pickles.get(0));
    PickleBytes in = new PickleBytes(source, bytes(file, pickle));
    Map<String, Storage> storages = new LinkedHashMap<>();
    Object root = Unpickler.load(in, storages);
    if (in.position() != pickle.length()) {
      throw in.fault("ends, but its entry has " + pickle.length() + " bytes");
    }
    Map<String, Region> regions = new HashMap<>();
    for (Storage storage : storages.values()) {
      String name = folder + "data/" + storage.key();
      Region region = entries.get(name);
      if (region == null || region.length() != storage.bytes()) {
        throw new WeightsFormatException(
            source,
            "entry '"
                + WeightsFormatException.printable(name)
                + "' "
                + (region == null ? "is missing" : "has " + region.length() + " bytes")
                + ", expected "
                + storage.length()
                + " "
                + storage.type());
      }
      regions.put(storage.key(), region);
    }
    return new TorchContents(root, regions);
  }

  private static ByteBuffer bytes(TensorBytes file, Region region) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate((int) region.length());
    file.readFully(bytes, region.start());
    return bytes.flip();
  }

  private static String text(TensorBytes file, Region region) throws IOException {
    return region.length() > 16
        ? ""
        : StandardCharsets.US_ASCII.decode(bytes(file, region)).toString();
  }

  /** Compares the bytes of an entry with its checksum. */
  static void check(TensorBytes file, Region region, String name) throws IOException {
    if (region.crc32() == null) {
      return;
    }
    CRC32 crc = new CRC32();
    ByteBuffer chunk = ByteBuffer.allocate(TensorBytes.CHUNK);
    long end = region.start() + region.length();
    for (long position = region.start(); position < end; position += chunk.limit()) {
      chunk.clear().limit((int) Math.min(TensorBytes.CHUNK, end - position));
      file.readFully(chunk, position);
      crc.update(chunk.flip());
    }
    if ((int) crc.getValue() != region.crc32()) {
      throw new WeightsFormatException(
          file.source(),
          String.format(
              "entry '%s' has CRC-32 %08x, but was written with %08x",
              WeightsFormatException.printable(name), crc.getValue(), region.crc32()));
    }
  }
}
