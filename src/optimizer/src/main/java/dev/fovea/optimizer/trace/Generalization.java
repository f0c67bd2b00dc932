package dev.fovea.optimizer.trace;

import ai.djl.ndarray.types.DataType;
import dev.fovea.optimizer.ir.Graph;
import dev.fovea.optimizer.ir.Node;
import dev.fovea.optimizer.ir.Op;
import dev.fovea.optimizer.ir.ShapeOp;
import dev.fovea.optimizer.ir.Tensor;
import dev.fovea.optimizer.ir.Type;
import dev.fovea.optimizer.ir.Value;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Makes one graph of two traces of a block at different sizes. They must have the same nodes. Where
 * a size in a node differs, it is taken from a value that has this size in both traces; an axis
 * whose sizes differ becomes {@link Type#DYNAMIC}.
 *
 * <p>Two traces are evidence, not proof: the caller has to run the result at a third size.
 */
final class Generalization {
  private final Graph first;
  private final Map<Integer, Value> second = new HashMap<>();
  private final Map<Value, Value> merged = new HashMap<>();
  private final Map<Axis, Value> sizes = new HashMap<>();
  private final List<Value> seen = new ArrayList<>();
  private final List<Node> nodes = new ArrayList<>();
  private final Set<String> names = new HashSet<>();
  private int values;

  private Generalization(Graph first, Graph second) {
    this.first = first;
    Stream.of(second.inputs(), second.constants().keySet(), results(second))
        .flatMap(Collection::stream)
        .forEach(v -> this.second.put(v.id(), v));
  }

  /**
   * Merges two traces.
   *
   * @param first a trace
   * @param second a trace of the same block at other sizes; the first again for a graph whose sizes
   *     are all fixed
   * @return the graph
   * @throws TraceException if the traces differ by more than sizes; the message names the node
   */
  static Graph of(Graph first, Graph second) {
    if (first.nodes().size() != second.nodes().size()
        || first.outputs().size() != second.outputs().size()) {
      throw new TraceException("The block does other things for inputs of another size");
    }
    return new Generalization(first, second).merge(second);
  }

  private Graph merge(Graph other) {
    Set<Value> used =
        Stream.concat(
                first.nodes().stream().flatMap(n -> n.inputs().stream()), first.outputs().stream())
            .collect(Collectors.toSet());
    Map<Value, Tensor> constants = new LinkedHashMap<>();
    first.constants().keySet().stream()
        .filter(used::contains)
        .sorted((a, b) -> Integer.compare(a.id(), b.id()))
        .forEach(v -> constants.put(constant(v, other), tensor(first, v)));
    for (Value input : first.inputs()) {
      seen.add(input);
      define(input, numbered("input", first.inputs().indexOf(input), first.inputs().size()));
    }
    for (int i = 0; i < first.nodes().size(); i++) {
      node(first.nodes().get(i), other.nodes().get(i));
    }
    List<Value> outputs = new ArrayList<>();
    for (int i = 0; i < first.outputs().size(); i++) {
      requireSame(first.outputs().get(i), other.outputs().get(i), "the outputs");
      outputs.add(merged(first.outputs().get(i)));
    }
    return new Graph(first.inputs().stream().map(this::merged).toList(), outputs, nodes, constants);
  }

  private Value constant(Value value, Graph other) {
    Value twin = twin(value);
    @Nullable Tensor second = other.constants().get(twin);
    if (!tensor(first, value).equals(second)) {
      throw new TraceException(
          "The constant "
              + value.name()
              + " depends on the size of the input: "
              + value.type()
              + " and "
              + twin.type()
              + (value.type().equals(twin.type()) ? " with other elements" : ""));
    }
    return define(value, value.name());
  }

  private static Tensor tensor(Graph graph, Value value) {
    @Nullable Tensor tensor = graph.constants().get(value);
    if (tensor == null) {
      throw new IllegalStateException(value + " is not a constant");
    }
    return tensor;
  }

  private void node(Node a, Node b) {
    String where = a.op() + " # " + a.source();
    if (a.inputs().size() != b.inputs().size()) {
      throw new TraceException("The number of operands of " + where + " depends on the size");
    }
    for (int i = 0; i < a.inputs().size(); i++) {
      requireSame(a.inputs().get(i), b.inputs().get(i), where);
    }
    List<Value> operands = new ArrayList<>(a.inputs().stream().map(this::merged).toList());
    Op op = new SymbolicSizes(this, a, b).op(operands);
    int output = first.outputs().indexOf(a.output());
    String name =
        output < 0
            ? String.valueOf(nodes.size())
            : numbered("output", output, first.outputs().size());
    nodes.add(Node.of(op, operands, define(a.output(), name), a.source()));
    seen.add(a.output());
  }

  private static void requireSame(Value a, Value b, String where) {
    if (a.id() != b.id()) {
      throw new TraceException("The operands of " + where + " depend on the size of the input");
    }
  }

  /** Adds the value with its merged type and returns it. */
  private Value define(Value value, String name) {
    Value twin = twin(value);
    List<Long> a = value.type().dims();
    List<Long> b = twin.type().dims();
    if (a.size() != b.size() || value.type().dataType() != twin.type().dataType()) {
      throw new TraceException(
          "A value is " + value.type() + " or " + twin.type() + ", depending on the input's size");
    }
    List<Long> dims =
        IntStream.range(0, a.size())
            .mapToObj(i -> a.get(i).equals(b.get(i)) ? a.get(i) : Long.valueOf(Type.DYNAMIC))
            .toList();
    Value result = new Value(values++, unique(name), value.type().withDims(dims));
    merged.put(value, result);
    return result;
  }

  private String unique(String name) {
    String result = name;
    while (!names.add(result)) {
      result += "_";
    }
    return result;
  }

  private static String numbered(String name, int i, int count) {
    return count == 1 ? name : name + "." + i;
  }

  private static List<Value> results(Graph graph) {
    return graph.nodes().stream().map(Node::output).toList();
  }

  Value merged(Value value) {
    @Nullable Value result = merged.get(value);
    if (result == null) {
      throw new IllegalStateException(value + " is not merged yet");
    }
    return result;
  }

  /** The value of the second trace that has the same number. */
  Value twin(Value value) {
    @Nullable Value twin = second.get(value.id());
    if (twin == null) {
      throw new TraceException("The block does other things for inputs of another size");
    }
    return twin;
  }

  /** Returns whether an axis has these sizes in the first and in the second trace. */
  boolean measures(Value value, int axis, long a, long b) {
    return value.type().dims().get(axis) == a && twin(value).type().dims().get(axis) == b;
  }

  /** Returns whether {@link #size} finds a value. */
  boolean isMeasured(long a, long b, Node node) {
    return find(a, b, node) != null;
  }

  /**
   * Returns a value that holds a size.
   *
   * @param a the size in the first trace
   * @param b the size in the second trace
   * @param node who asks; its operands are looked at first, then what was computed last
   * @return the value, or null if no axis of any value has these sizes
   */
  @Nullable Value size(long a, long b, Node node) {
    @Nullable Axis found = find(a, b, node);
    return found == null ? null : sizes.computeIfAbsent(found, f -> measure(f, node.source()));
  }

  private @Nullable Axis find(long a, long b, Node node) {
    List<Value> candidates = new ArrayList<>(node.inputs());
    for (int i = seen.size() - 1; i >= 0; i--) {
      candidates.add(seen.get(i));
    }
    for (Value candidate : candidates) {
      for (int axis = 0; axis < candidate.type().rank(); axis++) {
        if (measures(candidate, axis, a, b)) {
          return new Axis(candidate, axis);
        }
      }
    }
    return null;
  }

  private Value measure(Axis axis, String source) {
    Type scalar = new Type(DataType.INT64, List.of());
    Value size = new Value(values++, unique(String.valueOf(nodes.size())), scalar);
    nodes.add(
        Node.of(new ShapeOp.Size(axis.number()), List.of(merged(axis.value())), size, source));
    return size;
  }

  private record Axis(Value value, int number) {}
}
