package dev.fovea.image.format;

import java.io.IOException;
import java.util.List;

/** One scan of a JPEG, macroblock by macroblock (ITU-T T.81, annex A.2). */
abstract class JpegScan {
  /** Values of a block, and how far a broken run can lead beyond them. */
  static final int VALUES = 80;

  final JpegBits bits;

  /** Whether the data has ended, so that blocks stay as they are, until a restart. */
  boolean empty;

  private final JpegComponent[] components;
  private final int columns;
  private final int rows;
  private final int restarts;
  private final int batch;
  private int left;

  JpegScan(JpegFrame frame, List<JpegComponent> components, JpegBits bits, int restarts) {
    this.bits = bits;
    this.components = components.toArray(new JpegComponent[0]);
    this.restarts = restarts;
    JpegComponent only = components.get(0);
    boolean alone = components.size() == 1;
    columns = alone ? (only.width + 7) / 8 : frame.columns;
    rows = alone ? (only.height + 7) / 8 : frame.rows;
    batch = frame.batch;
    left = restarts;
  }

  /** Reads one block. */
  abstract void block(JpegComponent component, int row, int column, int number);

  /** Some macroblocks of a row are read, up to {@link JpegFrame#batch}, from a column on. */
  void done(int row, int column, int count) {}

  /** Forgets what blocks before left behind. */
  void reset() {
    for (JpegComponent component : components) {
      component.last = 0;
    }
  }

  /** Reads all blocks. */
  void read() throws IOException {
    for (int y = 0; y < rows && !(empty && restarts == 0); y++) {
      row(y);
    }
  }

  /** Reads a row of macroblocks. */
  void row(int y) throws IOException {
    boolean alone = components.length == 1;
    int from = 0;
    for (int x = 0; x < columns; x++) {
      if (restarts > 0) {
        if (left == 0) {
          empty &= !bits.restart();
          reset();
          left = restarts;
        }
        left--;
      }
      if (alone) {
        block(components[0], y, x, x - from);
      } else {
        macroblock(y, x, x - from);
      }
      empty = empty || bits.exhausted();
      if (x == columns - 1 || x - from == batch - 1) {
        done(y, from, x + 1 - from);
        from = x + 1;
      }
    }
  }

  private void macroblock(int y, int x, int number) {
    for (JpegComponent component : components) {
      int across = component.across;
      int down = component.down;
      int place = number;
      for (int v = 0; v < down; v++) {
        for (int h = 0; h < across; h++, place += batch) {
          block(component, y * down + v, x * across + h, place);
        }
        place += component.gap;
      }
    }
  }
}
