package dev.fovea.image.format;

/**
 * Gives a component's rows in the size of the picture, as libjpeg-turbo does ({@code jdsample.c}):
 * samples twice as wide or high are smoothed ("fancy"), others repeated.
 *
 * <p>The loops are as the JIT of Java 17 turns into vector instructions: one index, no offsets.
 */
final class JpegUpsampling {
  private final JpegComponent component;
  private final int across;
  private final int down;
  private final boolean smooth;

  /** What rows are made of here, instead of those of the component. */
  private final int[][] made;

  private final int[] sums;
  private final int[] before;
  private final int[] after;

  /** A row's samples; of even and of odd columns, where the frame keeps them apart. */
  int[][] parts;

  JpegUpsampling(JpegComponent component, JpegFrame frame) {
    this.component = component;
    across = frame.across / component.across;
    down = frame.down / component.down;
    boolean twice = across == 2 && down <= 2 && component.width > 2;
    smooth = twice || (across == 1 && down == 2);
    int width = component.stride * across / frame.parts();
    made = new int[frame.parts()][width];
    parts = new int[frame.parts()][];
    boolean widened = smooth && across == 2;
    sums = new int[widened ? component.stride : 0];
    before = sums.clone();
    after = sums.clone();
  }

  /** Whether a row needs the samples above and below its own. */
  boolean looksAround() {
    return smooth && down == 2;
  }

  void row(int y) {
    JpegComponent c = component;
    int near = c.at(y / down);
    int beside = y % 2 == 0 ? y / down - 1 : y / down + 1;
    int far = c.at(Math.max(0, Math.min(c.height - 1, beside)));
    if (across == 1) {
      for (int p = 0; p < parts.length; p++) {
        int[][] all = c.part(p);
        parts[p] = smooth ? made[p] : all[near];
        if (smooth) {
          mix(all[near], all[far], y % 2 == 0 ? 1 : 2, made[p]);
        }
      }
      return;
    }
    int[][] all = c.part(0);
    if (!smooth) {
      repeat(all[near]);
    } else if (down == 2) {
      add(all[near], all[far], sums);
      widen(sums, 8, 7, 4);
    } else {
      widen(all[near], 1, 2, 2);
    }
  }

  private void repeat(int[] in) {
    if (parts.length == 2) {
      parts[0] = in;
      parts[1] = in;
      return;
    }
    int[] out = made[0];
    for (int i = 0; i < out.length; i++) {
      out[i] = in[i / across];
    }
    parts[0] = out;
  }

  /** Makes two of each: three quarters of it, one of its neighbour; of the outermost all. */
  private void widen(int[] in, int even, int odd, int shift) {
    int last = component.width - 1;
    System.arraycopy(in, 0, before, 1, in.length - 1);
    before[0] = in[0];
    System.arraycopy(in, 1, after, 0, in.length - 1);
    after[last] = in[last];
    if (parts.length == 2) {
      weigh(in, before, even, shift, made[0]);
      weigh(in, after, odd, shift, made[1]);
      parts[0] = made[0];
      parts[1] = made[1];
      return;
    }
    int[] out = made[0];
    for (int i = 0; i <= last; i++) {
      out[2 * i] = (3 * in[i] + before[i] + even) >> shift;
      out[2 * i + 1] = (3 * in[i] + after[i] + odd) >> shift;
    }
    parts[0] = out;
  }

  private static void weigh(int[] in, int[] beside, int more, int shift, int[] out) {
    for (int i = 0; i < out.length; i++) {
      out[i] = (3 * in[i] + beside[i] + more) >> shift;
    }
  }

  private static void mix(int[] near, int[] far, int more, int[] out) {
    for (int i = 0; i < out.length; i++) {
      out[i] = (3 * near[i] + far[i] + more) >> 2;
    }
  }

  private static void add(int[] near, int[] far, int[] out) {
    for (int i = 0; i < out.length; i++) {
      out[i] = 3 * near[i] + far[i];
    }
  }
}
