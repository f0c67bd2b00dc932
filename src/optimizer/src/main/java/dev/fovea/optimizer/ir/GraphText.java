package dev.fovea.optimizer.ir;

import ai.djl.ndarray.types.DataType;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.stream.Collectors;

/**
 * The text form of a graph, for golden files and bug reports. Stable, one node a line:
 *
 * <pre>
 * input %x: f32[?,3,?,?]
 * %y: f32[?,?,?,3] = Transpose(perm=[0,2,3,1]) %x  # stages.0
 * output %y
 * constant w: f32[3]
 * </pre>
 *
 * <p>A leading percent sign marks a value that depends on the inputs; constants stand bare, and
 * those that are used are listed last, in the order of their first use.
 */
final class GraphText {
  private GraphText() {}

  /** Returns the text form of the graph, each line ended by a newline. */
  static String of(Graph graph) {
    StringBuilder text = new StringBuilder();
    graph.inputs().forEach(v -> text.append("input ").append(typed(v)).append('\n'));
    graph.nodes().forEach(n -> text.append(line(n, graph)).append('\n'));
    graph.outputs().forEach(v -> text.append("output ").append(name(v, graph)).append('\n'));
    graph.nodes().stream()
        .flatMap(n -> n.inputs().stream())
        .filter(graph.constants()::containsKey)
        .distinct()
        .forEach(
            v ->
                text.append("constant ")
                    .append(v.name())
                    .append(": ")
                    .append(v.type())
                    .append('\n'));
    return text.toString();
  }

  /** Returns the name of an operation and its attributes, such as {@code Concat(axis=1)}. */
  static String of(Op op) {
    String attributes =
        Arrays.stream(op.getClass().getRecordComponents())
            .map(c -> c.getName() + "=" + attribute(c, op))
            .collect(Collectors.joining(", "));
    return op.getClass().getSimpleName() + "(" + attributes + ")";
  }

  private static String line(Node node, Graph graph) {
    String results =
        node.outputs().stream().map(GraphText::typed).collect(Collectors.joining(", "));
    String operands =
        node.inputs().stream().map(v -> name(v, graph)).collect(Collectors.joining(", "));
    String source = node.source().isEmpty() ? "" : "  # " + node.source();
    return results + " = " + of(node.op()) + " " + operands + source;
  }

  private static String typed(Value value) {
    return value + ": " + value.type();
  }

  private static String name(Value value, Graph graph) {
    return graph.constants().containsKey(value) ? value.name() : value.toString();
  }

  private static String attribute(RecordComponent component, Op op) {
    try {
      Object value = component.getAccessor().invoke(op);
      return value instanceof DataType type
          ? Type.name(type)
          : String.valueOf(value).replace(" ", "");
    } catch (IllegalAccessException | InvocationTargetException e) {
      throw new IllegalStateException("Cannot read " + component, e);
    }
  }
}
