package dev.fovea.optimizer.onnx;

import ai.djl.ndarray.types.DataType;
import dev.fovea.optimizer.TestGraph;
import dev.fovea.optimizer.ir.ElementOp;
import dev.fovea.optimizer.ir.Graph;
import dev.fovea.optimizer.ir.IndexOp;
import dev.fovea.optimizer.ir.LayerOp;
import dev.fovea.optimizer.ir.Op;
import dev.fovea.optimizer.ir.RecurrentOp;
import dev.fovea.optimizer.ir.ReductionOp;
import dev.fovea.optimizer.ir.ShapeOp;
import dev.fovea.optimizer.ir.Tensor;
import dev.fovea.optimizer.ir.Type;
import dev.fovea.optimizer.ir.Value;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** A small graph for every operation, with its attributes away from their defaults. */
public final class OnnxCases {

  private OnnxCases() {}

  public static Map<String, Graph> all() {
    Map<String, Graph> cases = new LinkedHashMap<>();
    for (ElementOp.Binary.Kind kind : ElementOp.Binary.Kind.values()) {
      add(
          cases,
          "binary " + kind,
          g ->
              g.op(
                  new ElementOp.Binary(kind),
                  positive(g, g.input("x", -1, 2, 3)),
                  g.random("c", 2, 1)));
    }
    for (ElementOp.Unary.Kind kind : ElementOp.Unary.Kind.values()) {
      if (kind == ElementOp.Unary.Kind.NOT) {
        add(cases, "unary NOT", g -> g.unary(kind, truth(g, g.input("x", -1, 50))));
        continue;
      }
      boolean needsPositive = kind == ElementOp.Unary.Kind.LOG || kind == ElementOp.Unary.Kind.SQRT;
      boolean small = kind.name().startsWith("A") && kind != ElementOp.Unary.Kind.ABS;
      add(
          cases,
          "unary " + kind,
          g -> {
            Value x =
                g.binary(
                    ElementOp.Binary.Kind.MUL,
                    g.input("x", -1, 50),
                    g.scalar("factor", small ? 0.9 : 4));
            return g.unary(kind, needsPositive ? positive(g, x) : x);
          });
    }
    for (ReductionOp.Reduce.Kind kind : ReductionOp.Reduce.Kind.values()) {
      for (boolean keep : new boolean[] {true, false}) {
        add(
            cases,
            "reduce " + kind + " " + keep,
            g ->
                g.op(new ReductionOp.Reduce(kind, List.of(1, 3), keep), g.input("x", -1, 3, 4, 5)));
      }
    }
    convolutions(cases);
    normalizations(cases);
    shapes(cases);
    selections(cases);
    images(cases);
    truths(cases);
    orders(cases);
    sequences(cases);
    return cases;
  }

  private static void add(
      Map<String, Graph> cases, String name, Function<TestGraph, Value> output) {
    TestGraph g = new TestGraph();
    Value value = output.apply(g);
    cases.put(name, g.build(value));
  }

  private static Value positive(TestGraph g, Value x) {
    return g.binary(
        ElementOp.Binary.Kind.ADD, g.unary(ElementOp.Unary.Kind.ABS, x), g.scalar("shift", 0.5));
  }

  private static void convolutions(Map<String, Graph> cases) {
    Op strided = new LayerOp.Conv(List.of(2L, 1L), List.of(1L, 2L, 1L, 2L), List.of(1L, 2L), 1);
    add(
        cases,
        "conv",
        g -> g.op(strided, g.input("x", -1, 3, 9, 8), g.random("w", 4, 3, 3, 3), g.random("b", 4)));
    Op grouped = new LayerOp.Conv(List.of(1L, 1L), List.of(0L, 1L, 1L, 0L), List.of(1L, 1L), 2);
    add(
        cases,
        "conv grouped, one-sided padding",
        g -> g.op(grouped, g.input("x", -1, 4, 6, 7), g.random("w", 6, 2, 2, 2)));
    add(
        cases,
        "matmul",
        g -> g.op(new LayerOp.MatMul(), g.input("x", -1, 5, 3), g.random("w", 3, 4)));
    add(
        cases,
        "matmul of two inputs",
        g -> g.op(new LayerOp.MatMul(), g.input("x", -1, 2, 5, 3), g.input("y", -1, 1, 3, 4)));
  }

  private static void normalizations(Map<String, Graph> cases) {
    add(cases, "softmax", g -> g.op(new LayerOp.Softmax(1, false), g.input("x", -1, 3, 4)));
    add(cases, "log softmax", g -> g.op(new LayerOp.Softmax(2, true), g.input("x", -1, 3, 4)));
    add(
        cases,
        "layer norm of two axes",
        g ->
            g.op(
                new LayerOp.LayerNormalization(2, 1e-2),
                g.input("x", -1, 3, 4, 5),
                g.random("w", 4, 5),
                g.random("b", 4, 5)));
    add(
        cases,
        "batch norm",
        g ->
            g.op(
                new LayerOp.BatchNormalization(1e-2),
                g.input("x", -1, 3, 4, 5),
                g.random("w", 3),
                g.random("b", 3),
                g.random("m", 3),
                g.random("v", 3)));
    add(cases, "clip", g -> g.op(new ElementOp.Clip(-0.25, 0.5), g.input("x", -1, 30)));
    add(
        cases,
        "clip above",
        g -> g.op(new ElementOp.Clip(Double.NEGATIVE_INFINITY, 0.5), g.input("x", -1, 30)));
    add(
        cases,
        "clip below",
        g -> g.op(new ElementOp.Clip(-0.25, Double.POSITIVE_INFINITY), g.input("x", -1, 30)));
  }

  private static void shapes(Map<String, Graph> cases) {
    add(
        cases,
        "reshape copy and infer",
        g -> g.reshape(g.input("x", -1, 4, 6), Op.COPY, 2L, Op.INFER));
    add(
        cases,
        "reshape from inputs",
        g -> {
          Value x = g.input("x", -1, 4, 6);
          Value like = g.input("like", -1, 3, 8);
          Op op = new ShapeOp.Reshape(List.of(Op.FROM_INPUT, 1L, Op.FROM_INPUT, Op.FROM_INPUT, 1L));
          return g.op(
              op,
              x,
              g.op(new ShapeOp.Size(0), x),
              g.op(new ShapeOp.Size(1), like),
              g.op(new ShapeOp.Size(2), like));
        });
    add(cases, "reshape to a scalar", g -> g.reshape(g.input("x", 1, 1)));
    add(cases, "transpose", g -> g.transpose(g.input("x", -1, 2, 3, 4), 2, 0, 3, 1));
    add(cases, "squeeze", g -> g.op(new ShapeOp.Squeeze(List.of(1, 3)), g.input("x", -1, 1, 3, 1)));
    add(cases, "unsqueeze", g -> g.op(new ShapeOp.Unsqueeze(List.of(0, 2)), g.input("x", -1, 3)));
    add(cases, "size", g -> g.op(new ShapeOp.Size(1), g.input("x", 2, -1, 3)));
    add(
        cases,
        "expand",
        g -> {
          Value x = g.input("x", 3, 1);
          Op op = new ShapeOp.Expand(List.of(2L, Op.FROM_INPUT, 1L, 4L));
          return g.op(op, x, g.op(new ShapeOp.Size(0), g.input("like", -1, 5)));
        });
    for (DataType type : List.of(DataType.UINT8, DataType.INT8)) {
      add(
          cases,
          "quantize and dequantize " + type,
          g -> {
            Value scale = g.random("s", 3);
            Value zero = g.constant("z", bytes(type, 1, 2, 3));
            Value q =
                g.op(new ElementOp.QuantizeLinear(type, 1), g.input("x", -1, 3, 4), scale, zero);
            return g.op(new ElementOp.DequantizeLinear(1), q, scale, zero);
          });
    }
    add(
        cases,
        "quantize per tensor",
        g -> {
          Value scale = g.scalar("s", 0.01);
          Value zero = g.constant("z", bytes(DataType.UINT8));
          Op op = new ElementOp.QuantizeLinear(DataType.UINT8, Op.PER_TENSOR);
          Value q = g.op(op, g.input("x", -1, 3, 4), scale, zero);
          return g.op(new ElementOp.DequantizeLinear(Op.PER_TENSOR), q, scale, zero);
        });
    add(
        cases,
        "cast to int64",
        g ->
            g.op(
                new ElementOp.Cast(DataType.INT64),
                g.binary(ElementOp.Binary.Kind.MUL, g.input("x", -1, 9), g.scalar("s", 8))));
    add(
        cases,
        "cast to float64",
        g ->
            g.unary(
                ElementOp.Unary.Kind.TANH,
                g.op(new ElementOp.Cast(DataType.FLOAT64), g.input("x", -1, 9))));
    add(
        cases,
        "an integer input",
        g ->
            g.op(
                new ElementOp.Cast(DataType.FLOAT32),
                g.input("x", Type.of(DataType.INT32, -1, 3))));
  }

  /** A vector of bytes; without any, the scalar 100. */
  private static Tensor bytes(DataType type, int... elements) {
    ByteBuffer buffer = ByteBuffer.allocate(Math.max(1, elements.length));
    for (int element : elements) {
      buffer.put((byte) element);
    }
    if (elements.length == 0) {
      return new Tensor(Type.of(type), buffer.put((byte) 100).flip());
    }
    return new Tensor(Type.of(type, elements.length), buffer.flip());
  }

  private static void selections(Map<String, Graph> cases) {
    add(
        cases,
        "concat",
        g ->
            g.op(
                new IndexOp.Concat(1),
                g.input("x", -1, 2, 3),
                g.input("y", -1, 1, 3),
                g.input("z", -1, 4, 3)));
    add(
        cases,
        "slice",
        g ->
            g.op(
                new IndexOp.Slice(
                    List.of(1, 2), List.of(-5L, 1L), List.of(Long.MAX_VALUE, -1L), List.of(2L, 1L)),
                g.input("x", -1, 6, 7)));
    add(
        cases,
        "gather",
        g -> {
          ByteBuffer bytes = ByteBuffer.allocate(6 * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
          for (long i : new long[] {2, 0, 1, 1, 2, 2}) {
            bytes.putLong(i);
          }
          Tensor indices = new Tensor(Type.of(DataType.INT64, 2, 3), bytes.flip());
          return g.op(new IndexOp.Gather(1), g.input("x", -1, 3, 2), g.constant("i", indices));
        });
  }

  private static Value truth(TestGraph g, Value x) {
    return g.op(
        new ElementOp.Compare(ElementOp.Compare.Kind.GREATER), x, g.scalar("threshold", 0.1));
  }

  private static void truths(Map<String, Graph> cases) {
    for (ElementOp.Compare.Kind kind : ElementOp.Compare.Kind.values()) {
      add(
          cases,
          "compare " + kind,
          g -> {
            Value x = g.unary(ElementOp.Unary.Kind.ROUND, g.input("x", -1, 20));
            return g.op(new ElementOp.Compare(kind), x, g.scalar("zero", 0));
          });
    }
    for (ElementOp.Logic.Kind kind : ElementOp.Logic.Kind.values()) {
      add(
          cases,
          "logic " + kind,
          g ->
              g.op(
                  new ElementOp.Logic(kind),
                  truth(g, g.input("x", -1, 20)),
                  truth(g, g.input("y", -1, 20))));
    }
    add(
        cases,
        "where",
        g -> {
          Value x = g.input("x", -1, 5, 4);
          return g.op(new ElementOp.Where(), truth(g, x), x, g.random("other", 4));
        });
  }

  private static void orders(Map<String, Graph> cases) {
    for (boolean largest : new boolean[] {true, false}) {
      add(
          cases,
          "arg extreme " + largest,
          g -> g.op(new ReductionOp.ArgExtreme(1, largest), g.input("x", -1, 9, 3)));
      add(
          cases,
          "sort of an open axis " + largest,
          g -> g.op(new IndexOp.Sort(0, largest, IndexOp.Sort.ALL, false), g.input("x", -1, 3)));
      add(
          cases,
          "places of the first " + largest,
          g -> g.op(new IndexOp.Sort(1, largest, 4, true), g.input("x", -1, 9)));
    }
    add(cases, "cumulated", g -> g.op(new ReductionOp.CumSum(1), g.input("x", -1, 9, 3)));
    add(
        cases,
        "gather of elements",
        g -> {
          Value x = g.input("x", -1, 6, 2);
          Value places = g.op(new IndexOp.Sort(1, false, 3, true), g.input("order", -1, 6, 2));
          return g.op(new IndexOp.GatherElements(1), x, places);
        });
  }

  private static void sequences(Map<String, Graph> cases) {
    for (RecurrentOp.Recurrent.Kind kind : RecurrentOp.Recurrent.Kind.values()) {
      for (boolean both : new boolean[] {false, true}) {
        add(
            cases,
            "recurrent " + kind + " " + both,
            g -> sequence(g, kind, both, RecurrentOp.Recurrent.Result.STATES));
      }
    }
    add(
        cases,
        "last cell",
        g ->
            sequence(
                g, RecurrentOp.Recurrent.Kind.LSTM, true, RecurrentOp.Recurrent.Result.LAST_CELL));
  }

  private static Value sequence(
      TestGraph g,
      RecurrentOp.Recurrent.Kind kind,
      boolean both,
      RecurrentOp.Recurrent.Result result) {
    long directions = both ? 2 : 1;
    long rows = 3L * kind.gates();
    List<Value> operands = new ArrayList<>();
    operands.add(g.input("x", 5, -1, 4));
    operands.add(g.random("w", directions, rows, 4));
    operands.add(g.random("r", directions, rows, 3));
    operands.add(g.random("b", directions, 2 * rows));
    operands.add(g.input("state", directions, -1, 3));
    if (kind == RecurrentOp.Recurrent.Kind.LSTM) {
      operands.add(g.input("cell", directions, -1, 3));
    }
    return g.op(new RecurrentOp.Recurrent(kind, both, result), operands.toArray(Value[]::new));
  }

  private static void images(Map<String, Graph> cases) {
    for (LayerOp.Resize.Mode mode : LayerOp.Resize.Mode.values()) {
      add(
          cases,
          "resize " + mode,
          g -> g.op(new LayerOp.Resize(mode, false, List.of(7L, 11L)), g.input("x", -1, 2, 3, 5)));
    }
    add(
        cases,
        "resize to the size of another image",
        g -> {
          Value like = g.input("like", 1, 1, 9, 8);
          Value x = g.input("x", -1, -1, 4, 4);
          Op op = new LayerOp.Resize(LayerOp.Resize.Mode.LINEAR, false, List.of(Op.FROM_INPUT, 8L));
          return g.op(op, x, g.op(new ShapeOp.Size(2), like));
        });
    for (boolean ceil : new boolean[] {true, false}) {
      List<Long> kernel = List.of(3L, 2L);
      List<Long> strides = List.of(2L, 2L);
      List<Long> pads = List.of(1L, 0L, 1L, 0L);
      add(
          cases,
          "max pool " + ceil,
          g -> g.op(new LayerOp.MaxPool(kernel, strides, pads, ceil), g.input("x", -1, 2, 8, 9)));
      add(
          cases,
          "average pool " + ceil,
          g ->
              g.op(
                  new LayerOp.AveragePool(kernel, strides, pads, ceil, true),
                  g.input("x", -1, 2, 8, 9)));
      add(
          cases,
          "average pool, padding not counted " + ceil,
          g ->
              g.op(
                  new LayerOp.AveragePool(kernel, strides, pads, ceil, false),
                  g.input("x", -1, 2, 8, 9)));
    }
  }

  /** Every operation that some case applies; operations with kinds once per kind. */
  static List<Op> operations() {
    List<Op> ops = new ArrayList<>();
    all().values().forEach(graph -> graph.nodes().forEach(n -> ops.add(n.op())));
    return ops;
  }
}
