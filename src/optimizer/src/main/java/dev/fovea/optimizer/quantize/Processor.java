package dev.fovea.optimizer.quantize;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** What the processor has for 8-bit integers. */
final class Processor {

  private Processor() {}

  /** Where the flags cannot be read, the processor is taken for one that has VNNI. */
  static boolean lacksVnni() {
    try {
      return lacksVnni(Files.readAllLines(Path.of("/proc/cpuinfo")));
    } catch (IOException e) {
      return false;
    }
  }

  /** Decides by the lines of Linux' list of processors: avx512_vnni and avx_vnni will do. */
  static boolean lacksVnni(List<String> lines) {
    String flags = lines.stream().filter(l -> l.startsWith("flags")).findFirst().orElse("");
    return !flags.isEmpty() && !flags.contains("_vnni");
  }
}
