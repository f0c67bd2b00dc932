package dev.fovea.image;

import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.WRITE;

import ai.djl.modality.cv.output.CategoryMask;
import java.awt.Color;
import java.awt.Font;
import java.awt.FontMetrics;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import javax.imageio.ImageIO;

/**
 * A picture to look at: one row per image, with its ground truth and its prediction beside it, and
 * below them what the colours mean.
 *
 * @param overlay how masks are drawn
 * @param titles headings of the columns: of the image, then of each mask
 * @param tile the longer side of an image on the sheet, in pixels, about: small images are enlarged
 *     a whole number of times, so that their pixels stay square
 */
public record SegmentationSheet(Overlay overlay, List<String> titles, int tile) {
  private static final int MARGIN = 16;
  private static final int LINE = 24;
  private static final Color INK = new Color(0x22, 0x22, 0x22);

  /**
   * Copies the titles.
   *
   * @param overlay how masks are drawn
   * @param titles headings of the columns: of the image, then of each mask
   * @param tile the longer side of an image on the sheet, in pixels, about
   */
  public SegmentationSheet {
    titles = List.copyOf(titles);
    if (titles.isEmpty() || tile < 16) {
      throw new IllegalArgumentException(
          "a sheet needs a title and tiles of at least 16 pixels, not " + titles + " and " + tile);
    }
  }

  /** A sheet of images, ground truths and predictions, with class 0 as the background. */
  public SegmentationSheet() {
    this(new Overlay(), List.of("Image", "Ground truth", "Prediction"), 288);
  }

  /**
   * One row of the sheet.
   *
   * @param image the image
   * @param masks what is drawn beside it, each of the image's size: one fewer than there are titles
   */
  public record Row(Pixels image, List<CategoryMask> masks) {
    /**
     * Copies the masks.
     *
     * @param image the image
     * @param masks what is drawn beside it, each of the image's size
     */
    public Row {
      masks = List.copyOf(masks);
    }
  }

  /**
   * Draws the sheet.
   *
   * @param rows at least one
   * @return a new image
   * @throws IllegalArgumentException if there is no row, or one has not as many masks as the titles
   *     say, or a mask has not the size of its image
   */
  public BufferedImage draw(List<Row> rows) {
    if (rows.isEmpty()) {
      throw new IllegalArgumentException("a sheet needs at least one row");
    }
    Map<Integer, String> legend = new TreeMap<>();
    List<List<BufferedImage>> cells = rows.stream().map(row -> cells(row, legend)).toList();
    int step = MARGIN;
    int height = 2 * MARGIN + LINE;
    for (List<BufferedImage> row : cells) {
      step = Math.max(step, row.get(0).getWidth() + MARGIN);
      height += row.get(0).getHeight() + MARGIN;
    }
    int width = MARGIN + titles.size() * step;
    List<Map<Integer, String>> lines = wrap(legend, width - 2 * MARGIN);
    height += lines.size() * LINE;

    BufferedImage sheet = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    Graphics2D g = graphics(sheet);
    g.setColor(Color.WHITE);
    g.fillRect(0, 0, width, height);
    g.setColor(INK);
    g.setFont(font(Font.BOLD));
    for (int i = 0; i < titles.size(); i++) {
      g.drawString(titles.get(i), MARGIN + i * step, MARGIN + baseline(g));
    }
    int y = MARGIN + LINE + MARGIN / 2;
    for (List<BufferedImage> row : cells) {
      for (int i = 0; i < row.size(); i++) {
        g.drawImage(row.get(i), MARGIN + i * step, y, null);
      }
      y += row.get(0).getHeight() + MARGIN;
    }
    for (int i = 0; i < lines.size(); i++) {
      drawLegend(g, lines.get(i), y - MARGIN / 2 + i * LINE);
    }
    g.dispose();
    return sheet;
  }

  /**
   * Writes an image as PNG; whoever reads the file sees the old content or the new, never a part.
   *
   * @param image any image
   * @param file where to; its folder must exist
   * @throws IOException if it cannot be written
   */
  public static void write(BufferedImage image, Path file) throws IOException {
    Path temporary = file.resolveSibling("." + file.getFileName() + "." + UUID.randomUUID());
    try {
      try (FileChannel channel = FileChannel.open(temporary, CREATE_NEW, WRITE);
          OutputStream out = Channels.newOutputStream(channel)) {
        ImageIO.write(image, "png", out);
        channel.force(true);
      }
      Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(temporary);
    }
  }

  private List<BufferedImage> cells(Row row, Map<Integer, String> legend) {
    if (row.masks().size() != titles.size() - 1) {
      throw new IllegalArgumentException(
          row.masks().size() + " masks do not fit the titles " + titles);
    }
    List<BufferedImage> cells = new ArrayList<>();
    cells.add(scale(row.image().toBufferedImage()));
    for (CategoryMask mask : row.masks()) {
      cells.add(scale(overlay.draw(row.image(), mask)));
      addClasses(mask, legend);
    }
    return cells;
  }

  private void addClasses(CategoryMask mask, Map<Integer, String> legend) {
    for (int[] row : mask.getMask()) {
      for (int category : row) {
        if (overlay.tints(category, mask)) {
          legend.putIfAbsent(category, mask.getClasses().get(category));
        }
      }
    }
  }

  private BufferedImage scale(BufferedImage image) {
    int longer = Math.max(image.getWidth(), image.getHeight());
    double fit = (double) tile / longer;
    double factor = fit < 1 ? fit : Math.floor(fit);
    int width = Math.max(1, (int) Math.round(image.getWidth() * factor));
    int height = Math.max(1, (int) Math.round(image.getHeight() * factor));
    Resample filter = factor < 1 ? Resample.LANCZOS : Resample.NEAREST;
    return filter.resize(Pixels.of(image), width, height).toBufferedImage();
  }

  private static List<Map<Integer, String>> wrap(Map<Integer, String> legend, int width) {
    Graphics2D g = graphics(new BufferedImage(1, 1, BufferedImage.TYPE_INT_RGB));
    List<Map<Integer, String>> lines = new ArrayList<>();
    int used = width;
    for (Map.Entry<Integer, String> entry : legend.entrySet()) {
      int needed = entryWidth(g, entry.getValue());
      if (used + needed > width) {
        lines.add(new LinkedHashMap<>());
        used = 0;
      }
      lines.get(lines.size() - 1).put(entry.getKey(), entry.getValue());
      used += needed;
    }
    g.dispose();
    return lines;
  }

  private void drawLegend(Graphics2D g, Map<Integer, String> line, int y) {
    int x = MARGIN;
    g.setFont(font(Font.PLAIN));
    for (Map.Entry<Integer, String> entry : line.entrySet()) {
      g.setColor(new Color(overlay.color(entry.getKey())));
      g.fillRect(x, y + (LINE - 14) / 2, 14, 14);
      g.setColor(INK);
      g.drawString(entry.getValue(), x + 20, y + baseline(g));
      x += entryWidth(g, entry.getValue());
    }
  }

  private static int entryWidth(Graphics2D g, String name) {
    return 20 + g.getFontMetrics(font(Font.PLAIN)).stringWidth(name) + 20;
  }

  private static int baseline(Graphics2D g) {
    FontMetrics metrics = g.getFontMetrics();
    return (LINE + metrics.getAscent() - metrics.getDescent()) / 2;
  }

  private static Graphics2D graphics(BufferedImage image) {
    Graphics2D g = image.createGraphics();
    g.setRenderingHint(
        RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
    g.setFont(font(Font.PLAIN));
    return g;
  }

  private static Font font(int style) {
    return new Font(Font.SANS_SERIF, style, 15);
  }
}
