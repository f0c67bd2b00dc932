package dev.fovea.image.format;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * JPEG (ITU-T T.81), sequential and progressive, with Huffman codes and 8 bits: grey, YCbCr, RGB,
 * CMYK, YCCK; decoded as libjpeg-turbo does, damage included.
 */
final class JpegFile implements ImageFile {
  private final ByteBuffer file;
  private final JpegFrame frame;
  private final int orientation;
  private final JpegColors colors;
  private final boolean kept;

  private JpegFile(ByteBuffer file) throws IOException {
    this.file = file;
    JpegFrame header = null;
    boolean jfif = false;
    int transform = -1;
    int turn = 1;
    int inScan = 0;
    JpegMarkers markers = new JpegMarkers(file);
    while (inScan == 0) {
      int marker = markers.next();
      ByteBuffer content = markers.content();
      String start = marker < 0xE0 ? "" : start(content);
      if (marker == JpegMarkers.END) {
        throw Limits.cutShort("the JPEG ends without a picture");
      } else if (marker == JpegMarkers.SCAN && header != null) {
        inScan = Math.max(1, content.hasRemaining() ? content.get(0) : 1);
      } else if (marker < 0) {
        inScan = 1; // decoding will say that nothing follows
      } else if (isFrame(marker) && header == null) {
        header = new JpegFrame(marker, content);
      } else if (marker == 0xE0 && start.startsWith("JFIF\0")) {
        jfif = true;
      } else if (marker == 0xEE && start.startsWith("Adobe") && content.limit() >= 12) {
        transform = content.get(11) & 0xFF;
      } else if (marker == 0xE1 && start.equals("Exif\0\0") && turn == 1) {
        turn = Directory.orientation(content.slice(6, content.limit() - 6));
      }
    }
    if (header == null) {
      throw new IOException("broken: a JPEG without a frame header");
    }
    frame = header;
    orientation = turn;
    kept = frame.isKept(inScan);
    colors = colors(frame, jfif, transform);
  }

  static JpegFile open(ByteBuffer bytes) throws IOException {
    return new JpegFile(bytes);
  }

  private static boolean isFrame(int marker) {
    return marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xCC;
  }

  private static String start(ByteBuffer content) {
    byte[] start = new byte[Math.min(6, content.limit())];
    content.get(0, start);
    return new String(start, StandardCharsets.ISO_8859_1);
  }

  /** libjpeg's rule, {@code default_decompress_parms}. */
  private static JpegColors colors(JpegFrame frame, boolean jfif, int transform) {
    int count = frame.components.size();
    if (count == 1) {
      return JpegColors.GREY;
    }
    if (count == 4) {
      return transform > 0 ? JpegColors.YCCK : JpegColors.CMYK;
    }
    if (jfif) {
      return JpegColors.YCC;
    }
    if (transform >= 0) {
      return transform == 0 ? JpegColors.STORED : JpegColors.YCC;
    }
    boolean named =
        frame.components.get(0).id == 'R'
            && frame.components.get(1).id == 'G'
            && frame.components.get(2).id == 'B';
    return named ? JpegColors.STORED : JpegColors.YCC;
  }

  @Override
  public String format() {
    return "JPEG";
  }

  @Override
  public int width() {
    return frame.width;
  }

  @Override
  public int height() {
    return frame.height;
  }

  @Override
  public int orientation() {
    return orientation;
  }

  @Override
  public long memory() {
    return 3L * frame.width * frame.height + frame.memory(kept) + file.limit();
  }

  @Override
  public byte[] decode() throws IOException {
    return new JpegPicture(file, frame, colors).decode();
  }
}
