package dev.fovea.optimizer.rewrite;

import dev.fovea.optimizer.ir.Graph;
import dev.fovea.optimizer.ir.Node;
import dev.fovea.optimizer.ir.Op;
import dev.fovea.optimizer.ir.Tensor;
import dev.fovea.optimizer.ir.Value;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Computes the same thing once.
 *
 * <pre>
 * before: h = Size[2](x); ...; k = Size[2](x); z = Reshape(y, h, k)
 * after:  h = Size[2](x); ...; z = Reshape(y, h, h)
 * </pre>
 *
 * Equal scalars become one constant too; equal weights do not, so that each keeps its name.
 */
final class CommonSubexpressions implements Rewrite {

  private record Expression(Op op, List<Value> inputs) {}

  @Override
  public Graph apply(Graph graph) {
    Edit edit = new Edit(graph);
    Map<Tensor, Value> scalars = new HashMap<>();
    edit.constants().stream()
        .sorted(Comparator.comparingInt(Value::id))
        .filter(v -> v.type().rank() == 0)
        .forEach(
            v -> {
              Value first = scalars.putIfAbsent(graph.constants().get(v), v);
              if (first != null) {
                edit.replace(v, first);
              }
            });
    Map<Expression, Value> known = new HashMap<>();
    for (Node node : edit.nodes()) {
      Expression expression = new Expression(node.op(), node.inputs());
      Value first = known.putIfAbsent(expression, node.output());
      if (first != null && edit.replace(node.output(), first) && edit.definition(first) == null) {
        known.put(expression, node.output()); // an output of the graph keeps its name
      }
    }
    return edit.graph();
  }
}
