package dev.fovea.image.format;

import java.util.List;

/** A scan of a part of the values or of their bits (ITU-T T.81, annex G). */
final class JpegProgressiveScan extends JpegScan {
  private final int from;
  private final int to;
  private final boolean refining;
  private final int low;

  /** Blocks yet to come without further values. */
  private int ended;

  /**
   * Begins a scan.
   *
   * @param from the first place in zigzag order
   * @param to the last place
   * @param refining whether bits before these have been read
   * @param low the lowest bit
   */
  JpegProgressiveScan(
      JpegFrame frame,
      List<JpegComponent> components,
      JpegBits bits,
      int restarts,
      int from,
      int to,
      boolean refining,
      int low) {
    super(frame, components, bits, restarts);
    this.from = from;
    this.to = to;
    this.refining = refining;
    this.low = low;
  }

  @Override
  void reset() {
    super.reset();
    ended = 0;
  }

  @Override
  void block(JpegComponent c, int row, int column, int number) {
    if (empty) {
      return;
    }
    int block = row * c.columns + column;
    if (from > 0) {
      if (refining) {
        refine(c, block);
      } else if (ended > 0) {
        ended--;
      } else {
        others(c, block);
      }
    } else if (!refining) {
      c.last += bits.value(bits.entry(c.first));
      c.values[64 * block] = (short) (c.last << low);
      c.filled[block] |= 1;
    } else if (bits.number(1) == 1) {
      c.values[64 * block] |= (short) (1 << low);
    }
  }

  private void others(JpegComponent c, int block) {
    JpegBits in = bits;
    int[] table = c.others.table;
    short[] values = c.values;
    long filled = c.filled[block];
    long ahead = in.bits;
    int count = in.count;
    int end = to;
    for (int k = from; k <= end; k++) {
      if (count < 48) {
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
      int run = (entry >> 8) & 15;
      int size = (entry >> 12) & 15;
      int number = (int) ((ahead << (entry >> 16)) >>> (64 - size));
      ahead <<= entry;
      count -= entry & 0xFF;
      if (size == 0) {
        if (run < 15) {
          int more = (int) (ahead >>> 1 >>> (63 - run));
          ahead <<= run;
          count -= run;
          ended = (1 << run) - 1 + more;
          break;
        }
        k += 15;
        continue;
      }
      k += run;
      int place = Math.min(63, k);
      values[64 * block + place] = (short) (JpegBits.extended(number, size) << low);
      filled |= 1L << place;
    }
    in.bits = ahead;
    in.count = count;
    c.filled[block] = filled;
  }

  private void refine(JpegComponent c, int block) {
    JpegBits in = bits;
    short[] values = c.values;
    int base = 64 * block;
    long before = c.filled[block];
    long filled = before;
    int k = from;
    if (ended == 0) {
      for (; k <= to; k++) {
        int entry = in.entry(c.others);
        int run = (entry >> 8) & 15;
        int value = in.value(entry);
        if (value == 0 && run < 15) {
          ended = (1 << run) + in.number(run);
          break;
        }
        // The run counts places that are still 0; those that are not get another bit on the way.
        while (true) {
          int distance = Long.numberOfTrailingZeros(before >>> k);
          if (distance > run || k + distance > to) {
            k += run;
            break;
          }
          k += distance;
          run -= distance;
          correct(values, base + k);
          k++;
          if (k > to) {
            break;
          }
        }
        if (value != 0) {
          int place = Math.min(63, k);
          values[base + place] = (short) ((value > 0 ? 1 : -1) << low);
          filled |= 1L << place;
        }
      }
      c.filled[block] = filled;
    }
    if (ended > 0) {
      ended--;
      if (k > to) {
        return;
      }
      long rest = before >>> k << k & (2L << to) - 1;
      for (; rest != 0; rest &= rest - 1) {
        correct(values, base + Long.numberOfTrailingZeros(rest));
      }
    }
  }

  private void correct(short[] values, int at) {
    if (bits.number(1) == 1) {
      int value = values[at];
      int bit = 1 << low;
      if ((value & bit) == 0) {
        values[at] = (short) (value >= 0 ? value + bit : value - bit);
      }
    }
  }
}
