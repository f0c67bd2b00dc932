package dev.fovea.optimizer.trace;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.util.Pair;
import dev.fovea.optimizer.ir.Graph;
import dev.fovea.optimizer.ir.Node;
import dev.fovea.optimizer.ir.Op;
import dev.fovea.optimizer.ir.Tensor;
import dev.fovea.optimizer.ir.Type;
import dev.fovea.optimizer.ir.TypeInference;
import dev.fovea.optimizer.ir.Value;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What one trace has recorded so far. All sizes are those of the trace; nothing is computed.
 *
 * <p>Values are numbered in the order of their creation, so two traces of one block have the same
 * numbers where the block did the same.
 */
final class Recorder {
  private final NDManager real;
  private final NDManager manager;
  private final IdentityHashMap<Parameter, String> paths = new IdentityHashMap<>();
  private final IdentityHashMap<NDArray, Parameter> arrays = new IdentityHashMap<>();
  private final IdentityHashMap<Parameter, Tensor> tensors;
  private final Map<Object, TracedArray> known = new HashMap<>();
  private final Map<Value, String> owners = new HashMap<>();
  private final List<Value> inputs = new ArrayList<>();
  private final Map<Value, Tensor> constants = new LinkedHashMap<>();
  private final List<Node> nodes = new ArrayList<>();
  private int values;
  private final StringBuilder calls = new StringBuilder();
  private int unnamed;
  private String source = "";

  /**
   * Starts a trace.
   *
   * @param block the block
   * @param real creates the constants of the traced code
   * @param tensors the values of parameters that were read before; added to
   */
  Recorder(Block block, NDManager real, IdentityHashMap<Parameter, Tensor> tensors) {
    this.real = real;
    this.tensors = tensors;
    this.manager =
        (NDManager)
            Proxy.newProxyInstance(
                NDManager.class.getClassLoader(),
                new Class<?>[] {NDManager.class},
                new TracedManager(this, real));
    for (Pair<String, Parameter> entry : block.getParameters()) {
      paths.put(entry.getValue(), entry.getKey());
      if (entry.getValue().isInitialized()) {
        arrays.put(entry.getValue().getArray(), entry.getValue());
      }
    }
  }

  /** Takes note of a call. */
  void called(Call call) {
    calls.append(call.described()).append('\n');
  }

  /** All calls so far, one a line. */
  String calls() {
    return calls.toString();
  }

  /** Returns the stand-in for managers. */
  NDManager manager() {
    return manager;
  }

  /** Adds an input. */
  TracedArray input(Type type) {
    Value value = value("input." + inputs.size(), type);
    inputs.add(value);
    return new TracedArray(this, value, true);
  }

  /** Returns the constant that holds a parameter. */
  TracedArray parameter(Parameter parameter) {
    String path = paths.getOrDefault(parameter, "unlisted." + parameter.getName());
    if (!parameter.isInitialized()) {
      throw new TraceException(
          "Parameter " + path + " has no value yet: initialize the block, or load its weights");
    }
    Tensor tensor = tensors.computeIfAbsent(parameter, p -> Tensor.of(p.getArray()));
    TracedArray constant = known.computeIfAbsent(parameter, p -> constant(path, tensor));
    owners.put(constant.value(), owner(path, parameter.getName()));
    moveTo(constant.value());
    return constant;
  }

  /** Adds a constant of the traced code. */
  TracedArray constant(Tensor tensor) {
    return constant("constant." + unnamed++, tensor);
  }

  /** Returns the constant of a number, one for all its uses. */
  TracedArray scalar(DataType type, Number number) {
    Tensor tensor = Tensor.scalar(type, number);
    return known.computeIfAbsent(tensor, t -> constant(tensor));
  }

  private TracedArray constant(String name, Tensor tensor) {
    Value value = value(name, tensor.type());
    constants.put(value, tensor);
    return new TracedArray(this, value, true);
  }

  /** Returns what stands for an array that is given to a traced call. */
  TracedArray traced(NDArray array) {
    @Nullable TracedArray traced = TracedArray.of(array);
    if (traced != null) {
      if (traced.recorder() != this) {
        throw refused("an array of an earlier trace", "a block must not keep arrays between calls");
      }
      return traced;
    }
    @Nullable Parameter parameter = arrays.get(array);
    return parameter == null ? constant(Tensor.of(array)) : parameter(parameter);
  }

  /** Adds a node. */
  TracedArray emit(Op op, List<TracedArray> operands) {
    List<Value> operandValues = operands.stream().map(TracedArray::value).toList();
    Type type = TypeInference.infer(op, operandValues.stream().map(Value::type).toList());
    operandValues.stream().filter(owners::containsKey).findFirst().ifPresent(this::moveTo);
    Value result = value("value." + values, type);
    nodes.add(Node.of(op, operandValues, result, source));
    return new TracedArray(this, result, false);
  }

  TracedArray emit(Op op, TracedArray... operands) {
    return emit(op, Arrays.asList(operands));
  }

  /** Reads an array that the real manager created, and frees it. */
  TracedArray taken(NDArray created) {
    try (created) {
      return constant(Tensor.of(created));
    }
  }

  /** Returns the exception that refuses a call. */
  TraceException refused(Object call, String why) {
    return new TraceException(where(call) + why);
  }

  /** Returns the exception that refuses a call because of another one. */
  TraceException refused(Object call, RuntimeException cause) {
    boolean explained = cause instanceof IllegalArgumentException && cause.getMessage() != null;
    return new TraceException(where(call) + (explained ? cause.getMessage() : cause), cause);
  }

  private String where(Object call) {
    String near = source.isEmpty() ? "at the start of the block" : "near " + source;
    return "Cannot trace " + call + " " + near + ": ";
  }

  NDManager real() {
    return real;
  }

  /** Returns what was recorded, with the results of the block as outputs. */
  Graph graph(NDList results) {
    List<Value> outputs = results.stream().map(a -> traced(a).value()).toList();
    return new Graph(inputs, outputs, nodes, constants);
  }

  private void moveTo(Value parameter) {
    source = owners.getOrDefault(parameter, source);
  }

  private Value value(String name, Type type) {
    return new Value(values++, name, type);
  }

  /** The path of the block that owns a parameter: without the parameter's name and separator. */
  private static String owner(String path, String name) {
    return path.length() > name.length() && path.endsWith(name)
        ? path.substring(0, path.length() - name.length() - 1)
        : path;
  }
}
