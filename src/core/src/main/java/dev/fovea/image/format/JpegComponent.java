package dev.fovea.image.format;

/** One component of a JPEG: its place in the frame, its tables, and its samples. */
final class JpegComponent {
  final int id;
  final int across; // sampling factors
  final int down;
  final int quantizer;

  /** Steps in zigzag order, from the first scan with this component on; longer by a run. */
  int[] steps = {};

  /** Size in samples. */
  int width;

  int height;

  /** Blocks of a row and of a column, those that fill up a macroblock included. */
  int columns;

  int rows;

  /** Values in zigzag order and which of them are not 0, where there is more than one scan. */
  short[] values = {};

  long[] filled = {};

  /** The codes of the current scan; their numbers in four bits each. */
  int codes;

  JpegCode first = JpegCode.NONE;

  JpegCode others = JpegCode.NONE;

  /** The first value of the last block. */
  int last;

  /** The values that are transformed at once, times their steps; see {@link JpegTransform}. */
  int[] waiting = {};

  /** Where in {@link #waiting} the blocks of a value begin, by its place in zigzag order. */
  int[] order = {};

  /**
   * From the end of a row of blocks in {@link #waiting} to the next, less one value of them all.
   */
  int gap;

  /** What the transform makes of a row: by column, all of the first row, then of the second. */
  int[][] samples = {};

  /** Samples of two rows of macroblocks, row by row; of even and of odd columns, if kept apart. */
  int[][] even = {};

  int[][] odd = {};

  /** Samples of a row, and from one to the next but one, in {@link #even} and {@link #odd}. */
  int stride;

  int step;

  JpegComponent(int id, int across, int down, int quantizer) {
    this.id = id;
    this.across = across;
    this.down = down;
    this.quantizer = quantizer;
  }

  /** Where a row of samples lies. */
  int at(int row) {
    return row % (16 * down);
  }

  int[][] part(int number) {
    return number == 0 ? even : odd;
  }

  void place(int width, int height, int columns, int rows) {
    this.width = width;
    this.height = height;
    this.columns = columns;
    this.rows = rows;
    stride = 8 * columns;
  }

  /** Takes the memory of the samples. */
  void begin(boolean apart) {
    step = apart ? 1 : 2;
    even = new int[16 * down][stride * step / 2];
    odd = apart ? new int[16 * down][stride / 2] : even;
  }

  /** Takes the memory of {@link #values}. */
  void keep() {
    int blocks = Math.multiplyExact(columns, rows);
    values = new short[Math.multiplyExact(64, blocks)];
    filled = new long[blocks];
  }
}
