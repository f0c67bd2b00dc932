package dev.fovea.weights;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A checkpoint seen through rules. It holds names and shapes; tensors are read when asked for. */
final class RuledView implements Checkpoint {

  /** How a tensor of the view comes about. */
  private interface Recipe {
    NDArray read(NDManager manager) throws IOException;
  }

  /** A tensor that is joined from several by a rule. */
  private record Joint(Rule rule, String path) {}

  private record Part(String name, TensorInfo info) {}

  private final Checkpoint from;
  private final Map<String, Recipe> recipes = new LinkedHashMap<>();

  private final Map<String, TensorInfo> infos = new LinkedHashMap<>();

  private RuledView(Checkpoint from) {
    this.from = from;
  }

  static Checkpoint of(Checkpoint from, List<Rule> rules) throws IOException {
    RuledView view = new RuledView(from);
    Map<Joint, SortedMap<Integer, Part>> joints = new LinkedHashMap<>();
    for (Map.Entry<String, TensorInfo> entry : from.tensors().entrySet()) {
      String name = entry.getKey();
      TensorInfo info = entry.getValue();
      Rule.Match match = firstMatch(rules, name);
      if (match == null) {
        view.put(name, info, manager -> from.read(manager, name));
      } else if (match.rule().inputs() > 1) {
        joints
            .computeIfAbsent(new Joint(match.rule(), match.targets().get(0)), j -> new TreeMap<>())
            .put(match.part(), new Part(name, info));
      } else if (match.targets().size() == 1) {
        view.rename(name, info, match);
      } else if (match.targets().size() > 1) {
        view.split(name, info, match.targets());
      }
    }
    for (Map.Entry<Joint, SortedMap<Integer, Part>> joint : joints.entrySet()) {
      view.merge(joint.getKey(), joint.getValue());
    }
    return view;
  }

  private static Rule.@Nullable Match firstMatch(List<Rule> rules, String name) {
    for (Rule rule : rules) {
      Rule.Match match = rule.match(name);
      if (match != null) {
        return match;
      }
    }
    return null;
  }

  private void rename(String name, TensorInfo info, Rule.Match match) throws IOException {
    Layout layout = match.rule().layout();
    Shape shape = layout.shape(info.shape());
    if (shape.equals(info.shape())) {
      put(match.targets().get(0), info, manager -> from.read(manager, name));
      return;
    }
    put(
        match.targets().get(0),
        info.withShape(shape),
        manager -> {
          try (NDManager scope = manager.newSubManager()) {
            return kept(layout.values(from.read(scope, name)), manager);
          }
        });
  }

  private void split(String name, TensorInfo info, List<String> targets) throws IOException {
    Shape shape = info.shape();
    if (shape.dimension() == 0 || shape.get(0) % targets.size() != 0) {
      throw fault(name, "of shape " + shape + " cannot be split in " + targets.size() + " by rows");
    }
    long rows = shape.get(0) / targets.size();
    for (int i = 0; i < targets.size(); i++) {
      long first = i * rows;
      put(
          targets.get(i),
          info.withShape(Shape.update(shape, 0, rows)),
          manager -> {
            try (NDManager scope = manager.newSubManager()) {
              NDArray whole = from.read(scope, name);
              return kept(whole.get(new NDIndex().addSliceDim(first, first + rows)), manager);
            }
          });
    }
  }

  private void merge(Joint joint, SortedMap<Integer, Part> parts) throws IOException {
    for (int i = 0; i < joint.rule.inputs(); i++) {
      if (!parts.containsKey(i)) {
        throw fault(joint.path, "lacks its part '" + joint.rule.input(i) + "', has " + parts);
      }
    }
    TensorInfo info = parts.values().iterator().next().info;
    Shape shape = info.shape();
    if (shape.dimension() == 0 || parts.values().stream().anyMatch(p -> !p.info.equals(info))) {
      throw fault(joint.path, "cannot be joined by rows from different tensors: " + parts);
    }
    put(
        joint.path,
        info.withShape(Shape.update(shape, 0, Math.multiplyExact(shape.get(0), parts.size()))),
        manager -> {
          try (NDManager scope = manager.newSubManager()) {
            NDList list = new NDList(parts.size());
            for (Part part : parts.values()) {
              list.add(from.read(scope, part.name));
            }
            NDArray whole = NDArrays.concat(list, 0);
            whole.attach(manager);
            return whole;
          }
        });
  }

  /** A view shares memory that its origin may own, so what outlives the scope is a copy. */
  private static NDArray kept(NDArray view, NDManager manager) {
    NDArray copy = view.duplicate();
    copy.attach(manager);
    return copy;
  }

  private void put(String name, TensorInfo info, Recipe recipe) throws IOException {
    infos.put(name, info);
    if (recipes.put(name, recipe) != null) {
      throw fault(name, "would stand for two tensors of the file");
    }
  }

  private WeightsFormatException fault(String name, String reason) {
    return new WeightsFormatException(source(), name, reason);
  }

  @Override
  public String source() {
    return from.source();
  }

  @Override
  public Map<String, TensorInfo> tensors() {
    return Collections.unmodifiableMap(infos);
  }

  @Override
  public NDArray read(NDManager manager, String name) throws IOException {
    Recipe recipe = recipes.get(name);
    if (recipe == null) {
      throw AbsentTensor.of(this, name);
    }
    NDArray array = recipe.read(manager);
    array.setName(name);
    return array;
  }
}
