package dev.fovea.cli;

import java.io.PrintStream;
import java.time.Duration;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * One line that is redrawn while a long step runs. Where the output is not a terminal it prints a
 * line for each tenth instead, so that a log stays readable.
 */
final class ProgressBar {

  private static final int WIDTH = 24;

  private final PrintStream out;
  private final boolean terminal;
  private final String title;
  private int lastTenth = -1;

  ProgressBar(String title, PrintStream out, boolean terminal) {
    this.title = title;
    this.out = out;
    this.terminal = terminal;
  }

  /** A bar on standard error; the launcher says whether that is a terminal. */
  static ProgressBar onStandardError(String title) {
    return new ProgressBar(title, System.err, System.getenv("FOVEA_TERMINAL") != null);
  }

  /** Draws the bar at {@code done} of {@code total}, followed by free text and the time left. */
  void update(long done, long total, String text, @Nullable Duration left) {
    int tenth = (int) (10 * done / total);
    if (!terminal && tenth == lastTenth) {
      return;
    }
    lastTenth = tenth;
    int filled = (int) (WIDTH * done / total);
    StringBuilder line = new StringBuilder();
    line.append(terminal ? "\r" : "").append(title).append(" [");
    line.append("=".repeat(filled)).append(" ".repeat(WIDTH - filled)).append("] ");
    line.append(String.format(Locale.ROOT, "%d/%d  %s", done, total, text));
    if (left != null) {
      line.append("  ").append(clock(left)).append(" left");
    }
    if (terminal) {
      out.print(line.append("\u001b[K")); // clears what an older, longer line left behind
      if (done == total) {
        out.println();
      }
    } else {
      out.println(line);
    }
    out.flush();
  }

  static String clock(Duration time) {
    return String.format(Locale.ROOT, "%d:%02d", time.toMinutes(), time.toSecondsPart());
  }
}
