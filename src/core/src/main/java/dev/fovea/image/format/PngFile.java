package dev.fovea.image.format;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * PNG (W3C, third edition): all colour types and depths, interlaced too; of an animation, the image
 * that viewers without animation show. Gamma, profiles and transparency do not change the colours.
 */
final class PngFile implements ImageFile {
  private static final int IHDR = 0x49484452;
  private static final int PLTE = 0x504C5445;
  private static final int IDAT = 0x49444154;
  private static final int IEND = 0x49454E44;
  private static final int EXIF = 0x65584966;

  /** The seven passes of Adam7: first column and row, distance of columns and rows. */
  private static final int[][] PASSES = {
    {0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4}, {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}
  };

  private final ByteBuffer file;
  private final int width;
  private final int height;
  private final int depth;
  private final int color;
  private final boolean interlaced;
  private final List<ByteBuffer> data = new ArrayList<>();
  private Palette palette = Palette.black();
  private int orientation = 1;

  private PngFile(ByteBuffer file) throws IOException {
    this.file = file;
    if (file.getInt(12) != IHDR || file.getInt(8) != 13) {
      throw new IOException("a PNG must begin with IHDR");
    }
    checkSum(12, 17);
    width = Limits.side(file.getInt(16));
    height = Limits.side(file.getInt(20));
    depth = file.get(24);
    color = file.get(25);
    interlaced = file.get(28) == 1;
    boolean known =
        switch (color) {
          case 0 -> depth == 1 || depth == 2 || depth == 4 || depth == 8 || depth == 16;
          case 3 -> depth == 1 || depth == 2 || depth == 4 || depth == 8;
          case 2, 4, 6 -> depth == 8 || depth == 16;
          default -> false;
        };
    if (!known || file.get(26) != 0 || file.get(27) != 0 || (file.get(28) & 0xFE) != 0) {
      throw new IOException("there is no PNG of colour type " + color + ", depth " + depth);
    }
  }

  static PngFile open(ByteBuffer bytes) throws IOException {
    PngFile png = new PngFile(bytes);
    png.readChunks();
    return png;
  }

  private void readChunks() throws IOException {
    if (color == 0 && depth <= 8) {
      palette = Palette.grey(depth, false);
    }
    int at = 33;
    while (at + 8 <= file.limit()) {
      int type = file.getInt(at + 4);
      int length = file.getInt(at);
      int from = at + 8;
      // What lacks of the last chunk is missed when its content is needed.
      int there = Math.min(length, file.limit() - from);
      if (length < 0) {
        throw new IOException("a chunk of " + (length & 0xFFFFFFFFL) + " bytes");
      }
      if (type == IDAT && there > 0) {
        data.add(file.slice(from, there));
      } else if (type == PLTE && color == 3 && there == length) {
        checkSum(at + 4, length + 4);
        for (int i = 0; i < Math.min(256, length / 3); i++) {
          int c = from + 3 * i;
          palette.set(i, file.get(c), file.get(c + 1), file.get(c + 2));
        }
      } else if (type == EXIF && there == length) {
        orientation = Directory.orientation(file.slice(from, length));
      } else if (type == IEND || there < length) {
        return;
      }
      at = Math.addExact(from, there) + 4;
    }
  }

  private void checkSum(int from, int length) throws IOException {
    CRC32 crc = new CRC32();
    crc.update(file.slice(from, length));
    if ((int) crc.getValue() != file.getInt(from + length)) {
      throw new IOException("broken: the check sum of a PNG chunk is wrong");
    }
  }

  @Override
  public String format() {
    return "PNG";
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
    return orientation;
  }

  @Override
  public long memory() {
    return 3L * width * height + 2L * rowBytes(width);
  }

  @Override
  public byte[] decode() throws IOException {
    byte[] rgb = Limits.rgb(width, height);
    Inflater inflater = new Inflater();
    try {
      Source source = new Source(inflater);
      if (!interlaced) {
        decode(source, new int[] {0, 0, 1, 1}, rgb);
      } else {
        for (int[] pass : PASSES) {
          decode(source, pass, rgb);
        }
      }
    } catch (DataFormatException e) {
      throw new IOException("broken: " + e.getMessage(), e);
    } finally {
      inflater.end();
    }
    return rgb;
  }

  private int channels() {
    return color == 2 ? 3 : color == 4 ? 2 : color == 6 ? 4 : 1;
  }

  private long rowBytes(int columns) {
    return ((long) columns * channels() * depth + 7) / 8;
  }

  private void decode(Source source, int[] pass, byte[] rgb)
      throws IOException, DataFormatException {
    int columns = (width - pass[0] + pass[2] - 1) / pass[2];
    int rows = (height - pass[1] + pass[3] - 1) / pass[3];
    if (columns == 0 || rows == 0) {
      return;
    }
    byte[] row = new byte[Math.toIntExact(rowBytes(columns) + 1)];
    byte[] above = new byte[row.length];
    int distance = Math.max(1, channels() * depth / 8);
    for (int y = 0; y < rows; y++) {
      source.fill(row);
      PngFilter.undo(row, above, distance);
      int to = 3 * ((pass[1] + y * pass[3]) * width + pass[0]);
      paint(row, columns, rgb, to, 3 * pass[2]);
      byte[] next = above;
      above = row;
      row = next;
    }
  }

  private void paint(byte[] row, int columns, byte[] rgb, int to, int step) {
    if (color == 3 || (color == 0 && depth <= 8)) {
      palette.paint(row, 1, depth, columns, rgb, to, step);
      return;
    }
    if (color == 2 && depth == 8 && step == 3) {
      System.arraycopy(row, 1, rgb, to, 3 * columns);
      return;
    }
    int bytes = depth / 8;
    int stride = channels() * bytes;
    boolean grey = channels() < 3;
    for (int x = 0, at = 1; x < columns; x++, at += stride, to += step) {
      if (color == 0) {
        // 16-bit grey: Pillow clips what does not fit into 8 bits.
        byte level = row[at] == 0 ? row[at + 1] : (byte) 255;
        rgb[to] = level;
        rgb[to + 1] = level;
        rgb[to + 2] = level;
      } else {
        rgb[to] = row[at];
        rgb[to + 1] = grey ? row[at] : row[at + bytes];
        rgb[to + 2] = grey ? row[at] : row[at + 2 * bytes];
      }
    }
  }

  /** The content of the data chunks, one after another. */
  private final class Source {
    private final Inflater inflater;
    private int next;

    Source(Inflater inflater) {
      this.inflater = inflater;
    }

    void fill(byte[] row) throws IOException, DataFormatException {
      int got = 0;
      while (got < row.length) {
        int n = inflater.inflate(row, got, row.length - got);
        got += n;
        if (n == 0) {
          if (inflater.finished() || inflater.needsDictionary() || next == data.size()) {
            throw Limits.cutShort("not all rows of the PNG are there");
          }
          if (inflater.needsInput()) {
            inflater.setInput(data.get(next++));
          }
        }
      }
    }
  }
}
