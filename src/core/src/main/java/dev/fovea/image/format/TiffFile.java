package dev.fovea.image.format;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The first image of a TIFF 6.0 file: grey, palette, RGB and CMYK of up to 16 bits, in strips or
 * tiles, channels together or apart, not compressed or by LZW, Deflate or PackBits.
 */
final class TiffFile implements ImageFile {
  private final Directory tags;
  private final ByteBuffer file;
  private final int width;
  private final int height;

  private TiffFile(ByteBuffer bytes) throws IOException {
    file = bytes;
    tags = Directory.read(bytes);
    width = Limits.side(tags.value(256, 0, 0));
    height = Limits.side(tags.value(257, 0, 0));
  }

  static TiffFile open(ByteBuffer bytes) throws IOException {
    return new TiffFile(bytes);
  }

  @Override
  public String format() {
    return "TIFF";
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
    return tags.orientation();
  }

  @Override
  public long memory() {
    // A block is as large as the image at most, or has 64 x 64 pixels more on each side.
    return 3L * width * height + 8L * (width + 64L) * (height + 64L);
  }

  @Override
  public byte[] decode() throws IOException {
    byte[] rgb = Limits.rgb(width, height);
    TiffPixels pixels = new TiffPixels(tags);
    boolean tiled = tags.count(322) > 0;
    long rowsPerStrip = Math.min(height, tags.value(278, 0, height));
    int blockWidth = tiled ? Limits.side(tags.value(322, 0)) : width;
    int blockHeight = Limits.side(tiled ? tags.value(323, 0, 0) : rowsPerStrip);
    int across = (width - 1) / blockWidth + 1;
    int down = (height - 1) / blockHeight + 1;
    int planes = tags.value(284, 0, 1) == 2 ? pixels.samples() : 1;
    int samples = pixels.samples() / planes; // in one block
    long rowBytes = ((long) blockWidth * samples * pixels.bits() + 7) / 8;
    long size = rowBytes * blockHeight;
    if (size > memory()) {
      throw new IOException("a TIFF block of " + blockWidth + " x " + blockHeight + " pixels");
    }
    byte[][] block = new byte[planes][(int) size];
    TiffBlock reader =
        new TiffBlock(
                (int) tags.value(259, 0, 1),
                (int) tags.value(317, 0, 1),
                tags.value(266, 0, 1) == 2,
                pixels.bits(),
                samples,
                (int) rowBytes,
                tags.order() == ByteOrder.LITTLE_ENDIAN)
            .checked();
    for (int i = 0; i < across * down; i++) {
      int left = i % across * blockWidth;
      int top = i / across * blockHeight;
      int rows = tiled ? blockHeight : Math.min(blockHeight, height - top);
      for (int plane = 0; plane < planes; plane++) {
        int n = plane * across * down + i;
        long offset = tags.value(tiled ? 324 : 273, n);
        long count =
            tags.count(tiled ? 325 : 279) == 0
                ? file.limit() - offset
                : tags.value(tiled ? 325 : 279, n);
        if (offset > file.limit() || count < 0) {
          throw Limits.cutShort("a part of the TIFF lies at byte " + offset);
        }
        int there = (int) Math.min(count, file.limit() - offset);
        reader.read(file.slice((int) offset, there), block[plane], rows);
      }
      for (int y = 0; y < Math.min(rows, height - top); y++) {
        pixels.paint(
            block,
            (int) (y * rowBytes),
            Math.min(blockWidth, width - left),
            rgb,
            3 * ((top + y) * width + left));
      }
    }
    return rgb;
  }
}
