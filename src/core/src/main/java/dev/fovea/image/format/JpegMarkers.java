package dev.fovea.image.format;

import java.io.IOException;
import java.nio.ByteBuffer;

/** The segments of a JPEG, one after another; what lies between them is passed over. */
final class JpegMarkers {
  static final int END = 0xD9;
  static final int SCAN = 0xDA;

  private final ByteBuffer file;
  private ByteBuffer content = ByteBuffer.allocate(0);
  private int at;

  JpegMarkers(ByteBuffer file) {
    this.file = file;
    at = 2;
  }

  /** The next segment's marker, or -1 where the file ends. */
  int next() throws IOException {
    while (at + 2 <= file.limit()) {
      int marker = file.get(at + 1) & 0xFF;
      if (file.get(at) != -1 || marker == 0xFF) {
        at++;
      } else if (marker <= 1 || (marker >= 0xD0 && marker <= 0xD8)) {
        at += 2;
      } else if (marker == END) {
        return END;
      } else {
        return at + 4 > file.limit() ? -1 : segment(marker);
      }
    }
    return -1;
  }

  private int segment(int marker) throws IOException {
    int length = file.getShort(at + 2) & 0xFFFF;
    if (length < 2) {
      throw new IOException("broken: a JPEG segment of " + length + " bytes");
    }
    content = file.slice(at + 4, Math.min(length - 2, file.limit() - at - 4));
    at += 2 + length;
    return marker;
  }

  /** The last segment's content, as much of it as there is. */
  ByteBuffer content() {
    return content;
  }

  /** Where the segment ends, possibly after the file's end. */
  int position() {
    return at;
  }

  void position(int position) {
    at = position;
  }
}
