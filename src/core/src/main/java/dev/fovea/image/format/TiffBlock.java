package dev.fovea.image.format;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * Decompresses strips and tiles (TIFF 6.0, sections 9, 13 and 14).
 *
 * @param compression the tag's value
 * @param predictor 1: none, 2: differences to the left neighbour
 * @param reversed whether the lowest bit of a byte comes first
 * @param bits of a sample
 * @param samples of a pixel
 * @param rowBytes bytes of a row
 * @param little whether the low byte of a 16-bit sample comes first
 */
record TiffBlock(
    int compression,
    int predictor,
    boolean reversed,
    int bits,
    int samples,
    int rowBytes,
    boolean little) {
  private static final int LZW_CODES = 4096;
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  TiffBlock {
    if (compression != 1
        && compression != 5
        && compression != 8
        && compression != 32946
        && compression != 32773) {
      throw new IllegalArgumentException(
          "TIFF compression "
              + compression
              + " is not supported; none, LZW, Deflate, PackBits are");
    }
    if (predictor != 1 && (predictor != 2 || bits < 8)) {
      throw new IllegalArgumentException(
          "TIFF predictor " + predictor + " for " + bits + " bits is not supported");
    }
  }

  /** Fills {@code rows} rows of {@code out}. */
  void read(ByteBuffer data, byte[] out, int rows) throws IOException {
    byte[] in = new byte[data.remaining()];
    data.get(in);
    if (reversed) {
      for (int i = 0; i < in.length; i++) {
        in[i] = (byte) (Integer.reverse(in[i]) >>> 24);
      }
    }
    int size = rows * rowBytes;
    int got =
        switch (compression) {
          case 1 -> copy(in, out, size);
          case 5 -> lzw(in, out, size);
          case 32773 -> packBits(in, out, size);
          default -> inflate(in, out, size);
        };
    if (got < size) {
      throw Limits.cutShort("a part of the TIFF has " + got + " of " + size + " bytes");
    }
    if (predictor == 2 && compression != 1) {
      for (int y = 0; y < rows; y++) {
        sum(out, y * rowBytes);
      }
    }
  }

  private void sum(byte[] out, int row) {
    if (bits == 8 && samples == 3) {
      byte a = 0;
      byte b = 0;
      byte c = 0;
      for (int i = row; i < row + rowBytes - 2; i += 3) {
        a += out[i];
        b += out[i + 1];
        c += out[i + 2];
        out[i] = a;
        out[i + 1] = b;
        out[i + 2] = c;
      }
      return;
    }
    if (bits == 8) {
      for (int i = row + samples; i < row + rowBytes; i++) {
        out[i] += out[i - samples];
      }
      return;
    }
    int low = little ? 0 : 1;
    for (int i = row + 2 * samples; i < row + rowBytes; i += 2) {
      int left = i - 2 * samples;
      int carried = (out[i + low] & 0xFF) + (out[left + low] & 0xFF);
      out[i + low] = (byte) carried;
      out[i + 1 - low] += (byte) (out[left + 1 - low] + (carried >> 8));
    }
  }

  private static int copy(byte[] in, byte[] out, int size) {
    int count = Math.min(size, in.length);
    System.arraycopy(in, 0, out, 0, count);
    return count;
  }

  private static int inflate(byte[] in, byte[] out, int size) throws IOException {
    Inflater inflater = new Inflater();
    try {
      inflater.setInput(in);
      int got = 0;
      while (got < size) {
        int n = inflater.inflate(out, got, size - got);
        if (n == 0) {
          break;
        }
        got += n;
      }
      return got;
    } catch (DataFormatException e) {
      throw new IOException("broken: " + e.getMessage(), e);
    } finally {
      inflater.end();
    }
  }

  private static int packBits(byte[] in, byte[] out, int size) {
    int at = 0;
    for (int i = 0; i < in.length && at < size; ) {
      int count = in[i++];
      if (count >= 0) {
        int length = Math.min(Math.min(count + 1, size - at), in.length - i);
        System.arraycopy(in, i, out, at, length);
        at += length;
        i += count + 1;
      } else if (count != -128 && i < in.length) {
        byte value = in[i++];
        for (int n = 1 - count; n > 0 && at < size; n--) {
          out[at++] = value;
        }
      }
    }
    return at;
  }

  /** Copies what was written before, which may overlap; writes some bytes after the end too. */
  private static void copy(byte[] out, int from, int to, int end) {
    if (to - from >= 8 && end <= out.length - 8) {
      for (; to < end; to += 8, from += 8) {
        LONG.set(out, to, (long) LONG.get(out, from));
      }
      return;
    }
    while (to < end) {
      out[to++] = out[from++];
    }
  }

  /** Codes from the highest bit down, which grow one code early. */
  private static int lzw(byte[] in, byte[] out, int size) throws IOException {
    int[] where = new int[LZW_CODES + 1];
    int[] length = new int[LZW_CODES + 1];
    Arrays.fill(length, 0, 256, 1);
    int width = 9;
    int next = 258;
    int previous = -1;
    int at = 0;
    long bits = 0;
    int count = 0;
    for (int i = 0; at < size; ) {
      if (count < width && i <= in.length - 4) {
        bits = bits << 32 | ((int) INT.get(in, i) & 0xFFFFFFFFL);
        i += 4;
        count += 32;
      }
      while (count < width && i < in.length) {
        bits = bits << 8 | (in[i++] & 0xFF);
        count += 8;
      }
      if (count < width) {
        return at;
      }
      count -= width;
      int code = (int) (bits >>> count) & ((1 << width) - 1);
      if (code == 257) {
        return at;
      }
      if (code == 256) {
        width = 9;
        next = 258;
        previous = -1;
        continue;
      }
      if (previous >= 0 && next < LZW_CODES) {
        length[next] = length[previous] + 1;
        where[next] = at - length[next] + 1;
        next++;
      }
      if (code < 256) {
        out[at++] = (byte) code;
      } else if (code >= next) {
        throw new IOException("broken: a TIFF code that is not defined yet");
      } else {
        int end = Math.min(size, at + length[code]);
        copy(out, where[code], at, end);
        at = end;
      }
      previous = code;
      if (next + 1 >= 1 << width && width < 12) {
        width++;
      }
    }
    return at;
  }
}
