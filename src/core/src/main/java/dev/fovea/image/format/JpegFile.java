package dev.fovea.image.format;

import java.awt.image.DataBufferByte;
import java.awt.image.Raster;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.MemoryCacheImageInputStream;

/**
 * JPEG, sequential and progressive, with Huffman codes and 8 bits: grey, YCbCr, RGB, CMYK, YCCK.
 *
 * <p>The JDK's libjpeg gives the components, as accurately as the libjpeg-turbo of Pillow; colours
 * are made here, because the JDK applies profiles and guesses other colour spaces than libjpeg.
 */
final class JpegFile implements ImageFile {
  /** Scans of a progressive file; more are an attack on the processor. */
  private static final int MAX_SCANS = 500;

  /** A segment that says of Adobe's software that the components are stored as they are. */
  private static final byte[] AS_STORED = {
    (byte) 0xFF, (byte) 0xEE, 0, 14, 'A', 'd', 'o', 'b', 'e', 0, 100, 0, 0, 0, 0, 0
  };

  private final ByteBuffer file;
  private int width;
  private int height;
  private byte[] ids = {};
  private boolean jfif;
  private boolean progressive;
  private int transform = -1;
  private int orientation = 1;
  private int scan;

  /** The segments that decoding needs: no profile, no comment, nothing that the JDK would parse. */
  private final ByteArrayOutputStream needed = new ByteArrayOutputStream();

  private JpegFile(ByteBuffer file) {
    this.file = file;
  }

  static JpegFile open(ByteBuffer bytes) throws IOException {
    JpegFile jpeg = new JpegFile(bytes);
    jpeg.readSegments();
    return jpeg;
  }

  private void readSegments() throws IOException {
    needed.write(0xFF);
    needed.write(0xD8);
    needed.writeBytes(AS_STORED);
    int at = 2;
    while (scan == 0) {
      if (at + 4 > file.limit() && width > 0) {
        scan = file.limit(); // decoding will say that nothing follows
        return;
      }
      if (file.get(at) != -1) {
        at++; // rubbish between segments, which libjpeg skips too
        continue;
      }
      int marker = file.get(at + 1) & 0xFF;
      if (marker == 0xFF || marker == 0 || marker == 1 || (marker >= 0xD0 && marker <= 0xD8)) {
        at += marker == 0xFF ? 1 : 2;
        continue;
      }
      if (marker == 0xD9) {
        throw Limits.cutShort("the JPEG ends without a picture");
      }
      int length = file.getShort(at + 2) & 0xFFFF;
      if (length < 2) {
        throw new IOException("broken: a JPEG segment of " + length + " bytes");
      }
      if (marker == 0xDA) {
        scan = at;
      } else {
        int there = Math.min(length, file.limit() - at - 2);
        segment(marker, file.slice(at + 4, Math.max(0, there - 2)), at, there + 2);
        at += length + 2;
      }
    }
    if (width == 0) {
      throw new IOException("broken: a JPEG without a frame header");
    }
  }

  private void segment(int marker, ByteBuffer content, int at, int length) throws IOException {
    boolean application = marker >= 0xE0 && marker <= 0xEF;
    if (application || marker == 0xFE) {
      note(marker, content);
      return;
    }
    boolean frame = marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xCC;
    if (frame && marker > 0xC2 && marker != 0xC8) {
      throw new IOException(
          "JPEG of the kind SOF" + (marker - 0xC0) + " is not supported; SOF0, 1 and 2 are");
    }
    if (frame && width == 0) {
      progressive = marker == 0xC2;
      int precision = content.get(0);
      height = Limits.side(content.getShort(1) & 0xFFFF);
      width = Limits.side(content.getShort(3) & 0xFFFF);
      ids = new byte[content.get(5) & 0xFF];
      if (precision != 8 || (ids.length != 1 && ids.length != 3 && ids.length != 4)) {
        throw new IOException(
            "JPEG of " + ids.length + " components of " + precision + " bits is not supported");
      }
      for (int i = 0; i < ids.length; i++) {
        ids[i] = content.get(6 + 3 * i);
      }
    }
    byte[] copy = new byte[length];
    file.get(at, copy);
    needed.writeBytes(copy);
  }

  private void note(int marker, ByteBuffer content) {
    byte[] start = new byte[Math.min(6, content.remaining())];
    content.get(0, start);
    String name = new String(start, StandardCharsets.ISO_8859_1);
    if (marker == 0xE0 && name.startsWith("JFIF\0")) {
      jfif = true;
    } else if (marker == 0xEE && name.startsWith("Adobe") && content.remaining() >= 12) {
      transform = content.get(11) & 0xFF;
    } else if (marker == 0xE1 && name.equals("Exif\0\0") && orientation == 1) {
      orientation = Directory.orientation(content.slice(6, content.remaining() - 6));
    }
  }

  @Override
  public String format() {
    return "JPEG";
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
    return (3L + ids.length) * width * height + file.limit();
  }

  @Override
  public byte[] decode() throws IOException {
    byte[] data = components(complete());
    if (ids.length == 3) {
      if (isYcc()) {
        JpegColors.ycc(data);
      }
      return data;
    }
    byte[] rgb = Limits.rgb(width, height);
    if (ids.length == 4) {
      JpegColors.inverted(data, transform > 0, rgb);
    } else {
      JpegColors.grey(data, rgb);
    }
    return rgb;
  }

  /** libjpeg's rule, {@code default_decompress_parms}. */
  private boolean isYcc() {
    if (jfif) {
      return true;
    }
    return transform >= 0 ? transform != 0 : !(ids[0] == 'R' && ids[1] == 'G' && ids[2] == 'B');
  }

  private byte[] complete() throws IOException {
    // libjpeg takes a scan's header that is cut off for an empty scan.
    if (scan + 4 > file.limit() || scan + 2 + file.getShort(scan + 2) >= file.limit()) {
      throw Limits.cutShort("no pixel of the JPEG is there");
    }
    byte[] scans = new byte[file.limit() - scan];
    file.get(scan, scans);
    int count = 0;
    for (int i = 1; i < scans.length; i++) {
      if (scans[i] == (byte) 0xDA && scans[i - 1] == -1) {
        count++;
      }
    }
    if (count > MAX_SCANS) {
      throw new IOException("a JPEG of " + count + " scans, more than " + MAX_SCANS);
    }
    byte[] head = needed.toByteArray();
    byte[] all = new byte[head.length + scans.length];
    System.arraycopy(head, 0, all, 0, head.length);
    System.arraycopy(scans, 0, all, head.length, scans.length);
    return all;
  }

  private byte[] components(byte[] jpeg) throws IOException {
    ImageReader reader = reader();
    try (MemoryCacheImageInputStream in =
        new MemoryCacheImageInputStream(new ByteArrayInputStream(jpeg))) {
      reader.setInput(in, true, true);
      List<String> warnings = new ArrayList<>();
      reader.addIIOReadWarningListener((from, warning) -> warnings.add(warning));
      Raster raster = reader.readRaster(0, null);
      // What is missing would silently be grey, and missing scans blurred.
      String said = warnings.toString().toLowerCase(Locale.ROOT);
      if (said.contains("premature end") || (progressive && said.contains("missing eoi"))) {
        throw Limits.cutShort(warnings.toString());
      }
      byte[] data = ((DataBufferByte) raster.getDataBuffer()).getData();
      if (raster.getNumBands() != ids.length || data.length != (long) ids.length * width * height) {
        throw new IOException("broken: " + raster.getNumBands() + " bands from the JPEG decoder");
      }
      return data;
    } finally {
      reader.dispose();
    }
  }

  /** The JDK's own, whatever else is installed. */
  private static ImageReader reader() {
    for (Iterator<ImageReader> all = ImageIO.getImageReadersByFormatName("jpeg"); all.hasNext(); ) {
      ImageReader reader = all.next();
      if (reader.getClass().getModule() == ImageIO.class.getModule()) {
        return reader;
      }
      reader.dispose();
    }
    throw new IllegalStateException("this JDK has no JPEG decoder (module java.desktop)");
  }
}
