package dev.fovea.weights;

import ai.djl.ndarray.types.Shape;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What loading a checkpoint into a block did, or would have to do.
 *
 * @param loaded paths that block and checkpoint both have, with equal shapes
 * @param missing parameters of the block that the checkpoint lacks, with their shapes
 * @param unexpected tensors of the checkpoint that the block lacks, with their shapes; integer
 *     tensors, such as the counters of batch normalization, do not count
 * @param mismatched paths that both have, with other shapes or types
 * @param skipped paths, of the block or the checkpoint, that were left out on request
 */
public record LoadReport(
    List<String> loaded,
    Map<String, Shape> missing,
    Map<String, Shape> unexpected,
    List<Mismatch> mismatched,
    List<String> skipped) {
  private static final int MOST_LISTED = 20;

  /**
   * A path that a block and a checkpoint understand differently.
   *
   * @param path the path
   * @param expected what the block has
   * @param found what the checkpoint has
   */
  public record Mismatch(String path, TensorInfo expected, TensorInfo found) {}

  /**
   * Creates a report.
   *
   * @param loaded paths that block and checkpoint both have
   * @param missing parameters that the checkpoint lacks
   * @param unexpected tensors that the block lacks
   * @param mismatched paths with other shapes or types
   * @param skipped paths that were left out on request
   */
  public LoadReport {
    loaded = List.copyOf(loaded);
    missing = Collections.unmodifiableMap(new LinkedHashMap<>(missing));
    unexpected = Collections.unmodifiableMap(new LinkedHashMap<>(unexpected));
    mismatched = List.copyOf(mismatched);
    skipped = List.copyOf(skipped);
  }

  /**
   * Tells whether every parameter has its tensor and every tensor its parameter, but for those
   * skipped.
   *
   * @return true if nothing is missing, unexpected or mismatched
   */
  public boolean isClean() {
    return missing.isEmpty() && unexpected.isEmpty() && mismatched.isEmpty();
  }

  /** One line a fault: the path, its shape, and the path on the other side that comes nearest. */
  String faults() {
    StringBuilder text = new StringBuilder();
    list(text, "missing", missing, unexpected, "the file");
    list(text, "unexpected", unexpected, missing, "the model");
    for (Mismatch m : mismatched.subList(0, Math.min(MOST_LISTED, mismatched.size()))) {
      text.append("\n  mismatched ").append(WeightsFormatException.printable(m.path));
      text.append(": the model has ").append(m.expected.dataType()).append(' ');
      text.append(m.expected.shape()).append(", the file ").append(m.found.dataType());
      text.append(' ').append(m.found.shape());
    }
    more(text, "mismatched", mismatched.size());
    return text.toString();
  }

  private void list(
      StringBuilder text,
      String kind,
      Map<String, Shape> faults,
      Map<String, Shape> others,
      String side) {
    faults.entrySet().stream()
        .limit(MOST_LISTED)
        .forEach(
            fault -> {
              String path = WeightsFormatException.printable(fault.getKey());
              text.append("\n  ").append(kind).append(' ').append(path);
              text.append(' ').append(fault.getValue()).append("; nearest in ").append(side);
              // A path that is taken already is a poor guess while others are left over.
              String free = nearest(path, others.keySet());
              String nearest = free != null ? free : nearest(path, loaded);
              text.append(": ").append(nearest == null ? "none" : nearest);
              if (free != null) {
                text.append(' ').append(others.get(free));
              }
            });
    more(text, kind, faults.size());
  }

  private static void more(StringBuilder text, String kind, int count) {
    if (count > MOST_LISTED) {
      text.append("\n  ... and ").append(count - MOST_LISTED).append(" more ").append(kind);
    }
  }

  private static @Nullable String nearest(String path, Collection<String> candidates) {
    String best = null;
    int least = Integer.MAX_VALUE;
    for (String candidate : candidates) {
      String shown = WeightsFormatException.printable(candidate);
      int distance = distance(path, shown);
      if (distance < least) {
        least = distance;
        best = candidate;
      }
    }
    return best;
  }

  /** Levenshtein distance, one row at a time. */
  private static int distance(String a, String b) {
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int substituted = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(substituted, Math.min(row[j], row[j - 1]) + 1);
      }
    }
    return row[b.length()];
  }
}
