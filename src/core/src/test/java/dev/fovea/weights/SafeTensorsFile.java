package dev.fovea.weights;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Builds files byte by byte, also such as no writer would. */
final class SafeTensorsFile {
  private SafeTensorsFile() {}

  static byte[] bytes(String header, int dataBytes) {
    return bytes(header.getBytes(StandardCharsets.UTF_8), new byte[dataBytes]);
  }

  static byte[] bytes(byte[] header, byte[] data) {
    return ByteBuffer.allocate(8 + header.length + data.length)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(header.length)
        .put(header)
        .put(data)
        .array();
  }

  static Path write(Path folder, String header, int dataBytes) throws IOException {
    return Files.write(folder.resolve("made.safetensors"), bytes(header, dataBytes));
  }

  static String tensor(String dtype, String shape, String offsets) {
    return "{\"dtype\":\"" + dtype + "\",\"shape\":" + shape + ",\"data_offsets\":" + offsets + "}";
  }
}
