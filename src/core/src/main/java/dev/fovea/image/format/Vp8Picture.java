package dev.fovea.image.format;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** Decodes a key frame of VP8 (RFC 6386), the lossy kind of WebP. */
final class Vp8Picture {
  /** The tree of section 11.2: what follows a 0 and a 1 at each branch, or -1 less a mode. */
  private static final byte[] SMALL_MODES = {
    -1, 1, -2, 2, -3, 3, 4, 6, -4, 5, -5, -6, -7, 7, -8, 8, -9, -10
  };

  private final int width;
  private final int height;
  private final int columns;
  private final int rows;
  private final Vp8Bits modes;
  private final Vp8Header header;
  private final Vp8Bits[] coefficients;

  /** The row of macroblocks that is decoded, with the last samples of that above it. */
  private final Vp8Plane[] planes = new Vp8Plane[3];

  private final Vp8Residual residual;
  private final int[] modeProbabilities = Vp8Tables.modes();

  /** The modes of the blocks above, four for each macroblock, and of those to the left. */
  private final int[] above;

  private final int[] left = new int[4];

  /** Whether the blocks above and to the left have values: 4 luma, 2 u, 2 v, second order. */
  private final int[][] filledAbove;

  private final int[] filledLeft = new int[9];

  /** The filter's level for each macroblock of the row; negative: without its inner edges. */
  private final byte[] levels;

  Vp8Picture(ByteBuffer data, int width, int height) throws IOException {
    this.width = width;
    this.height = height;
    columns = (width + 15) / 16;
    rows = (height + 15) / 16;
    int size = ((data.get(0) & 0xFF) | (data.get(1) & 0xFF) << 8 | (data.get(2) & 0xFF) << 16) >> 5;
    if (size > data.limit() - 10) {
      throw Limits.cutShort("the first partition of the WebP has " + size + " bytes");
    }
    modes = new Vp8Bits(data.slice(10, size));
    header = new Vp8Header(modes);
    coefficients = partitions(data, 10 + size);
    residual = new Vp8Residual(header.coefficients);
    planes[0] = new Vp8Plane(16 * columns, 16);
    planes[1] = new Vp8Plane(8 * columns, 8);
    planes[2] = new Vp8Plane(8 * columns, 8);
    above = new int[4 * columns];
    filledAbove = new int[columns][9];
    levels = new byte[columns];
  }

  private Vp8Bits[] partitions(ByteBuffer data, int from) throws IOException {
    Vp8Bits[] all = new Vp8Bits[header.partitions];
    int at = from + 3 * (all.length - 1);
    for (int i = 0; i < all.length; i++) {
      int entry = from + 3 * i;
      int size =
          i == all.length - 1
              ? data.limit() - at
              : (data.get(entry) & 0xFF)
                  | (data.get(entry + 1) & 0xFF) << 8
                  | (data.get(entry + 2) & 0xFF) << 16;
      if (size < 0 || size > data.limit() - at) {
        throw Limits.cutShort("a partition of the WebP has " + size + " bytes");
      }
      all[i] = new Vp8Bits(data.slice(at, size));
      at += size;
    }
    return all;
  }

  byte[] decode() throws IOException {
    Vp8Output output = new Vp8Output(header, width, height);
    for (int row = 0; row < rows; row++) {
      Arrays.fill(left, 0);
      Arrays.fill(filledLeft, 0);
      for (int column = 0; column < columns; column++) {
        macroblock(column, row);
      }
      output.add(planes, levels, row);
      for (Vp8Plane plane : planes) {
        plane.next();
      }
    }
    return output.colors();
  }

  private void macroblock(int column, int row) throws IOException {
    int segment = 0;
    if (header.segmentMap) {
      int[] p = header.segmentProbabilities;
      segment = modes.bit(p[0]) == 0 ? modes.bit(p[1]) : 2 + modes.bit(p[2]);
    }
    boolean skipped = header.skipProbability >= 0 && modes.bit(header.skipProbability) == 1;
    boolean small = modes.bit(145) == 0;
    int[] blockModes = new int[16];
    if (small) {
      readSmallModes(column, blockModes);
    } else {
      int mode =
          modes.bit(156) == 1
              ? (modes.bit(128) == 1 ? Vp8Prediction.TRUE_MOTION : Vp8Prediction.HORIZONTAL)
              : (modes.bit(163) == 1 ? Vp8Prediction.VERTICAL : Vp8Prediction.DC);
      blockModes[0] = mode;
      Arrays.fill(above, 4 * column, 4 * column + 4, mode);
      Arrays.fill(left, mode);
    }
    int chroma =
        modes.bit(142) == 0
            ? Vp8Prediction.DC
            : modes.bit(114) == 0
                ? Vp8Prediction.VERTICAL
                : modes.bit(183) == 1 ? Vp8Prediction.TRUE_MOTION : Vp8Prediction.HORIZONTAL;
    boolean filled = false;
    if (skipped) {
      int kept = small ? 8 : 9; // the second order's state passes those that have none
      Arrays.fill(filledAbove[column], 0, kept, 0);
      Arrays.fill(filledLeft, 0, kept, 0);
    } else {
      filled = readCoefficients(column, row, small, header.steps[segment]);
    }
    predict(column, row, small, blockModes, chroma, filled);
    int level = header.filtered ? header.filterLevel[segment][small ? 1 : 0] : 0;
    levels[column] = (byte) (small || filled ? level : -level);
  }

  private void readSmallModes(int column, int[] blockModes) throws IOException {
    for (int i = 0; i < 16; i++) {
      int at = 4 * column + i % 4;
      int p = (above[at] * 10 + left[i / 4]) * 9;
      int mode = modes.leaf(SMALL_MODES, modeProbabilities, p);
      above[at] = mode;
      left[i / 4] = mode;
      blockModes[i] = mode;
    }
  }

  private boolean readCoefficients(int column, int row, boolean small, int[] steps)
      throws IOException {
    Vp8Bits bits = coefficients[row % coefficients.length];
    int[] up = filledAbove[column];
    int[] side = filledLeft;
    if (!small) {
      residual.read(bits, 1, 24, 1, up, side, 8, steps[2], steps[3]);
      residual.spread();
    }
    boolean filled = residual.read(bits, small ? 3 : 0, 0, 4, up, side, 0, steps[0], steps[1]);
    filled |= residual.read(bits, 2, 16, 2, up, side, 4, steps[4], steps[5]);
    filled |= residual.read(bits, 2, 20, 2, up, side, 6, steps[4], steps[5]);
    return filled;
  }

  private void predict(
      int column, int row, boolean small, int[] blockModes, int chroma, boolean filled) {
    Vp8Plane luma = planes[0];
    int first = luma.at(4 * column, 0);
    if (!small) {
      Vp8Prediction.large(luma, blockModes[0], first, 4, row > 0, column > 0);
    }
    for (int i = 0; i < 16 && (small || filled); i++) {
      int x = i % 4;
      int at = first + i / 4 * 4 * luma.stride + x;
      if (small) {
        // Right of the macroblock, all rows of blocks look at the samples above it.
        int right = x == 3 ? first + 4 - luma.stride : at + 1 - luma.stride;
        Vp8Prediction.small(luma, blockModes[i], at, right);
      }
      residual.add(i, luma, at);
    }
    for (int p = 1; p < 3; p++) {
      Vp8Plane plane = planes[p];
      int at = plane.at(2 * column, 0);
      Vp8Prediction.large(plane, chroma, at, 2, row > 0, column > 0);
      for (int i = 0; i < 4 && filled; i++) {
        residual.add(12 + 4 * p + i, plane, at + i / 2 * 4 * plane.stride + i % 2);
      }
    }
  }
}
