package dev.fovea.image.format;

import java.io.IOException;

/** What the first partition says of the whole picture (RFC 6386, section 9.2 to 9.11). */
final class Vp8Header {
  private static final int SEGMENTS = 4;

  /** Whether macroblocks state their segment. */
  final boolean segmentMap;

  final int[] segmentProbabilities = {255, 255, 255};
  final boolean simpleFilter;
  final boolean filtered;
  final int sharpness;

  /** The level of the loop filter: [segment][1 for macroblocks of 4 x 4 blocks]. */
  final int[][] filterLevel = new int[SEGMENTS][2];

  final int partitions;

  /** Steps by segment: luma DC, AC, second-order DC, AC, chroma DC, AC. */
  final int[][] steps = new int[SEGMENTS][6];

  /** Probabilities of coefficients, as {@link Vp8Tables#coefficients}. */
  final int[] coefficients;

  /** Probability that a macroblock has coefficients; -1 if none says. */
  final int skipProbability;

  Vp8Header(Vp8Bits bits) throws IOException {
    bits.number(2); // colour space and clamping: decoders ignore them
    int[] quantizer = new int[SEGMENTS];
    int[] strength = new int[SEGMENTS];
    boolean segmented = bits.flag();
    boolean absolute = false;
    boolean map = false;
    if (segmented) {
      map = bits.flag();
      if (bits.flag()) {
        absolute = bits.flag();
        for (int i = 0; i < SEGMENTS; i++) {
          quantizer[i] = bits.optionalSigned(7);
        }
        for (int i = 0; i < SEGMENTS; i++) {
          strength[i] = bits.optionalSigned(6);
        }
      }
      for (int i = 0; map && i < 3; i++) {
        segmentProbabilities[i] = bits.flag() ? bits.number(8) : 255;
      }
    }
    segmentMap = map;
    simpleFilter = bits.flag();
    int level = bits.number(6);
    filtered = level != 0;
    sharpness = bits.number(3);
    int[] delta = deltas(bits);
    for (int s = 0; s < SEGMENTS; s++) {
      int base = segmented ? strength[s] + (absolute ? 0 : level) : level;
      filterLevel[s][0] = clip(base + delta[0], 63);
      filterLevel[s][1] = clip(base + delta[0] + delta[1], 63);
    }
    partitions = 1 << bits.number(2);
    int base = bits.number(7);
    int[] change = new int[6]; // the luma's AC has none
    for (int i : new int[] {0, 2, 3, 4, 5}) {
      change[i] = bits.optionalSigned(4);
    }
    int[] dc = Vp8Tables.dc();
    int[] ac = Vp8Tables.ac();
    for (int s = 0; s < SEGMENTS; s++) {
      int q = segmented ? quantizer[s] + (absolute ? 0 : base) : base;
      steps[s][0] = dc[clip(q + change[0], 127)];
      steps[s][1] = ac[clip(q, 127)];
      steps[s][2] = dc[clip(q + change[2], 127)] * 2;
      steps[s][3] = Math.max(8, ac[clip(q + change[3], 127)] * 155 / 100);
      steps[s][4] = dc[clip(q + change[4], 117)];
      steps[s][5] = ac[clip(q + change[5], 127)];
    }
    bits.flag(); // whether the probabilities stay for later pictures
    coefficients = Vp8Tables.coefficients();
    int[] updates = Vp8Tables.updates();
    for (int i = 0; i < coefficients.length; i++) {
      if (bits.bit(updates[i]) == 1) {
        coefficients[i] = bits.number(8);
      }
    }
    skipProbability = bits.flag() ? bits.number(8) : -1;
  }

  /** How the filter's level changes: of all macroblocks, and of those of 4 x 4 blocks. */
  private static int[] deltas(Vp8Bits bits) throws IOException {
    int[] all = new int[8];
    boolean used = bits.flag();
    boolean stated = used && bits.flag();
    if (stated) {
      for (int i = 0; i < 8; i++) {
        all[i] = bits.optionalSigned(6);
      }
    }
    return new int[] {all[0], all[4]};
  }

  private static int clip(int value, int most) {
    return Math.max(0, Math.min(most, value));
  }
}
