package dev.fovea.image.format;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * WebP (RFC 9649), lossy and lossless; of an animation the first picture, on a black canvas. Alpha
 * does not change the colours and is not read.
 */
final class WebPFile implements ImageFile {
  private static final int LOSSY = 0x20385056;
  private static final int LOSSLESS = 0x4C385056;
  private static final int EXTENDED = 0x58385056;
  private static final int FRAME = 0x464D4E41;
  private static final int EXIF = 0x46495845;

  private final ByteBuffer file;
  private int width;
  private int height;
  private int left;
  private int top;
  private int frameWidth;
  private int frameHeight;
  private boolean lossless;
  private ByteBuffer picture = ByteBuffer.allocate(0);
  private int orientation = 1;
  private boolean cut;

  private WebPFile(ByteBuffer bytes) {
    file = bytes.order(ByteOrder.LITTLE_ENDIAN);
  }

  static WebPFile open(ByteBuffer bytes) throws IOException {
    WebPFile webp = new WebPFile(bytes);
    webp.readChunks(12, bytes.limit());
    if (webp.frameWidth == 0) {
      if (webp.width == 0) {
        throw Limits.cutShort("there is no picture in this WebP");
      }
      return webp; // the size is known, and decoding will say that the picture lacks
    }
    if (webp.width == 0) {
      webp.width = webp.frameWidth;
      webp.height = webp.frameHeight;
    }
    if ((long) webp.left + webp.frameWidth > webp.width
        || (long) webp.top + webp.frameHeight > webp.height) {
      throw new IOException("broken: a WebP picture larger than its canvas");
    }
    return webp;
  }

  private void readChunks(int from, int end) throws IOException {
    int at = from;
    while (at + 8 <= end) {
      int type = file.getInt(at);
      long length = file.getInt(at + 4) & 0xFFFFFFFFL;
      int start = at + 8;
      int there = (int) Math.min(length, end - start);
      ByteBuffer content = file.slice(start, there).order(ByteOrder.LITTLE_ENDIAN);
      if (type == EXTENDED && width == 0) {
        width = 1 + triple(content, 4);
        height = 1 + triple(content, 7);
      } else if (type == FRAME && frameWidth == 0 && there > 16) {
        left = 2 * triple(content, 0);
        top = 2 * triple(content, 3);
        readChunks(start + 16, start + there);
      } else if ((type == LOSSY || type == LOSSLESS) && frameWidth == 0) {
        lossless = type == LOSSLESS;
        readSize(content);
        picture = content;
        cut = there < length;
      } else if (type == EXIF && there == length) {
        exif(content);
      }
      at = Math.addExact(start, there) + (int) (length & 1);
    }
  }

  private void exif(ByteBuffer content) {
    // Some writers keep JPEG's prefix.
    boolean prefix = content.remaining() > 6 && content.getInt(0) == 0x66697845;
    int from = prefix ? 6 : 0;
    orientation = Directory.orientation(content.slice(from, content.remaining() - from));
  }

  private void readSize(ByteBuffer content) throws IOException {
    if (lossless) {
      if (content.get(0) != 0x2F) {
        throw new IOException("broken: a lossless WebP without its mark");
      }
      int bits = content.getInt(1);
      frameWidth = 1 + (bits & 0x3FFF);
      frameHeight = 1 + ((bits >> 14) & 0x3FFF);
      return;
    }
    if ((content.get(0) & 1) != 0 || triple(content, 3) != 0x2A019D) {
      throw new IOException("broken: a lossy WebP that is no key frame");
    }
    frameWidth = Limits.side(content.getShort(6) & 0x3FFF);
    frameHeight = Limits.side(content.getShort(8) & 0x3FFF);
  }

  private static int triple(ByteBuffer content, int at) {
    return (content.get(at) & 0xFF)
        | (content.get(at + 1) & 0xFF) << 8
        | (content.get(at + 2) & 0xFF) << 16;
  }

  @Override
  public String format() {
    return "WEBP";
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
    // Of the picture: planes and colours, or values of 32 bits and their colours.
    return 3L * width * height
        + 8L * (frameWidth + 16L) * (frameHeight + 16L)
        + (8 << 20)
        + 64L * file.limit();
  }

  @Override
  public byte[] decode() throws IOException {
    if (cut || picture.limit() == 0 || 8 + (file.getInt(4) & 0xFFFFFFFFL) > file.limit()) {
      throw Limits.cutShort("the picture of this WebP is not all there");
    }
    byte[] colors =
        lossless
            ? new Vp8lPicture(picture, frameWidth, frameHeight).decode()
            : new Vp8Picture(picture, frameWidth, frameHeight).decode();
    if (frameWidth == width && frameHeight == height) {
      return colors;
    }
    byte[] rgb = Limits.rgb(width, height);
    for (int y = 0; y < frameHeight; y++) {
      int to = 3 * ((top + y) * width + left);
      System.arraycopy(colors, 3 * y * frameWidth, rgb, to, 3 * frameWidth);
    }
    return rgb;
  }
}
