package dev.fovea.optimizer.trace;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** One call of a method of DJL on a stand-in. */
record Call(Method method, List<@Nullable Object> args) {

  static Call of(Method method, @Nullable Object @Nullable [] args) {
    return new Call(method, args == null ? List.of() : Arrays.asList(args));
  }

  String name() {
    return method.getName();
  }

  int count() {
    return args.size();
  }

  /** Returns whether the parameters of the called overload are of these types. */
  boolean takes(Class<?>... types) {
    return Arrays.equals(method.getParameterTypes(), types);
  }

  int intAt(int i) {
    return number(i).intValue();
  }

  boolean flag(int i) {
    return (Boolean) get(i);
  }

  Number number(int i) {
    return (Number) get(i);
  }

  long[] longs(int i) {
    return (long[]) get(i);
  }

  int[] ints(int i) {
    return (int[]) get(i);
  }

  Shape shape(int i) {
    return (Shape) get(i);
  }

  List<Long> sizes(int i) {
    return Arrays.stream(shape(i).getShape()).boxed().toList();
  }

  NDArray array(int i) {
    return (NDArray) get(i);
  }

  @Nullable NDArray optional(int i) {
    return (NDArray) args.get(i);
  }

  NDList list(int i) {
    return (NDList) get(i);
  }

  /** A copy, because DJL writes into such lists. */
  List<Float> decimals(int i) {
    return ((List<?>) get(i)).stream().map(Float.class::cast).collect(Collectors.toList());
  }

  Object get(int i) {
    @Nullable Object arg = args.get(i);
    if (arg == null) {
      throw new IllegalArgumentException("argument " + i + " of " + this + " is null");
    }
    return arg;
  }

  /** The method with those of its arguments that are neither arrays nor lists of them. */
  String described() {
    StringBuilder text = new StringBuilder(toString());
    for (Object arg : args) {
      boolean plain =
          arg instanceof Number
              || arg instanceof Boolean
              || arg instanceof String
              || arg instanceof Enum
              || arg instanceof Shape;
      text.append(' ')
          .append(
              plain
                  ? arg
                  : arg instanceof int[] ints
                      ? Arrays.toString(ints)
                      : arg instanceof long[] longs ? Arrays.toString(longs) : "_");
    }
    return text.toString();
  }

  @Override
  public String toString() {
    return method.getDeclaringClass().getSimpleName()
        + "."
        + name()
        + Arrays.stream(method.getParameterTypes())
            .map(Class::getSimpleName)
            .collect(Collectors.joining(", ", "(", ")"));
  }
}
