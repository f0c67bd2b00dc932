package dev.fovea.optimizer.trace;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.fovea.optimizer.ir.ShapeOp;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The stand-in for a manager, and for all that are opened inside of the block: stand-ins own no
 * memory, so closing does nothing. Arrays that the block creates become constants.
 */
final class TracedManager implements InvocationHandler {
  private final Recorder recorder;
  private final NDManager real;

  TracedManager(Recorder recorder, NDManager real) {
    this.recorder = recorder;
    this.real = real;
  }

  @Override
  public @Nullable Object invoke(Object self, Method method, @Nullable Object @Nullable [] args)
      throws Throwable {
    Call call = Call.of(method, args);
    recorder.called(call);
    return switch (call.name()) {
      case "newSubManager", "getParentManager" -> self;
      case "isOpen" -> true;
      case "getManagedArrays" -> List.of();
      case "close",
          "cap",
          "setName",
          "attachInternal",
          "attachUncappedInternal",
          "tempAttachInternal",
          "detachInternal" ->
          null;
      case "getDevice", "defaultDevice", "getEngine", "getName", "allocateDirect" -> real(call);
      case "equals" -> self == call.args().get(0);
      case "hashCode" -> System.identityHashCode(self);
      case "toString" -> "the manager of a trace";
      case "from" -> recorder.traced(call.array(0)).proxy();
      case "zeros" -> filled(call, 0, call.count() < 2 ? DataType.FLOAT32 : type(call, 1));
      case "ones" -> filled(call, 1, call.count() < 2 ? DataType.FLOAT32 : type(call, 1));
      case "full" -> full(call);
      case "create" -> create(call);
      case "arange", "eye", "linspace" -> constant(call);
      default -> otherwise(self, call);
    };
  }

  private NDArray create(Call call) throws Throwable {
    if (call.get(0) instanceof Shape) {
      throw recorder.refused(call, "its elements are not set; use zeros");
    }
    return constant(call);
  }

  private NDArray constant(Call call) throws Throwable {
    return recorder.taken((NDArray) Objects.requireNonNull(real(call))).proxy();
  }

  private NDArray full(Call call) {
    Number value = call.number(1);
    DataType implied = value instanceof Float ? DataType.FLOAT32 : DataType.INT32;
    return filled(call, value, call.count() < 3 ? implied : type(call, 2));
  }

  /** A broadcast number rather than a constant: its sizes may depend on those of the inputs. */
  private NDArray filled(Call call, Number value, DataType type) {
    TracedArray scalar;
    try {
      scalar = recorder.scalar(type, value);
    } catch (IllegalArgumentException e) {
      throw recorder.refused(call, e);
    }
    return recorder.emit(new ShapeOp.Expand(call.sizes(0)), scalar).proxy();
  }

  private static DataType type(Call call, int i) {
    return (DataType) call.get(i);
  }

  private @Nullable Object otherwise(Object self, Call call) throws Throwable {
    boolean random =
        call.name().startsWith("random")
            || call.name().startsWith("sample")
            || call.name().startsWith("truncated");
    if (random) {
      throw recorder.refused(call, "it is random");
    }
    if (call.method().isDefault()) {
      return InvocationHandler.invokeDefault(self, call.method(), call.args().toArray());
    }
    throw recorder.refused(call, "no constant stands for it");
  }

  private @Nullable Object real(Call call) throws Throwable {
    try {
      return call.method().invoke(real, call.args().toArray());
    } catch (InvocationTargetException e) {
      throw e.getCause() == null ? e : e.getCause();
    }
  }
}
