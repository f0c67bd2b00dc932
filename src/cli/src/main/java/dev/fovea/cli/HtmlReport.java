package dev.fovea.cli;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;
import org.jspecify.annotations.Nullable;

/** A page that needs nothing beside it: pictures are inside, there is no script. */
final class HtmlReport {

  private static final String STYLE =
      """
      :root { color-scheme: light; --ink: #1c2430; --soft: #5b6675; --line: #e3e6ea; --accent: #0072b2; }
      * { box-sizing: border-box; }
      body { margin: 0; font: 16px/1.55 system-ui, sans-serif; color: var(--ink); background: #f6f7f9; }
      main { max-width: 1000px; margin: 0 auto; padding: 40px 24px 64px; }
      h1 { font-size: 30px; margin: 0 0 4px; } h2 { font-size: 20px; margin: 0 0 12px; }
      .lead { color: var(--soft); margin: 0 0 28px; }
      section { background: #fff; border: 1px solid var(--line); border-radius: 10px; padding: 24px; margin: 0 0 20px; }
      img { max-width: 100%; height: auto; display: block; margin: 0 auto; }
      .figures { display: flex; flex-wrap: wrap; gap: 12px; margin: 0 0 20px; }
      .figure { flex: 1 1 150px; background: #fff; border: 1px solid var(--line); border-radius: 10px; padding: 16px 20px; }
      .figure b { display: block; font-size: 26px; color: var(--accent); } .figure span { color: var(--soft); font-size: 14px; }
      .scroll { overflow-x: auto; }
      table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
      th, td { text-align: right; padding: 8px 10px; border-bottom: 1px solid var(--line); }
      th:first-child, td:first-child { text-align: left; } th { color: var(--soft); font-weight: 600; font-size: 14px; }
      p.note { color: var(--soft); font-size: 14px; margin: 12px 0 0; overflow-wrap: anywhere; }
      """;

  private final String title;
  private final String lead;
  private final StringBuilder body = new StringBuilder();

  /** A page with a title and a sentence below it. */
  HtmlReport(String title, String lead) {
    this.title = title;
    this.lead = lead;
  }

  /** A number that matters: as it is to be read, and what it is. */
  record Figure(String value, String label) {}

  /** Numbers that matter, side by side. */
  HtmlReport figures(List<Figure> figures) {
    body.append("<div class=\"figures\">\n");
    for (Figure figure : figures) {
      body.append("<div class=\"figure\"><b>")
          .append(escape(figure.value()))
          .append("</b><span>")
          .append(escape(figure.label()))
          .append("</span></div>\n");
    }
    body.append("</div>\n");
    return this;
  }

  /** A section with a picture, and perhaps a note below it. */
  HtmlReport section(String heading, BufferedImage image, @Nullable String note)
      throws IOException {
    open(heading);
    body.append(image(heading, image));
    return close(note);
  }

  /**
   * A section with a table, and perhaps a picture and a note below it.
   *
   * @param header the names of the columns; empty for none
   * @param rows as many cells each as there are columns
   */
  HtmlReport table(
      String heading,
      List<String> header,
      List<List<String>> rows,
      @Nullable BufferedImage image,
      @Nullable String note)
      throws IOException {
    open(heading);
    body.append("<div class=\"scroll\"><table>\n");
    if (!header.isEmpty()) {
      row("th", header);
    }
    rows.forEach(cells -> row("td", cells));
    body.append("</table></div>\n");
    if (image != null) {
      body.append(image(heading, image));
    }
    return close(note);
  }

  /** The last section: what the page was made with. */
  HtmlReport provenance(Map<String, String> provenance) throws IOException {
    return table(
        "Provenance",
        List.of(),
        provenance.entrySet().stream()
            .map(entry -> List.of(entry.getKey(), entry.getValue()))
            .toList(),
        null,
        null);
  }

  /** The page. */
  String html() {
    return """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>%s</title>
        <style>
        %s</style>
        </head>
        <body>
        <main>
        <h1>%s</h1>
        <p class="lead">%s</p>
        %s</main>
        </body>
        </html>
        """
        .formatted(escape(title), STYLE, escape(title), escape(lead), body);
  }

  private void open(String heading) {
    body.append("<section>\n<h2>").append(escape(heading)).append("</h2>\n");
  }

  private HtmlReport close(@Nullable String note) {
    if (note != null) {
      body.append("<p class=\"note\">").append(escape(note)).append("</p>\n");
    }
    body.append("</section>\n");
    return this;
  }

  private void row(String kind, List<String> cells) {
    body.append("<tr>");
    for (String cell : cells) {
      body.append("<%s>%s</%s>".formatted(kind, escape(cell), kind));
    }
    body.append("</tr>\n");
  }

  private static String image(String title, BufferedImage image) throws IOException {
    ByteArrayOutputStream png = new ByteArrayOutputStream();
    ImageIO.write(image, "png", png);
    return "<img alt=\"%s\" width=\"%d\" src=\"data:image/png;base64,%s\">%n"
        .formatted(
            escape(title), image.getWidth(), Base64.getEncoder().encodeToString(png.toByteArray()));
  }

  private static String escape(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;");
  }
}
