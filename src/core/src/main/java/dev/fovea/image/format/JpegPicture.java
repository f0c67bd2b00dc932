package dev.fovea.image.format;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Decodes the scans of a JPEG, and makes a picture of them. */
final class JpegPicture {
  /** More are an attack on the processor. */
  private static final int MAX_SCANS = 500;

  private final JpegFrame frame;
  private final JpegColors colors;
  private final byte[] file;
  private final JpegTables tables = new JpegTables();
  private final JpegProgress progress;
  private final JpegTransform transform;

  JpegPicture(ByteBuffer bytes, JpegFrame frame, JpegColors colors) {
    this.frame = frame;
    this.colors = colors;
    file = new byte[bytes.limit()]; // scans are changed while they are read
    bytes.get(0, file);
    progress = new JpegProgress(frame);
    transform = new JpegTransform(frame);
  }

  byte[] decode() throws IOException {
    JpegMarkers markers = new JpegMarkers(ByteBuffer.wrap(file));
    int scans = 0;
    for (int marker = markers.next(); marker != JpegMarkers.END; marker = markers.next()) {
      if (marker < 0) {
        throw Limits.cutShort(scans == 0 ? "no pixel of the JPEG is there" : "scans are missing");
      }
      if (marker != JpegMarkers.SCAN) {
        tables.read(marker, markers.content());
        continue;
      }
      if (markers.position() >= file.length) {
        throw Limits.cutShort("no pixel of the JPEG is there");
      }
      if (++scans > MAX_SCANS) {
        throw new IOException("a JPEG of more than " + MAX_SCANS + " scans");
      }
      JpegBits bits = new JpegBits(file, markers.position());
      List<JpegComponent> components = components(markers.content());
      boolean kept = frame.isKept(components.size());
      if (!kept && scans == 1) {
        codes(components, true, true);
        return paint(new JpegSequentialScan(frame, components, bits, tables.restarts, transform));
      }
      if (scans == 1) {
        frame.components.forEach(JpegComponent::keep);
      }
      scan(markers.content(), components, bits).read();
      markers.position(bits.position());
    }
    progress.check();
    return paint(null);
  }

  private List<JpegComponent> components(ByteBuffer content) throws IOException {
    int count = content.get();
    List<JpegComponent> all = new ArrayList<>();
    int blocks = 0;
    for (int i = 0; i < count; i++) {
      int id = content.get() & 0xFF;
      int codes = content.get() & 0xFF;
      JpegComponent component = null;
      for (JpegComponent c : frame.components) {
        component = component == null && c.id == id && !all.contains(c) ? c : component;
      }
      if (component == null) {
        throw new IOException("broken: a JPEG scan of the unknown component " + id);
      }
      component.last = 0;
      component.codes = codes;
      if (component.steps.length == 0) {
        component.steps = tables.steps(component.quantizer);
      }
      blocks += component.across * component.down;
      all.add(component);
    }
    if (count < 1 || (count > 1 && blocks > 10)) {
      throw new IOException("broken: a JPEG scan of " + blocks + " blocks at once");
    }
    return all;
  }

  private JpegScan scan(ByteBuffer content, List<JpegComponent> components, JpegBits bits)
      throws IOException {
    int from = content.get();
    int to = content.get();
    int approximation = content.get() & 0xFF;
    if (!frame.progressive) {
      codes(components, true, true);
      return new JpegSequentialScan(frame, components, bits, tables.restarts, null);
    }
    int high = approximation >> 4;
    int low = approximation & 15;
    boolean first = from == 0;
    boolean known = first ? to == 0 : from > 0 && from <= to && to < 64 && components.size() == 1;
    if (!known || low > 13 || (high > 0 && high - 1 != low)) {
      throw new IOException(
          "broken: a JPEG scan of the values "
              + from
              + " to "
              + to
              + ", bits "
              + high
              + ", "
              + low);
    }
    codes(components, first && high == 0, !first);
    progress.add(components, from, to, low);
    return new JpegProgressiveScan(
        frame, components, bits, tables.restarts, from, to, high > 0, low);
  }

  private void codes(List<JpegComponent> components, boolean first, boolean others)
      throws IOException {
    for (JpegComponent c : components) {
      c.first = first ? tables.code(c.codes >> 4) : JpegCode.NONE;
      c.others = others ? tables.code(0x10 | (c.codes & 15)) : JpegCode.NONE;
    }
  }

  /** Makes the picture; of a direct scan, row by row as it is read. */
  private byte[] paint(@Nullable JpegScan direct) throws IOException {
    byte[] rgb = Limits.rgb(frame.width, frame.height);
    if (colors == JpegColors.YCC && frame.isUnsampled()) {
      transform.paintTo(rgb);
      for (int m = 0; m < frame.rows; m++) {
        read(direct, m);
      }
      return rgb;
    }
    for (JpegComponent c : frame.components) {
      c.begin(frame.parts() == 2 && c.across == 2);
    }
    JpegUpsampling[] rows = new JpegUpsampling[frame.components.size()];
    boolean around = false;
    for (int i = 0; i < rows.length; i++) {
      rows[i] = new JpegUpsampling(frame.components.get(i), frame);
      around |= rows[i].looksAround();
    }
    int[][] row = new int[frame.parts()][8 * frame.across * frame.columns / frame.parts()];
    int height = 8 * frame.down;
    int y = 0;
    for (int m = 0; m < frame.rows; m++) {
      read(direct, m);
      int ready = (m + 1) * height - (around ? frame.down : 0);
      for (; y < (m + 1 == frame.rows ? frame.height : ready); y++) {
        for (JpegUpsampling upsampling : rows) {
          upsampling.row(y);
        }
        colors.paint(rows, row, frame.width, rgb, 3 * y * frame.width);
      }
    }
    return rgb;
  }

  private void read(@Nullable JpegScan direct, int m) throws IOException {
    if (direct == null) {
      transform(m);
    } else {
      direct.row(m);
    }
  }

  /** Transforms a row of macroblocks that was kept. */
  private void transform(int m) {
    for (int from = 0; from < frame.columns; from += frame.batch) {
      int to = Math.min(frame.columns, from + frame.batch);
      for (JpegComponent c : frame.components) {
        for (int column = from; column < to; column++) {
          macroblock(c, m, column, column - from);
        }
      }
      transform.undo(m, from, to - from);
    }
  }

  private void macroblock(JpegComponent c, int m, int column, int number) {
    int to = number;
    for (int row = m * c.down; row < (m + 1) * c.down; row++) {
      for (int x = column * c.across; x < (column + 1) * c.across; x++, to += frame.batch) {
        int block = row * c.columns + x;
        for (long rest = c.filled[block]; rest != 0; rest &= rest - 1) {
          int k = Long.numberOfTrailingZeros(rest);
          c.waiting[c.order[k] + to] = c.values[64 * block + k] * c.steps[k];
        }
      }
      to += c.gap;
    }
  }
}
