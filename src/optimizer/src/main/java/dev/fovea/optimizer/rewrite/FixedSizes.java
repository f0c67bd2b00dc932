package dev.fovea.optimizer.rewrite;

import ai.djl.ndarray.types.DataType;
import dev.fovea.optimizer.ir.Graph;
import dev.fovea.optimizer.ir.LayerOp;
import dev.fovea.optimizer.ir.Node;
import dev.fovea.optimizer.ir.Op;
import dev.fovea.optimizer.ir.ShapeOp;
import dev.fovea.optimizer.ir.Tensor;
import dev.fovea.optimizer.ir.Type;
import dev.fovea.optimizer.ir.TypeInference;
import dev.fovea.optimizer.ir.Value;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A graph for open sizes, made one for fewer sizes: what follows from the sizes of the inputs is
 * known from then on, and the other rewrites make use of it.
 *
 * <pre>
 * before: h = Size[2](x); z = Resize[from h, from h](y)      x (?, 3, ?, ?)
 * after:  h = Size[2](x); z = Resize[64, 64](y)              x (1, 3, 64, 64)
 * </pre>
 */
public final class FixedSizes {

  private final Map<Value, Value> values = new HashMap<>();
  private final Map<Value, Long> sizes = new HashMap<>(); // by what measures them

  private FixedSizes() {}

  /**
   * Gives the inputs of a graph other sizes.
   *
   * @param graph a graph
   * @param inputs the type of each input: as it is, with numbers in the place of dynamic axes
   * @return the graph for these inputs
   * @throws IllegalArgumentException if an input cannot be of its type, or if an operation does not
   *     take what these inputs become
   */
  public static Graph of(Graph graph, List<Type> inputs) {
    List<Type> open = graph.inputs().stream().map(Value::type).toList();
    boolean fits = open.size() == inputs.size();
    for (int i = 0; fits && i < inputs.size(); i++) {
      fits = open.get(i).accepts(inputs.get(i));
    }
    if (!fits) {
      throw new IllegalArgumentException(
          "The graph takes " + open + ", which cannot be made " + inputs);
    }
    return new FixedSizes().fix(graph, inputs);
  }

  private Graph fix(Graph graph, List<Type> inputs) {
    graph.constants().keySet().forEach(v -> values.put(v, v));
    for (int i = 0; i < inputs.size(); i++) {
      define(graph.inputs().get(i), inputs.get(i));
    }
    for (Map.Entry<Value, Tensor> constant : graph.constants().entrySet()) {
      if (isSize(constant.getKey().type())) {
        sizes.put(constant.getKey(), constant.getValue().bytes().getLong(0));
      }
    }
    List<Node> nodes = new ArrayList<>();
    for (Node node : graph.nodes()) {
      nodes.add(fix(node));
    }
    return new Graph(all(graph.inputs()), all(graph.outputs()), nodes, graph.constants());
  }

  private static boolean isSize(Type type) {
    return type.rank() == 0 && type.dataType() == DataType.INT64;
  }

  private Node fix(Node node) {
    List<Value> operands = all(node.inputs());
    Op op = node.op();
    if (op instanceof ShapeOp.Size size) {
      long known = operands.get(0).type().dims().get(size.axis());
      if (known != Type.DYNAMIC) {
        sizes.put(node.output(), known);
      }
    } else if (op instanceof ShapeOp.Reshape reshape) {
      op = new ShapeOp.Reshape(literal(reshape.sizes(), node, operands));
    } else if (op instanceof ShapeOp.Expand expand) {
      op = new ShapeOp.Expand(literal(expand.sizes(), node, operands));
    } else if (op instanceof LayerOp.Resize resize) {
      List<Long> literal = literal(resize.sizes(), node, operands);
      op = new LayerOp.Resize(resize.mode(), resize.alignCorners(), literal);
    }
    Type type = TypeInference.infer(op, operands.stream().map(Value::type).toList());
    if (op instanceof ShapeOp.Reshape && type.isStatic()) {
      op = new ShapeOp.Reshape(type.dims()); // as it is traced where all sizes are fixed
    }
    return Node.of(op, operands, define(node.output(), type), node.source());
  }

  /** The sizes with those that are known as numbers; their operands are taken away. */
  private List<Long> literal(List<Long> given, Node node, List<Value> operands) {
    List<Long> result = new ArrayList<>(given);
    List<Value> left = new ArrayList<>(operands.subList(0, 1));
    int next = 1;
    for (int i = 0; i < result.size(); i++) {
      if (given.get(i) == Op.FROM_INPUT) {
        @Nullable Long known = sizes.get(node.inputs().get(next));
        if (known == null) {
          left.add(operands.get(next));
        } else {
          result.set(i, known);
        }
        next++;
      }
    }
    operands.clear();
    operands.addAll(left);
    return result;
  }

  private Value define(Value value, Type type) {
    Value result = new Value(value.id(), value.name(), type);
    values.put(value, result);
    return result;
  }

  private List<Value> all(List<Value> old) {
    List<Value> result = new ArrayList<>();
    for (Value value : old) {
      @Nullable Value found = values.get(value);
      if (found == null) {
        throw new IllegalStateException(value + " is not defined yet");
      }
      result.add(found);
    }
    return result;
  }
}
