package dev.fovea.cli;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Locale;
import java.util.UUID;

/**
 * Writes a matrix of float32 as NumPy's {@code .npy}, format 1.0, row by row; the file appears when
 * it is complete.
 *
 * @see <a href="https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html">the
 *     format</a>
 */
final class NpyFile implements Closeable {
  private static final int HEADER = 128; // a multiple of 64, as NumPy aligns it

  private final Path file;
  private final Path unfinished;
  private final FileChannel channel;
  private int columns = -1;
  private long rows;

  NpyFile(Path file) throws IOException {
    this.file = file;
    this.unfinished = file.resolveSibling("." + file.getFileName() + "." + UUID.randomUUID());
    this.channel =
        FileChannel.open(unfinished, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    channel.position(HEADER);
  }

  /** Appends a row; all rows have one length. */
  void add(float[] row) throws IOException {
    if (columns >= 0 && row.length != columns) {
      throw new IllegalArgumentException(
          file + " has rows of " + columns + " values, not of " + row.length);
    }
    columns = row.length;
    rows++;
    ByteBuffer bytes = ByteBuffer.allocate(4 * row.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(row);
    write(bytes);
  }

  /** Writes the number of rows and gives the file its name. */
  void finish() throws IOException {
    String shape = String.format(Locale.ROOT, "(%d, %d)", rows, Math.max(0, columns));
    String dictionary = "{'descr': '<f4', 'fortran_order': False, 'shape': " + shape + ", }";
    ByteBuffer header = ByteBuffer.allocate(HEADER).order(ByteOrder.LITTLE_ENDIAN);
    header.put(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0});
    header.putShort((short) (HEADER - 10));
    header.put(dictionary.getBytes(StandardCharsets.US_ASCII));
    while (header.remaining() > 1) {
      header.put((byte) ' ');
    }
    header.put((byte) '\n').flip();
    channel.position(0);
    write(header);
    channel.force(true);
    channel.close();
    Files.move(
        unfinished, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  private void write(ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  /** Drops the file unless it was finished. */
  @Override
  public void close() throws IOException {
    channel.close();
    Files.deleteIfExists(unfinished);
  }
}
