package dev.fovea.image.format;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** What the frame header of a JPEG says (ITU-T T.81, annex B.2.2). */
final class JpegFrame {
  /** Blocks in a batch: enough for long loops, few enough for a processor's caches. */
  private static final int MOST = 384;

  final boolean progressive;
  final int width;
  final int height;
  final List<JpegComponent> components = new ArrayList<>();

  /** The largest sampling factors. */
  final int across;

  final int down;

  /** Macroblocks of a row and of a column. */
  final int columns;

  final int rows;

  /** Macroblocks that are transformed at once. */
  final int batch;

  JpegFrame(int marker, ByteBuffer content) throws IOException {
    if (marker > 0xC2) {
      throw new IOException(
          "JPEG of the kind SOF" + (marker - 0xC0) + " is not supported; SOF0, 1 and 2 are");
    }
    progressive = marker == 0xC2;
    int precision = content.get();
    height = Limits.side(content.getShort() & 0xFFFF);
    width = Limits.side(content.getShort() & 0xFFFF);
    int count = content.get() & 0xFF;
    if (precision != 8 || (count != 1 && count != 3 && count != 4)) {
      throw new IOException(
          "JPEG of " + count + " components of " + precision + " bits is not supported");
    }
    int mostAcross = 1;
    int mostDown = 1;
    for (int i = 0; i < count; i++) {
      int id = content.get() & 0xFF;
      int factors = content.get() & 0xFF;
      // The factors of a single component have no meaning.
      int h = count == 1 ? 1 : factors >> 4;
      int v = count == 1 ? 1 : factors & 15;
      int quantizer = content.get();
      if (h < 1 || h > 4 || v < 1 || v > 4 || (quantizer & ~3) != 0) {
        throw new IOException("broken: a JPEG component of the sampling " + h + " x " + v);
      }
      components.add(new JpegComponent(id, h, v, quantizer));
      mostAcross = Math.max(mostAcross, h);
      mostDown = Math.max(mostDown, v);
    }
    across = mostAcross;
    down = mostDown;
    columns = (width + 8 * across - 1) / (8 * across);
    rows = (height + 8 * down - 1) / (8 * down);
    int blocks = 0;
    for (JpegComponent c : components) {
      blocks += c.across * c.down;
    }
    int most = MOST / blocks;
    int batches = (columns + most - 1) / most;
    batch = (columns + batches - 1) / batches;
    for (JpegComponent c : components) {
      if (across % c.across != 0 || down % c.down != 0) {
        throw new IOException(
            "JPEG of the sampling "
                + c.across
                + " of "
                + across
                + " x "
                + c.down
                + " of "
                + down
                + " is not supported");
      }
      c.place(
          (width * c.across + across - 1) / across,
          (height * c.down + down - 1) / down,
          columns * c.across,
          rows * c.down);
    }
  }

  /** Whether samples of even and odd columns are kept apart, so that half as many fill them up. */
  int parts() {
    return across == 2 ? 2 : 1;
  }

  /** Whether there are three components of the picture's size. */
  boolean isUnsampled() {
    return across == 1 && down == 1 && components.size() == 3;
  }

  /** Whether a number of components in the first scan leaves values for later ones. */
  boolean isKept(int inScan) {
    return progressive || inScan < components.size();
  }

  /** Bytes that decoding takes besides the picture. */
  long memory(boolean kept) {
    long samples = 0;
    long rowsOfSamples = 0;
    for (JpegComponent c : components) {
      samples += 64L * c.columns * c.rows;
      rowsOfSamples += 128L * c.columns * c.down + JpegTransform.INTS * batch * c.across * c.down;
    }
    return 4 * rowsOfSamples + 64L * width + (kept ? 2 * samples + samples / 8 : 0) + (1 << 17);
  }
}
