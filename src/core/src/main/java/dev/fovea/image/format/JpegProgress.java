package dev.fovea.image.format;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;

/** Which bits of which values the scans of a JPEG have brought. */
final class JpegProgress {
  /** Values that a decoder would invent, by smoothing, where scans are missing. */
  private static final int NEEDED = 10;

  private final JpegFrame frame;

  /** By component and place: the lowest bit that is there, or -1. */
  private final int[][] lowest;

  JpegProgress(JpegFrame frame) {
    this.frame = frame;
    lowest = new int[frame.components.size()][64];
    for (int[] component : lowest) {
      Arrays.fill(component, -1);
    }
  }

  void add(List<JpegComponent> components, int from, int to, int low) {
    for (JpegComponent c : components) {
      Arrays.fill(lowest[frame.components.indexOf(c)], from, to + 1, low);
    }
  }

  /** Refuses files of which a part is missing: what is missing would be grey or blurred. */
  void check() throws IOException {
    for (int i = 0; i < lowest.length; i++) {
      if (frame.components.get(i).steps.length == 0) {
        throw Limits.cutShort("a component of the JPEG is not there");
      }
      for (int k = 0; frame.progressive && k < NEEDED; k++) {
        if (lowest[i][k] != 0) {
          throw Limits.cutShort("scans of the progressive JPEG are not there");
        }
      }
    }
  }
}
