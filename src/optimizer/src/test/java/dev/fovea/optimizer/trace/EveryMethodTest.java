package dev.fovea.optimizer.trace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.internal.NDArrayEx;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.ndarray.types.SparseFormat;
import ai.djl.nn.recurrent.RNN;
import dev.fovea.optimizer.ir.Type;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.Buffer;
import java.nio.FloatBuffer;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Each method that DJL has for arrays either is recorded, or is answered without elements, or is
 * refused by name: none falls through to an exception that says nothing.
 */
class EveryMethodTest {

  static Stream<Method> methods() {
    return Stream.of(NDArray.class, NDArrayEx.class)
        .flatMap(type -> Arrays.stream(type.getMethods()))
        .filter(method -> !Modifier.isStatic(method.getModifiers()))
        .filter(method -> method.getDeclaringClass() != Object.class);
  }

  @ParameterizedTest
  @MethodSource("methods")
  void isRecordedOrAnsweredOrRefusedByName(Method method) throws Exception {
    try (NDManager manager = NDManager.newBaseManager()) {
      Recorder recorder = recorder(manager);
      NDArray x = recorder.input(Type.of(DataType.FLOAT32, 2, 3, 4, 5)).proxy();
      Object self = method.getDeclaringClass() == NDArrayEx.class ? x.getNDArrayInternal() : x;
      Object[] args =
          Arrays.stream(method.getParameterTypes()).map(type -> argument(type, x)).toArray();
      try {
        method.invoke(self, args);
      } catch (InvocationTargetException e) {
        assertThat(e.getCause())
            .isInstanceOf(TraceException.class)
            .hasMessageStartingWith("Cannot trace ");
      }
    }
  }

  @Test
  void theseAloneAreRefusedWhateverTheirArguments() throws Exception {
    Set<String> refused = new TreeSet<>();
    for (Method method : methods().toList()) {
      try (NDManager manager = NDManager.newBaseManager()) {
        NDArray x = recorder(manager).input(Type.of(DataType.FLOAT32, 2, 3, 4, 5)).proxy();
        Object self = method.getDeclaringClass() == NDArrayEx.class ? x.getNDArrayInternal() : x;
        Object[] args =
            Arrays.stream(method.getParameterTypes()).map(type -> argument(type, x)).toArray();
        method.invoke(self, args);
      } catch (InvocationTargetException e) {
        if (String.valueOf(e.getCause()).contains("no operation of the graph stands for it")) {
          refused.add(method.getName());
        }
      }
    }
    assertThat(refused).containsAll(List.of("fft", "inverse", "erfinv", "adamUpdate", "toSparse"));
    assertThat(refused)
        .doesNotContain("add", "gt", "argSort", "cumSum", "gather", "relu", "reshape", "sin");
  }

  @Test
  void randomNumbersAreRefused() throws Exception {
    try (NDManager manager = NDManager.newBaseManager()) {
      NDManager traced = recorder(manager).manager();
      for (Method method : NDManager.class.getMethods()) {
        if (!method.getName().matches("(random|sample|truncated).*")) {
          continue;
        }
        NDArray x = recorder(manager).input(Type.of(DataType.FLOAT32, 2, 3)).proxy();
        Object[] args =
            Arrays.stream(method.getParameterTypes()).map(type -> argument(type, x)).toArray();
        assertThatThrownBy(() -> method.invoke(traced, args))
            .as(method.toString())
            .hasCauseInstanceOf(TraceException.class)
            .cause()
            .hasMessageContaining("it is random");
      }
    }
  }

  private static Recorder recorder(NDManager manager) {
    return new Recorder(Traces.block(x -> x), manager, new IdentityHashMap<>());
  }

  private static final Map<Class<?>, Object> ARGUMENTS =
      Map.ofEntries(
          Map.entry(int.class, 1),
          Map.entry(Integer.class, 1),
          Map.entry(long.class, 1L),
          Map.entry(float.class, 1f),
          Map.entry(double.class, 2.0),
          Map.entry(Number.class, 2f),
          Map.entry(boolean.class, false),
          Map.entry(int[].class, new int[] {1}),
          Map.entry(long[].class, new long[] {1, 1, 1, 1}),
          Map.entry(float[].class, new float[120]),
          Map.entry(double[].class, new double[120]),
          Map.entry(byte[].class, new byte[120]),
          Map.entry(String.class, ":, 1"),
          Map.entry(Object[].class, new Object[0]),
          Map.entry(Shape.class, new Shape(1, 1)),
          Map.entry(DataType.class, DataType.FLOAT32),
          Map.entry(Device.class, Device.cpu()),
          Map.entry(SparseFormat.class, SparseFormat.DENSE),
          Map.entry(NDIndex.class, new NDIndex(":, 1")),
          Map.entry(Charset.class, StandardCharsets.UTF_8),
          Map.entry(RNN.Activation.class, RNN.Activation.TANH),
          Map.entry(Buffer.class, FloatBuffer.allocate(120)));

  private static Object argument(Class<?> type, NDArray x) {
    if (type == NDArray.class) {
      return x;
    }
    if (type == NDList.class) {
      return new NDList(x);
    }
    if (type == NDManager.class) {
      return x.getManager();
    }
    if (type == Function.class) {
      return Function.identity();
    }
    if (type == List.class) {
      return new ArrayList<>(List.of(0.5f, 0.5f));
    }
    return Objects.requireNonNull(ARGUMENTS.get(type), () -> "no argument of " + type);
  }
}
