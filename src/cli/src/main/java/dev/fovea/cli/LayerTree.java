package dev.fovea.cli;

import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * The layers of a network by their dotted paths, with what their parameters sum up to; empty parts
 * of a path do not appear.
 */
final class LayerTree {
  private final String name;
  private final Map<String, LayerTree> children = new LinkedHashMap<>();
  private final Set<String> types = new TreeSet<>();
  private long parameters;
  private long macs;

  LayerTree(String name) {
    this.name = name;
  }

  /** Adds a tensor under its path, such as {@code stages.0.blocks.1.mlp.fc1.weight}. */
  void addTensor(String path, long elements, String type) {
    LayerTree at = this;
    at.parameters += elements;
    at.types.add(type);
    for (String part : path.split("\\.", -1)) {
      at = at.children.computeIfAbsent(part, LayerTree::new);
      at.parameters += elements;
      at.types.add(type);
    }
  }

  /** Adds multiply-accumulates to a layer and all above it, as far down as layers are known. */
  void addMacs(String path, long count) {
    LayerTree at = this;
    at.macs += count;
    for (String part : path.split("[./]", -1)) {
      LayerTree child = at.children.get(part);
      if (child == null) {
        return;
      }
      at = child;
      at.macs += count;
    }
  }

  long parameters() {
    return parameters;
  }

  long macs() {
    return macs;
  }

  Set<String> types() {
    return types;
  }

  /** Prints the layers down to a depth; tensors themselves are no layers. */
  void print(int depth, PrintWriter out) {
    for (LayerTree child : children.values()) {
      child.print(0, depth, out);
    }
  }

  private void print(int level, int depth, PrintWriter out) {
    if (level >= depth || (children.isEmpty() && level > 0)) {
      return;
    }
    String count = macs == 0 ? "" : String.format(Locale.ROOT, "%10.3f GMAC", macs / 1e9);
    out.printf(
        Locale.ROOT,
        "%-44s %,14d  %-18s%s%n",
        "  ".repeat(level) + name,
        parameters,
        String.join(", ", types),
        count);
    children.values().forEach(child -> child.print(level + 1, depth, out));
  }
}
