package dev.fovea.weights;

import java.io.IOException;
import java.io.Reader;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.ReadableByteChannel;
import java.nio.charset.StandardCharsets;

/**
 * The text of a header, decoded as it is read.
 *
 * <p>A header of the full 100 MB is legal when it is padding; as one long name it would take a
 * multiple of that on the heap. Therefore the characters within quotes are counted and limited.
 */
final class HeaderText extends Reader {
  static final int MOST_TEXT = 8 << 20;
  private static final int BUFFER = 8192;

  private final String source;
  private final Reader decoded;
  private final boolean counts;
  private boolean quoted;
  private boolean escaped;
  private long text;

  HeaderText(FileChannel file, long position, long length, String source) {
    this.source = source;
    counts = length > MOST_TEXT;
    // A new decoder reports malformed bytes instead of replacing them.
    decoded =
        Channels.newReader(
            new Section(file, position, position + length),
            StandardCharsets.UTF_8.newDecoder(),
            BUFFER);
  }

  @Override
  public int read(char[] buffer, int offset, int count) throws IOException {
    int read = decoded.read(buffer, offset, count);
    if (counts) {
      count(buffer, offset, read);
    }
    return read;
  }

  private void count(char[] buffer, int offset, int read) throws IOException {
    for (int i = offset; i < offset + read; i++) {
      char c = buffer[i];
      if (!quoted) {
        quoted = c == '"';
      } else {
        text++;
        quoted = escaped || c != '"';
        escaped = !escaped && c == '\\';
      }
    }
    if (text > MOST_TEXT) {
      throw new WeightsFormatException(
          source, "header has more than " + MOST_TEXT + " characters of text");
    }
  }

  @Override
  public void close() {}

  /** A range of a file, read without moving the file's own position. */
  private static final class Section implements ReadableByteChannel {
    private final FileChannel file;
    private final long end;
    private long position;

    Section(FileChannel file, long position, long end) {
      this.file = file;
      this.position = position;
      this.end = end;
    }

    @Override
    public int read(ByteBuffer target) throws IOException {
      if (position >= end) {
        return -1;
      }
      int limit = target.limit();
      target.limit((int) Math.min(limit, target.position() + (end - position)));
      int read = file.read(target, position);
      target.limit(limit);
      position += Math.max(read, 0);
      return read;
    }

    @Override
    public boolean isOpen() {
      return file.isOpen();
    }

    @Override
    public void close() {}
  }
}
