package dev.fovea.optimizer.backend;

import dev.fovea.optimizer.ir.Node;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Makes a run-time's kernels into layers of the model: finds the blocks that they come from. */
final class Profile {

  private final Set<String> sources = new HashSet<>();
  private final Map<String, String> sourceOfTensor = new HashMap<>();

  /** Keeps names alone. */
  Profile(List<Node> nodes) {
    for (Node node : nodes) {
      sources.add(node.source());
      sourceOfTensor.put(node.output().name(), node.source());
    }
  }

  /** What a kernel is known by. */
  private record Kernel(String name, String operation, String kernel) {}

  /** The mean of each kernel over the runs, in the order of their first appearance. */
  List<LayerTime> layers(List<KernelTime> times, int runs) {
    Map<Kernel, Long> nanos = new LinkedHashMap<>();
    long total = 0;
    for (KernelTime time : times) {
      nanos.merge(
          new Kernel(time.name(), time.operation(), time.kernel()), time.nanos(), Long::sum);
      total += time.nanos();
    }
    List<LayerTime> layers = new ArrayList<>();
    for (Map.Entry<Kernel, Long> entry : nanos.entrySet()) {
      Kernel kernel = entry.getKey();
      long sum = entry.getValue();
      layers.add(
          new LayerTime(
              source(kernel.name()),
              kernel.name(),
              kernel.operation(),
              kernel.kernel(),
              sum / 1e6 / runs,
              total == 0 ? 0 : (double) sum / total));
    }
    return layers;
  }

  /**
   * A node is named by its source, a slash and its operator, and what a run-time makes of it begins
   * with that name; or with that of the tensor that it computes, such as {@code logits_nchwc}.
   */
  String source(String name) {
    String known = sourceOfTensor.get(name);
    for (int end = name.length(); known == null && end > 0; end = cut(name, end)) {
      String start = name.substring(0, end);
      known = sources.contains(start) ? start : sourceOfTensor.get(start);
    }
    return known == null ? "" : known;
  }

  private static int cut(String name, int end) {
    return Math.max(name.lastIndexOf('/', end - 1), name.lastIndexOf('_', end - 1));
  }
}
