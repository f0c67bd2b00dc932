package dev.fovea.image.format;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A scan of whole values (ITU-T T.81, annex F.2), transformed at once or kept for later. */
final class JpegSequentialScan extends JpegScan {
  /** Places row by row of the values in zigzag order; what lies beyond is put to the last. */
  static final byte[] NATURAL =
      HexFormat.of()
          .parseHex(
              "000108100902030a11182019120b04050c131a21283029221b140d06070e151c"
                  + "232a313839322b241d160f171e252c333a3b342d261f272e353c3d362f373e3f"
                  + "3f".repeat(16));

  private static final int[] AS_READ = new int[VALUES];
  private static final int[] ONES = new int[VALUES];

  static {
    for (int i = 0; i < VALUES; i++) {
      AS_READ[i] = Math.min(63, i);
    }
    Arrays.fill(ONES, 1);
  }

  private final @Nullable JpegTransform transform;
  private final int[] one = new int[64];

  /**
   * Begins a scan.
   *
   * @param transform what values are for; null: they are kept
   */
  JpegSequentialScan(
      JpegFrame frame,
      List<JpegComponent> components,
      JpegBits bits,
      int restarts,
      @Nullable JpegTransform transform) {
    super(frame, components, bits, restarts);
    this.transform = transform;
  }

  @Override
  void block(JpegComponent c, int row, int column, int number) {
    if (transform != null) {
      if (!empty) {
        read(c, c.waiting, number, c.order, c.steps);
      }
    } else if (!empty) {
      int block = row * c.columns + column;
      read(c, one, 0, AS_READ, ONES);
      for (int i = 0; i < 64; i++) {
        c.values[64 * block + i] = (short) one[i];
        c.filled[block] |= one[i] == 0 ? 0 : 1L << i;
        one[i] = 0;
      }
    }
  }

  @Override
  void done(int row, int column, int count) {
    if (transform != null) {
      transform.undo(row, column, count);
    }
  }

  /** Reads a block. */
  private void read(JpegComponent c, int[] out, int block, int[] order, int[] steps) {
    JpegBits in = bits;
    in.refill();
    long ahead = in.bits;
    int count = in.count;
    int at = in.at;
    int last = in.last;
    byte[] data = in.data;
    JpegCode code = c.first;
    int[] table = code.table;
    int entry = table[(int) (ahead >>> (64 - JpegCode.AHEAD))];
    if (entry == 0) {
      entry = code.entry(ahead);
    }
    int size = (entry >> 12) & 15;
    int number = (int) ((ahead << (entry >> 16)) >>> 1 >>> (63 - size));
    ahead <<= entry;
    count -= entry & 0xFF;
    c.last = (short) (c.last + JpegBits.extended(number, size));
    out[block] = c.last * steps[0];
    code = c.others;
    table = code.table;
    for (int k = 1; k < 64; k++) {
      if (count < 32) {
        if (at <= last) {
          ahead |= (long) JpegBits.LONG.get(data, at) >>> count;
          at += (63 - count) >> 3;
          count |= 56;
        } else {
          in.bits = ahead;
          in.count = count;
          in.at = at;
          in.refill();
          ahead = in.bits;
          count = in.count;
          at = in.at;
        }
      }
      entry = table[(int) (ahead >>> (64 - JpegCode.AHEAD))];
      if (entry == 0) {
        entry = code.entry(ahead);
      }
      size = (entry >> 12) & 15;
      number = (int) ((ahead << (entry >> 16)) >>> (64 - size));
      ahead <<= entry;
      count -= entry & 0xFF;
      int run = (entry >> 8) & 15;
      k += run;
      if (size == 0) {
        if (run < 15) {
          break;
        }
        continue;
      }
      out[order[k] + block] = JpegBits.extended(number, size) * steps[k];
    }
    in.bits = ahead;
    in.count = count;
    in.at = at;
  }
}
