package dev.fovea.image.format;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * The bits of a JPEG's scan, from one marker to the next.
 *
 * <p>Decoders keep {@link #bits}, {@link #count} and {@link #at} in variables of their own while
 * they read a block. The stuffed zeros are taken out beforehand, within the array.
 */
final class JpegBits {
  static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  final byte[] data;

  /** The next bits, from the highest on; below them zeros or bits that will be read again. */
  long bits;

  /** How many bits are read ahead. */
  int count;

  /** The next byte. */
  int at;

  /** Up to where eight bytes can be taken at once. */
  int last;

  private int end;
  private int invented;
  private int nextRestart;
  private int next; // of the file, what follows the bytes that were cleaned

  /** The marker at which the bytes end, or -1 where the file ends. */
  private int marker;

  JpegBits(byte[] file, int from) {
    data = file;
    next = from;
    begin();
  }

  /** Takes the bytes up to the next marker. */
  private void begin() {
    byte[] d = data;
    int from = next;
    int to = from;
    at = from;
    marker = -1;
    while (from < d.length) {
      int run = from;
      while (run < d.length && d[run] != -1) {
        run++;
      }
      if (to != from) {
        System.arraycopy(d, from, d, to, run - from);
      }
      to += run - from;
      from = run;
      while (from < d.length && d[from] == -1) {
        from++;
      }
      if (from >= d.length) {
        break;
      }
      if (d[from] != 0) {
        marker = d[from] & 0xFF;
        from++;
        break;
      }
      d[to++] = -1;
      from++;
    }
    next = from;
    end = to;
    last = end - 8;
    bits = 0;
    count = 0;
    invented = 0;
  }

  /** Where the marker lies that ended the scan, or the end of the file. */
  int position() {
    return marker < 0 ? data.length : next - 2;
  }

  /** Reads ahead at least 56 bits, zeros where none are left. */
  void refill() {
    if (at <= last) {
      bits |= (long) LONG.get(data, at) >>> count;
      at += (63 - count) >> 3;
      count |= 56;
      return;
    }
    while (count <= 56) {
      if (at < end) {
        bits |= (data[at++] & 0xFFL) << (56 - count);
      } else {
        invented += 8;
      }
      count += 8;
    }
  }

  /**
   * Whether bits were needed that are not there.
   *
   * @throws IOException if the file ends here
   */
  boolean exhausted() throws IOException {
    if (invented <= count) {
      return false;
    }
    if (marker < 0) {
      throw Limits.cutShort("not all pixels of the JPEG are there");
    }
    return true;
  }

  /** A number of up to 16 bits. */
  int number(int size) {
    if (count < size) {
      refill();
    }
    int number = (int) (bits >>> 1 >>> (63 - size));
    skip(size);
    return number;
  }

  void skip(int size) {
    bits <<= size;
    count -= size;
  }

  /**
   * Goes on after a restart marker; where it is another than is due, as libjpeg does: what lies
   * behind is passed over, and for one further on this interval stays empty.
   *
   * @return whether there is such an interval
   */
  boolean restart() {
    int due = nextRestart;
    nextRestart = (nextRestart + 1) & 7;
    while (marker >= 0xD0 && marker <= 0xD7) {
      int ahead = (marker - 0xD0 - due) & 7;
      if (ahead == 1 || ahead == 2) {
        break;
      }
      begin();
      if (ahead < 6) {
        return true;
      }
    }
    bits = 0;
    count = 0;
    at = end;
    return false;
  }

  /** The next entry of a code's table; its bits are taken, those of a value that follows not. */
  int entry(JpegCode code) {
    if (count < 32) {
      refill();
    }
    int entry = code.table[(int) (bits >>> (64 - JpegCode.AHEAD))];
    if (entry == 0) {
      entry = code.entry(bits);
    }
    skip(entry >> 16);
    return entry;
  }

  /** A value of which the size was read: the difference of a block's first to that before. */
  int value(int entry) {
    int size = (entry >> 12) & 15;
    return extended(number(size), size);
  }

  /** The value that some bits stand for (ITU-T T.81, F.2.2.1). */
  static int extended(int number, int size) {
    return number + (((number - (1 << size >> 1)) >> 31) & (1 - (1 << size)));
  }
}
