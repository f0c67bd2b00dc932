package dev.fovea.optimizer.trace;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.internal.NDArrayEx;
import ai.djl.ndarray.types.Shape;
import ai.djl.ndarray.types.SparseFormat;
import dev.fovea.optimizer.ir.Op;
import dev.fovea.optimizer.ir.Value;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The stand-in for an array: knows its type, holds no elements, and records the calls on it.
 *
 * <p>A call that DJL defines by other calls records those. Every other call is recorded by {@link
 * ArrayCalls} or {@link NetworkCalls}, or refused.
 */
final class TracedArray implements InvocationHandler {
  /** Calls whose results are elements, on which the traced code could decide. */
  private static final Set<String> READS =
      Set.of(
          "toByteBuffer",
          "toArray",
          "toDoubleArray",
          "toFloatArray",
          "toShortArray",
          "toUnsignedShortArray",
          "toIntArray",
          "toUnsignedIntArray",
          "toLongArray",
          "toByteArray",
          "toUint8Array",
          "toBooleanArray",
          "toStringArray",
          "encode",
          "getFloat",
          "getDouble",
          "getInt",
          "getLong",
          "getByte",
          "getUint8",
          "getBoolean",
          "contentEquals",
          "allClose",
          "toDebugString",
          "copyTo");

  private static final Set<String> UNKNOWN_SIZES = Set.of("booleanMask", "nonzero", "unique");

  private final Recorder recorder;
  private final NDArray proxy;
  private final NDArrayEx internal;
  private Value value;
  private boolean shared;
  private @Nullable String name;

  /**
   * Creates a stand-in.
   *
   * @param recorder the trace that it belongs to
   * @param value what it stands for
   * @param shared whether another array may have the same memory, so that it cannot be written
   */
  TracedArray(Recorder recorder, Value value, boolean shared) {
    this.recorder = recorder;
    this.value = value;
    this.shared = shared;
    this.proxy = (NDArray) proxy(NDArray.class, this);
    this.internal = (NDArrayEx) proxy(NDArrayEx.class, this::invokeInternal);
  }

  private static Object proxy(Class<?> type, InvocationHandler handler) {
    return Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler);
  }

  /** Returns the stand-in behind an array, or null if it is a real array. */
  static @Nullable TracedArray of(Object array) {
    return Proxy.isProxyClass(array.getClass())
            && Proxy.getInvocationHandler(array) instanceof TracedArray traced
        ? traced
        : null;
  }

  Recorder recorder() {
    return recorder;
  }

  Value value() {
    return value;
  }

  /** Returns the array that the traced code sees. */
  NDArray proxy() {
    return proxy;
  }

  long size(int axis) {
    return value.type().dims().get(axis);
  }

  int rank() {
    return value.type().rank();
  }

  /** Counts a negative axis from the back. */
  int axis(int axis) {
    return axis < 0 ? axis + rank() : axis;
  }

  /** Records a node whose result may be a view of this array. */
  TracedArray view(Op op) {
    TracedArray view = recorder.emit(op, this);
    view.shared = true;
    shared = true;
    return view;
  }

  /** Returns a stand-in for a copy of this array. */
  TracedArray copy() {
    return new TracedArray(recorder, value, false);
  }

  /** Lets this array stand for another value, as a write in place does. */
  TracedArray replace(Call call, TracedArray written) {
    if (shared) {
      throw recorder.refused(
          call,
          "other arrays may share the memory that it writes; use the form that returns a copy");
    }
    if (!written.value.type().equals(value.type())) {
      throw recorder.refused(call, "it changes " + value.type() + " to " + written.value.type());
    }
    value = written.value;
    return this;
  }

  @Override
  public @Nullable Object invoke(Object self, Method method, @Nullable Object @Nullable [] args)
      throws Throwable {
    Call call = Call.of(method, args);
    return switch (call.name()) {
      case "getManager" -> recorder.manager();
      case "getDevice" -> recorder.real().getDevice();
      case "getDataType" -> value.type().dataType();
      case "getShape" -> new Shape(value.type().dims());
      case "getSparseFormat" -> SparseFormat.DENSE;
      case "getUid" -> value.name();
      case "getName" -> name;
      case "setName" -> named((String) call.args().get(0));
      case "getNDArrayInternal" -> internal;
      case "hasGradient", "isReleased" -> false;
      case "stopGradient" -> proxy;
      case "attach", "tempAttach", "returnResource", "detach", "close" -> null;
      case "equals" -> proxy == call.args().get(0);
      case "hashCode" -> System.identityHashCode(proxy);
      case "toString" -> value + ": " + value.type();
      default -> record(call, new ArrayCalls(recorder, this)::result, self);
    };
  }

  private NDArray named(@Nullable String name) {
    this.name = name;
    return proxy;
  }

  private @Nullable Object invokeInternal(
      Object self, Method method, @Nullable Object @Nullable [] args) throws Throwable {
    Call call = Call.of(method, args);
    return switch (call.name()) {
      case "getArray" -> proxy;
      case "getIndexer" -> new TracedIndexer(recorder);
      case "equals" -> self == call.args().get(0);
      case "hashCode" -> System.identityHashCode(self);
      case "toString" -> value + ": " + value.type();
      default -> record(call, new NetworkCalls(recorder, this)::result, self);
    };
  }

  private Object record(Call call, Rule rule, Object self) throws Throwable {
    recorder.called(call);
    if (READS.contains(call.name())) {
      throw recorder.refused(call, "it reads elements, which are known only when the graph runs");
    }
    try {
      @Nullable Object result = rule.result(call);
      if (result instanceof TracedArray traced) {
        return traced.proxy();
      }
      if (result instanceof List<?> list) {
        NDList arrays = new NDList(list.size());
        list.forEach(item -> arrays.add(((TracedArray) item).proxy()));
        return arrays;
      }
    } catch (IllegalArgumentException
        | IndexOutOfBoundsException
        | ArithmeticException
        | ClassCastException e) {
      throw recorder.refused(call, e);
    }
    if (UNKNOWN_SIZES.contains(call.name())) {
      throw recorder.refused(call, "the size of its result depends on the elements");
    }
    if (call.method().isDefault()) {
      return byOtherCalls(call, self);
    }
    throw recorder.refused(call, "no operation of the graph stands for it");
  }

  private Object byOtherCalls(Call call, Object self) throws Throwable {
    try {
      return InvocationHandler.invokeDefault(self, call.method(), call.args().toArray());
    } catch (TraceException e) {
      throw e;
    } catch (RuntimeException e) {
      throw recorder.refused(call, e);
    }
  }

  /** Records a call, or returns null if it does not know it. */
  private interface Rule {
    @Nullable Object result(Call call);
  }
}
