package dev.fovea.optimizer.rewrite;

import dev.fovea.optimizer.ir.ElementOp;
import dev.fovea.optimizer.ir.Graph;
import dev.fovea.optimizer.ir.Node;
import dev.fovea.optimizer.ir.Op;
import dev.fovea.optimizer.ir.Tensor;
import dev.fovea.optimizer.ir.Type;
import dev.fovea.optimizer.ir.Value;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A graph while a rewrite changes it. It knows who defines and who reads each value; what nobody
 * reads any more is gone at once, so that "has one reader" is always true of the graph to come.
 */
final class Edit {

  private final Graph before;
  private final Map<Value, Node> definitions = new LinkedHashMap<>();
  private final Map<Value, Tensor> constants;
  private final Map<Value, List<Value>> readers = new HashMap<>(); // by what they define
  private final Set<Value> outputs;
  private final Set<String> names = new HashSet<>();
  private final Set<Value> inherited = new HashSet<>(); // whose names others have taken over
  private int nextId;
  private boolean changed;

  Edit(Graph graph) {
    before = graph;
    constants = new HashMap<>(graph.constants());
    outputs = new HashSet<>(graph.outputs());
    graph.inputs().forEach(this::register);
    graph.constants().keySet().forEach(this::register);
    for (Node node : graph.nodes()) {
      register(node.output());
      definitions.put(node.output(), node);
      node.inputs().forEach(v -> readersOf(v).add(node.output()));
    }
  }

  private void register(Value value) {
    nextId = Math.max(nextId, value.id() + 1);
    names.add(value.name());
  }

  private List<Value> readersOf(Value value) {
    return readers.computeIfAbsent(value, v -> new ArrayList<>());
  }

  /** The nodes in order, each as it is when its turn comes; those that are gone by then are not. */
  Iterable<Node> nodes() {
    List<Value> values = List.copyOf(definitions.keySet());
    return () -> values.stream().map(definitions::get).filter(Objects::nonNull).iterator();
  }

  @Nullable Node definition(Value value) {
    return definitions.get(value);
  }

  /** The node that defines a value, if it applies this kind of operation. */
  @Nullable Node definition(Value value, Class<? extends Op> kind) {
    Node node = definitions.get(value);
    return node != null && kind.isInstance(node.op()) ? node : null;
  }

  /** The node that defines a value, if it applies this function of two operands. */
  @Nullable Node definition(Value value, ElementOp.Binary.Kind kind) {
    Node node = definitions.get(value);
    return node != null && node.op().equals(new ElementOp.Binary(kind)) ? node : null;
  }

  @Nullable Tensor constant(Value value) {
    return constants.get(value);
  }

  Set<Value> constants() {
    return Set.copyOf(constants.keySet());
  }

  /** Whether exactly one operand of one node is this value, and no caller sees it. */
  boolean hasOneReader(Value value) {
    return readersOf(value).size() == 1 && !outputs.contains(value);
  }

  /** A new value that is still to be defined. */
  Value value(String name, Type type) {
    String unique = name;
    for (int i = 1; !names.add(unique); i++) {
      unique = name + "_" + i;
    }
    return new Value(nextId++, unique, type);
  }

  /** A new constant under a name of its own. */
  Value constant(String name, Tensor tensor) {
    Value value = value(name, tensor.type());
    constants.put(value, tensor);
    return value;
  }

  /** A new constant in the place of another: it keeps the name if the other one thereby goes. */
  Value constant(Value replaced, Tensor tensor) {
    if (hasOneReader(replaced) && inherited.add(replaced)) {
      names.remove(replaced.name());
    }
    return constant(replaced.name(), tensor);
  }

  /** Says how a value is computed, new or known; its readers stay. */
  void define(Value output, Op op, List<Value> inputs, String source) {
    Node old = definitions.put(output, new Node(op, inputs, List.of(output), source));
    inputs.forEach(v -> readersOf(v).add(output));
    if (old != null) {
      old.inputs().forEach(v -> release(v, output));
    }
    changed = true;
  }

  private void release(Value value, Value reader) {
    List<Value> left = readersOf(value);
    left.remove(reader);
    if (left.isEmpty() && !outputs.contains(value)) {
      constants.remove(value);
      Node node = definitions.remove(value);
      if (node != null) {
        node.inputs().forEach(v -> release(v, value));
      }
    }
  }

  /**
   * Makes every reader of one value read another. An output of the graph keeps its name: the node
   * that computes {@code kept} then defines {@code gone}.
   *
   * @return false, with nothing changed, if both are seen by the caller of the graph
   */
  boolean replace(Value gone, Value kept) {
    if (!outputs.contains(gone)) {
      redirect(gone, kept);
      drop(gone);
      return true;
    }
    Node node = definitions.get(kept);
    if (node == null || outputs.contains(kept)) {
      return false;
    }
    redirect(gone, kept);
    define(gone, node.op(), node.inputs(), node.source());
    redirect(kept, gone);
    drop(kept);
    return true;
  }

  private void redirect(Value from, Value to) {
    for (Value reader : List.copyOf(readersOf(from))) {
      Node node = definitions.get(reader);
      if (node != null && node.inputs().contains(from)) {
        List<Value> inputs = new ArrayList<>(node.inputs());
        inputs.replaceAll(v -> v.equals(from) ? to : v);
        define(reader, node.op(), inputs, node.source());
      }
    }
  }

  private void drop(Value value) {
    if (readersOf(value).isEmpty()) {
      Node node = definitions.remove(value);
      if (node != null) {
        node.inputs().forEach(v -> release(v, value));
        changed = true;
      }
    }
  }

  /** The graph as it is now; the one that was given if nothing changed. */
  Graph graph() {
    if (!changed) {
      return before;
    }
    List<Node> order = new ArrayList<>();
    Set<Value> placed = new HashSet<>();
    definitions.values().forEach(node -> place(node, placed, order));
    return new Graph(before.inputs(), before.outputs(), order, constants);
  }

  /** Operands first; a node stays where it was unless it now reads a later one. */
  private void place(Node node, Set<Value> placed, List<Node> order) {
    if (placed.add(node.output())) {
      for (Value input : node.inputs()) {
        Node needed = definitions.get(input);
        if (needed != null) {
          place(needed, placed, order);
        }
      }
      order.add(node);
    }
  }
}
