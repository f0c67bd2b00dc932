package dev.fovea.benchmark;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The times of one model by mode, as they come in. */
final class Results {

  private final Map<String, List<Double>> times = new LinkedHashMap<>();

  void add(String mode, double[] block) {
    List<Double> all = times.computeIfAbsent(mode, m -> new ArrayList<>());
    Arrays.stream(block).forEach(all::add);
  }

  /** Median, in milliseconds. */
  double median(String mode) {
    double[] sorted =
        times.getOrDefault(mode, List.of()).stream().mapToDouble(t -> t).sorted().toArray();
    if (sorted.length == 0) {
      return Double.NaN;
    }
    int half = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
  }

  double min(String mode) {
    return times.getOrDefault(mode, List.of()).stream()
        .mapToDouble(t -> t)
        .min()
        .orElse(Double.NaN);
  }

  /** How many times as fast as eager execution in the same process. */
  double ratio(String mode) {
    String process = mode.substring(0, mode.indexOf(' '));
    return median(process + " eager") / median(mode);
  }

  /** The peer's median over Fovea's; not a number without a peer. */
  double againstPeer(String mode) {
    return median(peer(mode)) / median(mode);
  }

  /** The same of the shortest times, which other work on the machine disturbs less. */
  double leastAgainstPeer(String mode) {
    return min(peer(mode)) / min(mode);
  }

  private static String peer(String mode) {
    return "python " + mode.substring(mode.indexOf(' ') + 1).replace("-open", "");
  }

  Map<String, Map<String, Double>> toJson() {
    Map<String, Map<String, Double>> json = new LinkedHashMap<>();
    for (String mode : times.keySet()) {
      Map<String, Double> numbers = new LinkedHashMap<>();
      put(numbers, "median_ms", median(mode));
      put(numbers, "min_ms", min(mode));
      put(numbers, "runs", times.get(mode).size());
      put(numbers, "ratio_to_eager", ratio(mode));
      if (mode.startsWith(FoveaModes.PREFIX)) {
        put(numbers, "ratio_to_python", againstPeer(mode));
        put(numbers, "ratio_to_python_of_min", leastAgainstPeer(mode));
      }
      json.put(mode, numbers);
    }
    return json;
  }

  private static void put(Map<String, Double> numbers, String name, double value) {
    if (!Double.isNaN(value)) {
      numbers.put(name, value);
    }
  }

  /** One row a mode. */
  String toMarkdown(String title) {
    StringBuilder text = new StringBuilder();
    text.append("| ").append(title);
    text.append(
        " | median ms | min ms | x eager | x Python | of min |\n| --- | ---: | ---: | ---: | ---: | ---: |\n");
    for (String mode : times.keySet()) {
      String peer =
          mode.startsWith(FoveaModes.PREFIX) && !Double.isNaN(againstPeer(mode))
              ? String.format(Locale.ROOT, "%.2f | %.2f", againstPeer(mode), leastAgainstPeer(mode))
              : " | ";
      text.append(
          String.format(
              Locale.ROOT,
              "| %s | %.1f | %.1f | %.2f | %s |%n",
              mode,
              median(mode),
              min(mode),
              ratio(mode),
              peer));
    }
    return text.toString();
  }
}
