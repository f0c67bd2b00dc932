package dev.fovea.optimizer;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The most memory that this process held at a time, as Linux counts it: see {@code
 * /proc/[pid]/clear_refs} and VmHWM in {@code /proc/[pid]/status} in proc(5).
 */
class PeakMemory {

  private static final Path CLEAR = Path.of("/proc/self/clear_refs");
  private static final Path STATUS = Path.of("/proc/self/status");
  private static final Pattern PEAK = Pattern.compile("VmHWM:\\s+(\\d+) kB");
  private static final String RESET_PEAK = "5";

  /** Starts counting anew; false where the system cannot. */
  boolean reset() {
    try {
      Files.writeString(CLEAR, RESET_PEAK, StandardOpenOption.WRITE);
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  OptionalLong peak() {
    try {
      Matcher matcher = PEAK.matcher(Files.readString(STATUS));
      return matcher.find()
          ? OptionalLong.of(Long.parseLong(matcher.group(1)) * 1024)
          : OptionalLong.empty();
    } catch (IOException e) {
      return OptionalLong.empty();
    }
  }
}
