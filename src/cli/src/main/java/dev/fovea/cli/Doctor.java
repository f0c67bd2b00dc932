package dev.fovea.cli;

import ai.djl.engine.Engine;
import ai.djl.util.Utils;
import dev.fovea.cli.Diagnosis.Part;
import dev.fovea.cli.Diagnosis.State;
import dev.fovea.optimizer.backend.Backend;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** Looks at what this machine has, and says what to do about what it has not. */
final class Doctor {

  /** What is used when nothing else is asked for. */
  private static final Set<String> NEEDED = Set.of(Backend.ONNX_RUNTIME, Backend.PYTORCH);

  /** Instructions that make inference faster, by Linux's names. */
  private static final List<String> FLAGS =
      List.of("avx2", "avx_vnni", "avx512f", "avx512_vnni", "avx512_bf16", "amx_int8", "amx_bf16");

  private static final Path CPU = Path.of("/proc/cpuinfo");
  private static final double GIGABYTE = 1 << 30;

  private Doctor() {}

  static Diagnosis examine() {
    List<Part> parts = new ArrayList<>();
    parts.add(Part.ok("java", java()));
    parts.add(Part.ok("djl", djl()));
    Backend.all().forEach(backend -> parts.add(examine(backend)));
    parts.add(Part.ok("processor", processor()));
    parts.add(Part.ok("memory", memory()));
    parts.add(cache());
    return new Diagnosis(parts.stream().noneMatch(p -> p.state() == State.BROKEN), parts);
  }

  private static Map<String, String> java() {
    Map<String, String> found = new LinkedHashMap<>();
    found.put("version", Runtime.version().toString());
    found.put("home", System.getProperty("java.home"));
    found.put("system", System.getProperty("os.name") + " " + System.getProperty("os.arch"));
    return found;
  }

  private static Map<String, String> djl() {
    Map<String, String> found = new LinkedHashMap<>();
    found.put("version", String.valueOf(Engine.getDjlVersion()));
    found.put("engines", String.join(", ", Engine.getAllEngines()));
    return found;
  }

  private static Part examine(Backend backend) {
    try {
      return Part.ok(backend.name(), backend.diagnose());
    } catch (IllegalStateException e) {
      boolean needed = NEEDED.contains(backend.name());
      return new Part(
          backend.name(),
          needed ? State.BROKEN : State.MISSING,
          Map.of(),
          String.valueOf(e.getMessage()));
    }
  }

  private static Map<String, String> processor() {
    Map<String, String> found = new LinkedHashMap<>();
    try {
      List<String> lines = Files.isReadable(CPU) ? Files.readAllLines(CPU) : List.of();
      found.put("name", value(lines, "model name"));
      List<String> flags = List.of(value(lines, "flags").split(" ", -1));
      found.put("has", String.join(" ", FLAGS.stream().filter(flags::contains).toList()));
      found.put("lacks", String.join(" ", FLAGS.stream().filter(f -> !flags.contains(f)).toList()));
    } catch (IOException | IllegalArgumentException e) {
      found.put("flags", "unknown"); // other systems tell in other ways
    }
    found.put("processors", String.valueOf(Runtime.getRuntime().availableProcessors()));
    return found;
  }

  private static String value(List<String> lines, String key) {
    return lines.stream()
        .filter(line -> line.startsWith(key))
        .map(line -> line.substring(line.indexOf(':') + 1).strip())
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException(CPU + " has no " + key));
  }

  private static Map<String, String> memory() {
    Map<String, String> found = new LinkedHashMap<>();
    found.put("java heap at most", gigabytes(Runtime.getRuntime().maxMemory()));
    try {
      Path info = Path.of("/proc/meminfo");
      List<String> lines = Files.isReadable(info) ? Files.readAllLines(info) : List.of();
      found.put("machine", kilobytes(value(lines, "MemTotal")));
      found.put("free", kilobytes(value(lines, "MemAvailable")));
    } catch (IOException | IllegalArgumentException e) {
      found.put("machine", "unknown"); // other systems tell in other ways
    }
    return found;
  }

  private static String kilobytes(String text) {
    return gigabytes(Long.parseLong(text.replaceAll("\\D", "")) << 10);
  }

  private static String gigabytes(long bytes) {
    return String.format(Locale.ROOT, "%.1f GB", bytes / GIGABYTE);
  }

  /** Where native libraries and models are kept. */
  private static Part cache() {
    Map<String, String> found = new LinkedHashMap<>();
    Path folder = Utils.getCacheDir();
    found.put("djl", folder.toString());
    found.put("native libraries", Utils.getEngineCacheDir().toString());
    try {
      Path existing = folder.toAbsolutePath();
      while (!Files.exists(existing) && existing.getParent() != null) {
        existing = existing.getParent();
      }
      FileStore store = Files.getFileStore(existing);
      found.put("free", gigabytes(store.getUsableSpace()));
      if (!Files.isWritable(existing)) {
        return new Part(
            "cache",
            State.BROKEN,
            found,
            existing
                + " cannot be written: models and native libraries cannot be kept. Set"
                + " DJL_CACHE_DIR to a folder of yours");
      }
    } catch (IOException e) {
      return new Part("cache", State.MISSING, found, folder + ": " + e.getMessage());
    }
    return Part.ok("cache", found);
  }
}
