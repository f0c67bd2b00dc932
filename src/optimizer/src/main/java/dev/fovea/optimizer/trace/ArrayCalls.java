package dev.fovea.optimizer.trace;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import dev.fovea.optimizer.ir.ElementOp;
import dev.fovea.optimizer.ir.ElementOp.Binary;
import dev.fovea.optimizer.ir.ElementOp.Unary;
import dev.fovea.optimizer.ir.IndexOp;
import dev.fovea.optimizer.ir.LayerOp;
import dev.fovea.optimizer.ir.Op;
import dev.fovea.optimizer.ir.ReductionOp.Reduce;
import dev.fovea.optimizer.ir.ShapeOp;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/** How the methods of {@link NDArray} are recorded, as the PyTorch engine computes them. */
final class ArrayCalls {
  private final Recorder recorder;
  private final Promotion promotion;
  private final TracedArray x;

  ArrayCalls(Recorder recorder, TracedArray x) {
    this.recorder = recorder;
    this.promotion = new Promotion(recorder);
    this.x = x;
  }

  /** Returns the result, one or a list, or null if the call is not known. */
  @Nullable Object result(Call call) {
    return switch (call.name()) {
      case "add" -> binary(Binary.Kind.ADD, call);
      case "sub" -> binary(Binary.Kind.SUB, call);
      case "mul" -> binary(Binary.Kind.MUL, call);
      case "div" -> binary(Binary.Kind.DIV, call);
      case "pow" -> binary(Binary.Kind.POW, call);
      case "maximum" -> binary(Binary.Kind.MAX, call);
      case "minimum" -> binary(Binary.Kind.MIN, call);
      case "addi" -> x.replace(call, binary(Binary.Kind.ADD, call));
      case "subi" -> x.replace(call, binary(Binary.Kind.SUB, call));
      case "muli" -> x.replace(call, binary(Binary.Kind.MUL, call));
      case "divi" -> x.replace(call, binary(Binary.Kind.DIV, call));
      case "powi" -> x.replace(call, binary(Binary.Kind.POW, call));
      case "negi" -> x.replace(call, unary(Unary.Kind.NEG));
      case "neg" -> unary(Unary.Kind.NEG);
      case "abs" -> unary(Unary.Kind.ABS);
      case "sqrt" -> unary(Unary.Kind.SQRT);
      case "exp" -> unary(Unary.Kind.EXP);
      case "log" -> unary(Unary.Kind.LOG);
      case "tanh" -> unary(Unary.Kind.TANH);
      case "erf" -> unary(Unary.Kind.ERF);
      case "floor" -> unary(Unary.Kind.FLOOR);
      case "ceil" -> unary(Unary.Kind.CEIL);
      case "round" -> unary(Unary.Kind.ROUND);
      case "square" -> recorder.emit(new Binary(Binary.Kind.MUL), x, x);
      case "clip" ->
          recorder.emit(
              new ElementOp.Clip(call.number(0).doubleValue(), call.number(1).doubleValue()), x);
      case "softmax" -> recorder.emit(new LayerOp.Softmax(x.axis(call.intAt(0)), false), x);
      case "logSoftmax" -> recorder.emit(new LayerOp.Softmax(x.axis(call.intAt(0)), true), x);
      case "mean" -> reduce(Reduce.Kind.MEAN, call);
      case "sum" -> reduce(Reduce.Kind.SUM, call);
      case "prod" -> reduce(Reduce.Kind.PROD, call);
      case "max" -> reduce(Reduce.Kind.MAX, call);
      case "min" -> reduce(Reduce.Kind.MIN, call);
      case "norm" -> call.takes(int.class, int[].class, boolean.class) ? norm(call) : null;
      case "normalize" -> call.count() == 3 ? normalize(call) : null;
      case "matMul" -> recorder.emit(new LayerOp.MatMul(), x, recorder.traced(call.array(0)));
      case "batchMatMul" -> product(call, 3);
      case "dot" -> product(call, 2);
      case "transpose" -> transpose(call);
      case "swapAxes" -> swapAxes(x.axis(call.intAt(0)), x.axis(call.intAt(1)));
      case "reshape" -> call.takes(long[].class) ? null : reshape(call.sizes(0));
      case "flatten" -> flatten(call);
      case "expandDims" -> unsqueeze(call.intAt(0));
      case "squeeze" -> squeeze(call);
      case "split" -> split(call);
      case "broadcast" ->
          call.takes(long[].class) ? null : x.view(new ShapeOp.Expand(call.sizes(0)));
      case "toType" -> cast((DataType) call.get(0), call.flag(1));
      case "toDevice" -> recorder.real().getDevice().equals(call.get(0)) ? copyIf(call) : null;
      case "duplicate" -> x.copy();
      default -> otherwise(call);
    };
  }

  private @Nullable Object otherwise(Call call) {
    @Nullable Object result = new ElementCalls(recorder, x).result(call);
    return result != null ? result : new SelectionCalls(recorder, x).result(call);
  }

  private TracedArray unary(Unary.Kind kind) {
    return recorder.emit(new Unary(kind), x);
  }

  private TracedArray binary(Binary.Kind kind, Call call) {
    Object other = call.get(0);
    if (!(other instanceof NDArray array)) {
      return recorder.emit(new Binary(kind), x, number((Number) other));
    }
    List<TracedArray> operands = promotion.promoted(x, recorder.traced(array));
    DataType type = operands.get(0).value().type().dataType();
    if (kind == Binary.Kind.DIV && !type.isFloating()) { // the engine divides as real numbers
      operands = operands.stream().map(o -> promotion.cast(o, DataType.FLOAT32)).toList();
    }
    return recorder.emit(new Binary(kind), operands);
  }

  /** PyTorch keeps the array's type only if the number is of no higher kind. */
  private TracedArray number(Number n) {
    DataType type = x.value().type().dataType();
    boolean whole = n instanceof Integer || n instanceof Long;
    boolean kept = whole || (type.isFloating() && x.rank() > 0);
    boolean single = n instanceof Float && type != DataType.FLOAT16 && type.isFloating();
    if (!kept && !single) {
      throw new IllegalArgumentException(
          "the "
              + n.getClass().getSimpleName()
              + " changes the element type of "
              + x.value().type()
              + "; convert one to the type of the other first");
    }
    return recorder.scalar(type, n);
  }

  private TracedArray reduce(Reduce.Kind kind, Call call) {
    IntStream axes =
        call.count() == 0 ? IntStream.range(0, x.rank()) : Arrays.stream(call.ints(0)).map(x::axis);
    boolean keep = call.count() == 2 && call.flag(1);
    Reduce op = new Reduce(kind, axes.sorted().boxed().toList(), keep);
    boolean adds = kind == Reduce.Kind.SUM || kind == Reduce.Kind.PROD;
    boolean whole = adds && !x.value().type().dataType().isFloating();
    return recorder.emit(op, whole ? promotion.cast(x, DataType.INT64) : x); // as the engine does
  }

  private TracedArray norm(Call call) {
    if (call.intAt(0) != 2) {
      throw new IllegalArgumentException("only the norm of exponent 2 is known");
    }
    List<Integer> axes = Arrays.stream(call.ints(1)).map(x::axis).sorted().boxed().toList();
    TracedArray squares = recorder.emit(new Binary(Binary.Kind.MUL), x, x);
    TracedArray sum = recorder.emit(new Reduce(Reduce.Kind.SUM, axes, call.flag(2)), squares);
    return recorder.emit(new Unary(Unary.Kind.SQRT), sum);
  }

  private TracedArray normalize(Call call) {
    if (call.number(0).doubleValue() != 2) {
      throw new IllegalArgumentException("only the norm of exponent 2 is known");
    }
    List<Integer> axis = List.of(x.axis(call.intAt(1)));
    TracedArray squares = recorder.emit(new Binary(Binary.Kind.MUL), x, x);
    TracedArray sum = recorder.emit(new Reduce(Reduce.Kind.SUM, axis, true), squares);
    TracedArray norm = recorder.emit(new Unary(Unary.Kind.SQRT), sum);
    ElementOp.Clip above =
        new ElementOp.Clip(call.number(2).doubleValue(), Double.POSITIVE_INFINITY);
    return recorder.emit(new Binary(Binary.Kind.DIV), x, recorder.emit(above, norm));
  }

  private TracedArray product(Call call, int rank) {
    TracedArray y = recorder.traced(call.array(0));
    if (x.rank() != rank || y.rank() != rank) {
      throw new IllegalArgumentException("both arrays need " + rank + " axes");
    }
    return recorder.emit(new LayerOp.MatMul(), x, y);
  }

  private TracedArray transpose(Call call) {
    IntStream perm =
        call.count() == 0
            ? IntStream.range(0, x.rank()).map(i -> x.rank() - 1 - i)
            : Arrays.stream(call.ints(0)).map(x::axis);
    return x.view(new ShapeOp.Transpose(perm.boxed().toList()));
  }

  private TracedArray swapAxes(int a, int b) {
    List<Integer> perm = new ArrayList<>(IntStream.range(0, x.rank()).boxed().toList());
    Collections.swap(perm, a, b);
    return x.view(new ShapeOp.Transpose(perm));
  }

  private TracedArray reshape(List<Long> sizes) {
    if (sizes.stream().anyMatch(s -> s != Op.INFER && s < 1)) {
      throw new IllegalArgumentException("sizes are 1 or more, or -1 once, got " + sizes);
    }
    return x.view(new ShapeOp.Reshape(sizes));
  }

  private TracedArray flatten(Call call) {
    int start = call.count() == 0 ? 0 : x.axis(call.intAt(0));
    int end = call.count() == 0 ? x.rank() - 1 : x.axis(call.intAt(1));
    List<Long> dims = x.value().type().dims();
    List<Long> sizes = new ArrayList<>(dims.subList(0, start));
    sizes.add(Op.INFER);
    sizes.addAll(dims.subList(end + 1, dims.size()));
    return reshape(sizes);
  }

  private TracedArray unsqueeze(int axis) {
    return x.view(new ShapeOp.Unsqueeze(List.of(axis < 0 ? axis + x.rank() + 1 : axis)));
  }

  private @Nullable TracedArray squeeze(Call call) {
    if (call.takes(int.class)) { // PyTorch leaves an axis that is not of size 1
      int axis = x.axis(call.intAt(0));
      return x.size(axis) == 1 ? x.view(new ShapeOp.Squeeze(List.of(axis))) : x;
    }
    if (call.takes(int[].class)) {
      List<Integer> axes = Arrays.stream(call.ints(0)).map(x::axis).sorted().boxed().toList();
      return axes.isEmpty() ? x : x.view(new ShapeOp.Squeeze(axes));
    }
    return null;
  }

  private @Nullable List<TracedArray> split(Call call) {
    if (call.takes(long[].class, int.class)) {
      return split(call.longs(0), x.axis(call.intAt(1)));
    }
    if (call.takes(long.class, int.class)) { // DJL's default begins with an empty section
      int axis = x.axis(call.intAt(1));
      int sections = call.intAt(0);
      long size = x.size(axis) / sections;
      if (size * sections != x.size(axis)) {
        throw new IllegalArgumentException(sections + " sections of " + x.size(axis));
      }
      return split(LongStream.range(1, sections).map(i -> i * size).toArray(), axis);
    }
    return null;
  }

  private List<TracedArray> split(long[] indices, int axis) {
    LongStream inner = LongStream.concat(LongStream.of(0), Arrays.stream(indices));
    long[] bounds = LongStream.concat(inner, LongStream.of(x.size(axis))).toArray();
    return IntStream.range(0, bounds.length - 1)
        .mapToObj(i -> x.view(slice(axis, bounds[i], bounds[i + 1])))
        .toList();
  }

  private static Op slice(int axis, long start, long end) {
    return new IndexOp.Slice(List.of(axis), List.of(start), List.of(end), List.of(1L));
  }

  private TracedArray cast(DataType type, boolean copy) {
    if (type != x.value().type().dataType()) {
      return recorder.emit(new ElementOp.Cast(type), x);
    }
    return copy ? x.copy() : x;
  }

  private TracedArray copyIf(Call call) {
    return call.flag(1) ? x.copy() : x;
  }
}
