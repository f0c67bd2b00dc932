package dev.fovea.image.format;

import java.io.IOException;

/** Undoes the filters of PNG rows (PNG, section 9). */
final class PngFilter {
  private PngFilter() {}

  /**
   * Restores a row in place.
   *
   * @param row the filter's number, then its bytes
   * @param above the restored row above, or zeros; its first byte has no meaning
   * @param distance bytes from a pixel to its left neighbour
   * @throws IOException if there is no such filter
   */
  static void undo(byte[] row, byte[] above, int distance) throws IOException {
    int start = distance + 1;
    switch (row[0]) {
      case 0 -> {}
      case 1 -> {
        for (int i = start; i < row.length; i++) {
          row[i] += row[i - distance];
        }
      }
      case 2 -> {
        for (int i = 1; i < row.length; i++) {
          row[i] += above[i];
        }
      }
      case 3 -> {
        for (int i = 1; i < Math.min(start, row.length); i++) {
          row[i] += (byte) ((above[i] & 0xFF) >> 1);
        }
        for (int i = start; i < row.length; i++) {
          row[i] += (byte) (((row[i - distance] & 0xFF) + (above[i] & 0xFF)) >> 1);
        }
      }
      case 4 -> {
        for (int i = 1; i < Math.min(start, row.length); i++) {
          row[i] += above[i];
        }
        for (int i = start; i < row.length; i++) {
          row[i] +=
              (byte) paeth(row[i - distance] & 0xFF, above[i] & 0xFF, above[i - distance] & 0xFF);
        }
      }
      default -> throw new IOException("broken: PNG has no filter " + row[0]);
    }
  }

  private static int paeth(int left, int up, int corner) {
    int a = Math.abs(up - corner);
    int b = Math.abs(left - corner);
    int c = Math.abs(left + up - 2 * corner);
    if (a <= b && a <= c) {
      return left;
    }
    return b <= c ? up : corner;
  }
}
