package dev.fovea.image.format;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;

/** The tables that hold for the scans that follow: steps, codes, distance of restarts. */
final class JpegTables {
  private static final int QUANTIZERS = 0xDB;
  private static final int CODES = 0xC4;
  private static final int RESTARTS = 0xDD;

  /** Frames of Motion JPEG leave out the codes of ITU-T T.81, annex K.3: class, number, code. */
  private static final String[] STANDARD = {
    "0000010501010101010100000000000000000102030405060708090a0b",
    "0100030101010101010101010000000000000102030405060708090a0b",
    "100002010303020403050504040000017d01020300041105122131410613516107227114328191a1"
        + "082342b1c11552d1f02433627282090a161718191a25262728292a3435363738393a434445464748"
        + "494a535455565758595a636465666768696a737475767778797a838485868788898a929394959697"
        + "98999aa2a3a4a5a6a7a8a9aab2b3b4b5b6b7b8b9bac2c3c4c5c6c7c8c9cad2d3d4d5d6d7d8d9dae1"
        + "e2e3e4e5e6e7e8e9eaf1f2f3f4f5f6f7f8f9fa",
    "11000201020404030407050404000102770001020311040521310612415107617113223281081442"
        + "91a1b1c109233352f0156272d10a162434e125f11718191a262728292a35363738393a4344454647"
        + "48494a535455565758595a636465666768696a737475767778797a82838485868788898a92939495"
        + "969798999aa2a3a4a5a6a7a8a9aab2b3b4b5b6b7b8b9bac2c3c4c5c6c7c8c9cad2d3d4d5d6d7d8d9"
        + "dae2e3e4e5e6e7e8e9eaf2f3f4f5f6f7f8f9fa"
  };

  private final int[][] quantizers = new int[4][];
  private final Map<Integer, JpegCode> codes = new HashMap<>();

  /** Macroblocks between restarts; 0: none. */
  int restarts;

  /** Takes a segment, if it is one of tables. */
  void read(int marker, ByteBuffer content) throws IOException {
    if (marker == RESTARTS) {
      restarts = content.getShort() & 0xFFFF;
    }
    while (marker == QUANTIZERS && content.hasRemaining()) {
      int kind = content.get();
      int[] steps = new int[JpegScan.VALUES];
      for (int i = 0; i < 64; i++) {
        steps[i] = (kind & 0xF0) == 0 ? content.get() & 0xFF : content.getShort() & 0xFFFF;
      }
      quantizers[table(kind & 15)] = steps;
    }
    while (marker == CODES && content.hasRemaining()) {
      code(content);
    }
  }

  private void code(ByteBuffer content) throws IOException {
    int kind = content.get();
    table(kind & 15);
    JpegCode code = new JpegCode(content);
    if ((kind & 0xF0) == 0 && code.exceeds(15)) {
      throw new IOException("broken: a JPEG code of values that are too large");
    }
    codes.put(kind & 0xFF, code);
  }

  private static int table(int number) throws IOException {
    if (number > 3) {
      throw new IOException("broken: a JPEG table of the number " + number);
    }
    return number;
  }

  int[] steps(int number) throws IOException {
    int[] steps = quantizers[number];
    if (steps == null) {
      throw new IOException("broken: the JPEG has no quantization table " + number);
    }
    return steps;
  }

  /**
   * A code.
   *
   * @param kind 0 for first values, 0x10 for the others, plus the code's number
   */
  JpegCode code(int kind) throws IOException {
    JpegCode code = codes.get(kind);
    if (code != null) {
      return code;
    }
    for (String standard : STANDARD) {
      ByteBuffer content = ByteBuffer.wrap(HexFormat.of().parseHex(standard));
      if (content.get(0) == kind) {
        code(content);
        return code(kind);
      }
    }
    throw new IOException("broken: the JPEG has no Huffman table " + kind);
  }
}
