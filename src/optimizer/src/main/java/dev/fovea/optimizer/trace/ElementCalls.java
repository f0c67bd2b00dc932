package dev.fovea.optimizer.trace;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import dev.fovea.optimizer.ir.ElementOp;
import dev.fovea.optimizer.ir.ElementOp.Binary;
import dev.fovea.optimizer.ir.ElementOp.Compare;
import dev.fovea.optimizer.ir.ElementOp.Logic;
import dev.fovea.optimizer.ir.ElementOp.Unary;
import dev.fovea.optimizer.ir.ReductionOp.Reduce;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** How comparisons, logic and the rarer functions of each element are recorded. */
final class ElementCalls {
  private final Recorder recorder;
  private final Promotion promotion;
  private final TracedArray x;

  ElementCalls(Recorder recorder, TracedArray x) {
    this.recorder = recorder;
    this.promotion = new Promotion(recorder);
    this.x = x;
  }

  /** Returns the result, or null if the call is not known. */
  @Nullable TracedArray result(Call call) {
    return switch (call.name()) {
      case "eq" -> compare(Compare.Kind.EQUAL, call);
      case "neq" -> unary(Unary.Kind.NOT, compare(Compare.Kind.EQUAL, call));
      case "gt" -> compare(Compare.Kind.GREATER, call);
      case "gte" -> compare(Compare.Kind.GREATER_OR_EQUAL, call);
      case "lt" -> compare(Compare.Kind.LESS, call);
      case "lte" -> compare(Compare.Kind.LESS_OR_EQUAL, call);
      case "logicalAnd" -> logic(Logic.Kind.AND, call);
      case "logicalOr" -> logic(Logic.Kind.OR, call);
      case "logicalXor" -> logic(Logic.Kind.XOR, call);
      case "logicalNot" -> unary(Unary.Kind.NOT, truth(x));
      case "isNaN" -> unary(Unary.Kind.NOT, recorder.emit(new Compare(Compare.Kind.EQUAL), x, x));
      case "isInfinite" -> isInfinite();
      case "any" -> call.count() == 0 ? any(truth(x)) : null;
      case "all" ->
          call.count() == 0 ? unary(Unary.Kind.NOT, any(unary(Unary.Kind.NOT, truth(x)))) : null;
      case "mod" -> mod(call);
      case "sign" -> unary(Unary.Kind.SIGN, x);
      case "signi" -> x.replace(call, unary(Unary.Kind.SIGN, x));
      case "trunc" -> trunc();
      case "sin" -> unary(Unary.Kind.SIN, real());
      case "cos" -> unary(Unary.Kind.COS, real());
      case "tan" -> unary(Unary.Kind.TAN, real());
      case "asin" -> unary(Unary.Kind.ASIN, real());
      case "acos" -> unary(Unary.Kind.ACOS, real());
      case "atan" -> unary(Unary.Kind.ATAN, real());
      case "sinh" -> unary(Unary.Kind.SINH, real());
      case "cosh" -> unary(Unary.Kind.COSH, real());
      case "log2" -> scaled(unary(Unary.Kind.LOG, real()), 1 / Math.log(2));
      case "log10" -> scaled(unary(Unary.Kind.LOG, real()), 1 / Math.log(10));
      case "toDegrees" -> scaled(real(), 180 / Math.PI);
      case "toRadians" -> scaled(real(), Math.PI / 180);
      default -> null;
    };
  }

  private TracedArray unary(Unary.Kind kind, TracedArray of) {
    return recorder.emit(new Unary(kind), of);
  }

  private TracedArray binary(Binary.Kind kind, TracedArray a, TracedArray b) {
    return recorder.emit(new Binary(kind), a, b);
  }

  private DataType type() {
    return x.value().type().dataType();
  }

  /** The engine turns integers into real numbers where a function needs them. */
  private TracedArray real() {
    return type().isFloating() ? x : promotion.cast(x, DataType.FLOAT32);
  }

  private TracedArray scaled(TracedArray of, double factor) {
    DataType type = of.value().type().dataType();
    return binary(Binary.Kind.MUL, of, recorder.scalar(type, factor));
  }

  private TracedArray operand(Object other) {
    if (other instanceof NDArray array) {
      return recorder.traced(array);
    }
    DataType type =
        other instanceof Integer
            ? DataType.INT32
            : other instanceof Long
                ? DataType.INT64
                : other instanceof Float ? DataType.FLOAT32 : DataType.FLOAT64;
    return recorder.scalar(type, (Number) other);
  }

  private TracedArray compare(Compare.Kind kind, Call call) {
    return recorder.emit(new Compare(kind), promotion.promoted(x, operand(call.get(0))));
  }

  private TracedArray logic(Logic.Kind kind, Call call) {
    return recorder.emit(new Logic(kind), truth(x), truth(recorder.traced(call.array(0))));
  }

  /** Every number but 0 is true. */
  private TracedArray truth(TracedArray array) {
    return promotion.cast(array, DataType.BOOLEAN);
  }

  private TracedArray any(TracedArray truths) {
    TracedArray numbers = recorder.emit(new ElementOp.Cast(DataType.INT32), truths);
    List<Integer> axes = IntStream.range(0, truths.rank()).boxed().toList();
    TracedArray most = recorder.emit(new Reduce(Reduce.Kind.MAX, axes, false), numbers);
    return recorder.emit(new ElementOp.Cast(DataType.BOOLEAN), most);
  }

  private TracedArray isInfinite() {
    TracedArray infinity = recorder.scalar(type(), Double.POSITIVE_INFINITY);
    return recorder.emit(new Compare(Compare.Kind.EQUAL), unary(Unary.Kind.ABS, x), infinity);
  }

  /** x - y floor(x / y): of the sign of y. */
  private TracedArray mod(Call call) {
    List<TracedArray> pair = promotion.promoted(x, operand(call.get(0)));
    TracedArray a = pair.get(0);
    TracedArray b = pair.get(1);
    if (!a.value().type().dataType().isFloating()) {
      throw new IllegalArgumentException("only the remainder of real numbers is known");
    }
    TracedArray whole = unary(Unary.Kind.FLOOR, binary(Binary.Kind.DIV, a, b));
    return binary(Binary.Kind.SUB, a, binary(Binary.Kind.MUL, b, whole));
  }

  private TracedArray trunc() {
    TracedArray size = unary(Unary.Kind.FLOOR, unary(Unary.Kind.ABS, x));
    return binary(Binary.Kind.MUL, unary(Unary.Kind.SIGN, x), size);
  }
}
