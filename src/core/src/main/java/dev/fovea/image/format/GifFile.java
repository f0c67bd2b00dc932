package dev.fovea.image.format;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * The first picture of a GIF (CompuServe, GIF89a), on its screen.
 *
 * <p>As in Pillow, the screen grows to hold the picture, and what the picture leaves free has the
 * transparent colour, or the first of the palette if there is none.
 */
final class GifFile implements ImageFile {
  private final ByteBuffer file;
  private final int width;
  private final int height;
  private final Palette palette;
  private final int background;
  private final int left;
  private final int top;
  private final int columns;
  private final int rows;
  private final boolean interlaced;

  private GifFile(ByteBuffer bytes) throws IOException {
    file = bytes.order(ByteOrder.LITTLE_ENDIAN).position(6);
    int screenWidth = file.getShort() & 0xFFFF;
    int screenHeight = file.getShort() & 0xFFFF;
    int flags = file.get();
    file.position(13);
    Palette colors = palette(flags);
    background = skipToPicture();
    left = file.getShort() & 0xFFFF;
    top = file.getShort() & 0xFFFF;
    columns = Limits.side(file.getShort() & 0xFFFF);
    rows = Limits.side(file.getShort() & 0xFFFF);
    width = Math.max(screenWidth, left + columns);
    height = Math.max(screenHeight, top + rows);
    int own = file.get();
    interlaced = (own & 0x40) != 0;
    palette = (own & 0x80) != 0 && file.remaining() >= 3 << ((own & 7) + 1) ? palette(own) : colors;
  }

  static GifFile open(ByteBuffer bytes) throws IOException {
    return new GifFile(bytes);
  }

  private Palette palette(int flags) {
    if ((flags & 0x80) == 0) {
      return Palette.grey(8, false);
    }
    Palette colors = Palette.black();
    for (int i = 0; i < 1 << ((flags & 7) + 1); i++) {
      colors.set(i, file.get(), file.get(), file.get());
    }
    return colors;
  }

  /** Reads up to the picture's place; gives the transparent value or 0. */
  private int skipToPicture() throws IOException {
    int transparent = 0;
    for (int type = file.get(); type != ','; type = file.get()) {
      if (type == ';') {
        throw new IOException("there is no picture in this GIF");
      }
      if (type == '!') {
        int label = file.get() & 0xFF;
        int length = file.get() & 0xFF;
        if (label == 0xF9 && length >= 4 && (file.get(file.position()) & 1) != 0) {
          transparent = file.get(file.position() + 3) & 0xFF;
        }
        while (length > 0) {
          file.position(file.position() + length);
          length = file.get() & 0xFF;
        }
      }
    }
    return transparent;
  }

  @Override
  public String format() {
    return "GIF";
  }

  @Override
  public int width() {
    return width;
  }

  @Override
  public int height() {
    return height;
  }

  @Override
  public int orientation() {
    return 1;
  }

  @Override
  public long memory() {
    return 3L * width * height + (long) columns * rows + (1 << 16);
  }

  @Override
  public byte[] decode() throws IOException {
    byte[] rgb = Limits.rgb(width, height);
    byte[] values = new byte[width];
    Arrays.fill(values, (byte) background);
    if (columns < width || rows < height) {
      for (int y = 0; y < height; y++) {
        palette.paint(values, 0, 8, width, rgb, 3 * y * width, 3);
      }
    }
    byte[] picture = new GifLzw(file.duplicate()).decode(Math.multiplyExact(columns, rows));
    int from = 0;
    int[][] passes =
        interlaced ? new int[][] {{0, 8}, {4, 8}, {2, 4}, {1, 2}} : new int[][] {{0, 1}};
    for (int[] pass : passes) {
      for (int y = pass[0]; y < rows; y += pass[1], from += columns) {
        palette.paint(picture, from, 8, columns, rgb, 3 * ((top + y) * width + left), 3);
      }
    }
    return rgb;
  }
}
