package dev.fovea.image.format;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

/** A scan of whole values (ITU-T T.81, annex F.2), transformed at once or kept for later. */
final class JpegSequentialScan extends JpegScan {
  /** Places row by row of the values in zigzag order; what lies beyond is put to the last. */
  static final byte[] NATURAL =
      HexFormat.of()
          .parseHex(
              "000108100902030a11182019120b04050c131a21283029221b140d06070e151c"
                  + "232a313839322b241d160f171e252c333a3b342d261f272e353c3d362f373e3f"
                  + "3f".repeat(16));

  private static final byte[] AS_READ = new byte[VALUES];
  private static final int[] ONES = new int[VALUES];

  static {
    for (int i = 0; i < VALUES; i++) {
      AS_READ[i] = (byte) Math.min(63, i);
    }
    Arrays.fill(ONES, 1);
  }

  private final boolean kept;
  private final int[] values = new int[64];
  private final JpegTransform transform = new JpegTransform();

  JpegSequentialScan(
      JpegFrame frame, List<JpegComponent> components, JpegBits bits, int restarts, boolean kept) {
    super(frame, components, bits, restarts);
    this.kept = kept;
  }

  @Override
  void block(JpegComponent c, int row, int column) {
    int[] v = values;
    Arrays.fill(v, 0);
    if (!kept) {
      long filled = empty ? 0 : read(c, v, NATURAL, c.steps);
      transform.undo(v, filled, c, c.at(8 * row), column);
    } else if (!empty) {
      int block = row * c.columns + column;
      c.filled[block] = read(c, v, AS_READ, ONES);
      for (int i = 0; i < 64; i++) {
        c.values[64 * block + i] = (short) v[i];
      }
    }
  }

  /** Reads a block; gives a bit for each place that is not 0. */
  private long read(JpegComponent c, int[] out, byte[] order, int[] steps) {
    JpegBits in = bits;
    c.last = (short) (c.last + in.difference(c.first));
    out[0] = c.last * steps[0];
    long filled = 1;
    int[] table = c.others.table;
    long ahead = in.bits;
    int count = in.count;
    for (int k = 1; k < 64; k++) {
      if (count < 32) {
        in.bits = ahead;
        in.count = count;
        in.refill();
        ahead = in.bits;
        count = in.count;
      }
      int entry = table[(int) (ahead >>> (64 - JpegCode.AHEAD))];
      if (entry == 0) {
        entry = c.others.entry(ahead);
      }
      int value = entry >> 16;
      ahead <<= entry;
      count -= entry & 0xFF;
      int size = (entry >> 12) & 15;
      if (value == 0) {
        if (size == 0) {
          if ((entry & 0xF00) != 0xF00) {
            break;
          }
          k += 15;
          continue;
        }
        value = JpegBits.extended((int) (ahead >>> (64 - size)), size);
        ahead <<= size;
        count -= size;
      }
      k += (entry >> 8) & 15;
      int place = order[k];
      out[place] = value * steps[k];
      filled |= 1L << place;
    }
    in.bits = ahead;
    in.count = count;
    return filled;
  }
}
