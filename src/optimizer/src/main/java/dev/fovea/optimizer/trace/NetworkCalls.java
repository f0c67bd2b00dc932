package dev.fovea.optimizer.trace;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.internal.NDArrayEx;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.fovea.optimizer.ir.ElementOp;
import dev.fovea.optimizer.ir.ElementOp.Binary;
import dev.fovea.optimizer.ir.ElementOp.Unary;
import dev.fovea.optimizer.ir.IndexOp;
import dev.fovea.optimizer.ir.LayerOp;
import dev.fovea.optimizer.ir.Op;
import dev.fovea.optimizer.ir.ReductionOp.Reduce;
import dev.fovea.optimizer.ir.ShapeOp;
import dev.fovea.optimizer.ir.Type;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** How the methods of {@link NDArrayEx} are recorded, as the PyTorch engine computes them. */
final class NetworkCalls {
  private final Recorder recorder;
  private final TracedArray x;

  NetworkCalls(Recorder recorder, TracedArray x) {
    this.recorder = recorder;
    this.x = x;
  }

  /** Returns the result, one or a list, or null if the call is not known. */
  @Nullable Object result(Call call) {
    return switch (call.name()) {
      case "relu" -> unary(Unary.Kind.RELU, x);
      case "sigmoid" -> unary(Unary.Kind.SIGMOID, x);
      case "tanh" -> unary(Unary.Kind.TANH, x);
      case "gelu" -> unary(Unary.Kind.GELU, x);
      case "swish" -> call.number(0).floatValue() == 1 ? unary(Unary.Kind.SILU, x) : null;
      case "leakyRelu" -> leakyRelu(call.number(0).floatValue());
      case "softPlus" -> softPlus();
      case "softSign" -> softSign();
      case "elu" -> elu(call.number(0).doubleValue(), 1);
      case "selu" -> elu(1.6732632423543772, 1.0507009873554805);
      case "where" -> where(call);
      case "multiBoxPrior" -> List.of(anchors(call));
      case "rnn", "gru", "lstm" -> new RecurrentCalls(recorder).result(call);
      case "concat" -> concat(call);
      case "stack" -> stack(call);
      case "linear" -> List.of(linear(call));
      case "convolution" -> List.of(convolution(call));
      case "embedding" -> List.of(embedding(call));
      case "layerNorm" -> List.of(layerNorm(call));
      case "batchNorm" -> List.of(batchNorm(call));
      case "dropout" -> List.of(dropout(call));
      case "maxPool" -> maxPool(call);
      case "avgPool" -> averagePool(call);
      case "globalMaxPool" -> global(Reduce.Kind.MAX);
      case "globalAvgPool" -> global(Reduce.Kind.MEAN);
      case "interpolation" -> resize(call);
      case "resize" -> imageResize(call);
      default -> null;
    };
  }

  private TracedArray unary(Unary.Kind kind, TracedArray of) {
    return recorder.emit(new Unary(kind), of);
  }

  private TracedArray binary(Binary.Kind kind, TracedArray a, TracedArray b) {
    return recorder.emit(new Binary(kind), a, b);
  }

  private TracedArray leakyRelu(float slope) {
    if (!(slope >= 0 && slope <= 1)) {
      throw new IllegalArgumentException("slopes from 0 to 1 are known, got " + slope);
    }
    TracedArray factor = recorder.scalar(x.value().type().dataType(), slope);
    return binary(Binary.Kind.MAX, x, binary(Binary.Kind.MUL, x, factor));
  }

  /** log(1 + exp(x)) = max(x, 0) + log(1 + exp(-|x|)), which does not overflow. */
  private TracedArray softPlus() {
    TracedArray one = recorder.scalar(x.value().type().dataType(), 1);
    TracedArray small = unary(Unary.Kind.EXP, unary(Unary.Kind.NEG, unary(Unary.Kind.ABS, x)));
    TracedArray rest = unary(Unary.Kind.LOG, binary(Binary.Kind.ADD, small, one));
    return binary(Binary.Kind.ADD, unary(Unary.Kind.RELU, x), rest);
  }

  private TracedArray softSign() {
    TracedArray one = recorder.scalar(x.value().type().dataType(), 1);
    TracedArray size = binary(Binary.Kind.ADD, unary(Unary.Kind.ABS, x), one);
    return binary(Binary.Kind.DIV, x, size);
  }

  /** scale (max(x, 0) + alpha (exp(min(x, 0)) - 1)). */
  private TracedArray elu(double alpha, double scale) {
    DataType type = x.value().type().dataType();
    TracedArray below = binary(Binary.Kind.MIN, x, recorder.scalar(type, 0));
    TracedArray one = recorder.scalar(type, 1);
    TracedArray curve = binary(Binary.Kind.SUB, unary(Unary.Kind.EXP, below), one);
    TracedArray bent =
        binary(
            Binary.Kind.ADD,
            unary(Unary.Kind.RELU, x),
            binary(Binary.Kind.MUL, curve, recorder.scalar(type, alpha)));
    return scale == 1 ? bent : binary(Binary.Kind.MUL, bent, recorder.scalar(type, scale));
  }

  private TracedArray where(Call call) {
    Promotion promotion = new Promotion(recorder);
    TracedArray condition = promotion.cast(recorder.traced(call.array(0)), DataType.BOOLEAN);
    List<TracedArray> values = promotion.promoted(x, recorder.traced(call.array(1)));
    return recorder.emit(new ElementOp.Where(), condition, values.get(0), values.get(1));
  }

  /** The boxes of a feature map follow from its size alone. */
  private TracedArray anchors(Call call) {
    try (NDArray map = recorder.real().zeros(new Shape(x.value().type().dims()))) {
      return recorder.taken(
          map.getNDArrayInternal()
              .multiBoxPrior(
                  call.decimals(0),
                  call.decimals(1),
                  call.decimals(2),
                  call.decimals(3),
                  call.flag(4))
              .singletonOrThrow());
    }
  }

  private List<TracedArray> withFirst(NDList others) {
    List<TracedArray> all = new ArrayList<>(List.of(x));
    others.forEach(array -> all.add(recorder.traced(array)));
    return all;
  }

  private @Nullable TracedArray concat(Call call) {
    return call.count() == 1
        ? null
        : recorder.emit(new IndexOp.Concat(x.axis(call.intAt(1))), withFirst(call.list(0)));
  }

  private @Nullable TracedArray stack(Call call) {
    if (call.count() == 1) {
      return null;
    }
    int axis = call.intAt(1) < 0 ? call.intAt(1) + x.rank() + 1 : call.intAt(1);
    List<TracedArray> expanded =
        withFirst(call.list(0)).stream()
            .map(array -> recorder.emit(new ShapeOp.Unsqueeze(List.of(axis)), array))
            .toList();
    return expanded.size() == 1
        ? expanded.get(0)
        : recorder.emit(new IndexOp.Concat(axis), expanded);
  }

  /** x weight^T + bias; the transpose of a constant is folded later. */
  private TracedArray linear(Call call) {
    TracedArray input = recorder.traced(call.array(0));
    TracedArray weight = recorder.traced(call.array(1));
    @Nullable NDArray bias = call.optional(2);
    TracedArray transposed = recorder.emit(new ShapeOp.Transpose(List.of(1, 0)), weight);
    TracedArray product = recorder.emit(new LayerOp.MatMul(), input, transposed);
    return bias == null ? product : binary(Binary.Kind.ADD, product, recorder.traced(bias));
  }

  private TracedArray convolution(Call call) {
    List<TracedArray> operands = new ArrayList<>();
    operands.add(recorder.traced(call.array(0)));
    operands.add(recorder.traced(call.array(1)));
    @Nullable NDArray bias = call.optional(2);
    if (bias != null) {
      operands.add(recorder.traced(bias));
    }
    Op op = new LayerOp.Conv(call.sizes(3), pads(call.shape(4)), call.sizes(5), call.intAt(6));
    return recorder.emit(op, operands);
  }

  private TracedArray embedding(Call call) {
    TracedArray indices = recorder.traced(call.array(0));
    if (indices.value().type().dataType() != DataType.INT64) {
      indices = recorder.emit(new ElementOp.Cast(DataType.INT64), indices);
    }
    return recorder.emit(new IndexOp.Gather(0), recorder.traced(call.array(1)), indices);
  }

  private TracedArray layerNorm(Call call) {
    TracedArray input = recorder.traced(call.array(0));
    Shape normalized = call.shape(1);
    TracedArray scale = affine(call.optional(2), 1, normalized, input);
    TracedArray bias = affine(call.optional(3), 0, normalized, input);
    int axis = input.rank() - normalized.dimension();
    return recorder.emit(
        new LayerOp.LayerNormalization(axis, decimal(call.number(4))), input, scale, bias);
  }

  private TracedArray batchNorm(Call call) {
    if (call.flag(8)) {
      throw new IllegalArgumentException("it normalizes with the batch, as in training");
    }
    TracedArray input = recorder.traced(call.array(0));
    // The PyTorch engine takes -1 for its own axis, which is 1.
    int axis = call.intAt(5) == -1 ? 1 : call.intAt(5);
    Shape channels = new Shape(input.size(axis));
    List<TracedArray> operands = new ArrayList<>();
    operands.add(swapped(input, axis));
    operands.add(affine(call.optional(3), 1, channels, input));
    operands.add(affine(call.optional(4), 0, channels, input));
    operands.add(recorder.traced(call.array(1)));
    operands.add(recorder.traced(call.array(2)));
    Op op = new LayerOp.BatchNormalization(decimal(call.number(7)));
    return swapped(recorder.emit(op, operands), axis);
  }

  private static TracedArray swapped(TracedArray array, int axis) {
    if (axis == 1) {
      return array;
    }
    List<Integer> perm = new ArrayList<>(IntStream.range(0, array.rank()).boxed().toList());
    Collections.swap(perm, 1, axis);
    return array.view(new ShapeOp.Transpose(perm));
  }

  /** A scale or bias, or what stands for one that is absent. */
  private TracedArray affine(
      @Nullable NDArray given, int otherwise, Shape shape, TracedArray input) {
    if (given != null) {
      return recorder.traced(given);
    }
    DataType type = input.value().type().dataType();
    return recorder.taken(recorder.real().full(shape, otherwise, type));
  }

  private TracedArray dropout(Call call) {
    if (call.flag(2)) {
      throw new IllegalArgumentException("it is random, as in training");
    }
    return recorder.traced(call.array(0));
  }

  private TracedArray maxPool(Call call) {
    return recorder.emit(
        new LayerOp.MaxPool(call.sizes(0), call.sizes(1), pads(call.shape(2)), call.flag(3)), x);
  }

  private TracedArray averagePool(Call call) {
    List<Long> pads = pads(call.shape(2));
    if (!call.flag(4) && pads.stream().anyMatch(p -> p > 0)) {
      throw new IllegalArgumentException(
          "the engine counts the padding all the same; say countIncludePad");
    }
    return recorder.emit(
        new LayerOp.AveragePool(call.sizes(0), call.sizes(1), pads, call.flag(3), true), x);
  }

  private TracedArray global(Reduce.Kind kind) {
    List<Integer> axes = IntStream.range(2, x.rank()).boxed().toList();
    return recorder.emit(new Reduce(kind, axes, false), x);
  }

  private TracedArray resize(Call call) {
    if (call.flag(2)) {
      throw new IllegalArgumentException("the engine ignores alignCorners; say false");
    }
    return resize(x, call.longs(0), call.intAt(1));
  }

  /** Of images whose channels are last, (B, H, W, C) or (H, W, C), to width and height. */
  private TracedArray imageResize(Call call) {
    TracedArray batch = x.rank() == 3 ? recorder.emit(new ShapeOp.Unsqueeze(List.of(0)), x) : x;
    if (batch.rank() != 4) {
      throw new IllegalArgumentException("only (B, H, W, C) and (H, W, C) are known");
    }
    DataType type = x.value().type().dataType();
    Promotion promotion = new Promotion(recorder);
    TracedArray image =
        recorder.emit(
            new ShapeOp.Transpose(List.of(0, 3, 1, 2)), promotion.cast(batch, DataType.FLOAT32));
    long[] sizes = {call.intAt(1), call.intAt(0)};
    TracedArray resized = resize(image, sizes, call.intAt(2));
    TracedArray last = recorder.emit(new ShapeOp.Transpose(List.of(0, 2, 3, 1)), resized);
    TracedArray own = x.rank() == 3 ? recorder.emit(new ShapeOp.Squeeze(List.of(0)), last) : last;
    return promotion.cast(own, type);
  }

  private TracedArray resize(TracedArray image, long[] sizes, int interpolation) {
    Type type = image.value().type();
    if (type.rank() != 4 || sizes.length != 2) {
      throw new IllegalArgumentException("only (B, C, H, W) to (H, W) is known, got " + type);
    }
    LayerOp.Resize.Mode mode =
        switch (interpolation) { // the ordinal of ai.djl.modality.cv.Image.Interpolation
          case 0 -> LayerOp.Resize.Mode.NEAREST;
          case 1 -> LayerOp.Resize.Mode.LINEAR;
          case 3 -> LayerOp.Resize.Mode.CUBIC;
          default -> throw new IllegalArgumentException("interpolation " + interpolation);
        };
    boolean shrinks = sizes[0] < image.size(2) || sizes[1] < image.size(3);
    if (mode != LayerOp.Resize.Mode.NEAREST && shrinks) {
      throw new IllegalArgumentException(
          "the engine blurs when it shrinks " + type + " to " + List.of(sizes[0], sizes[1]));
    }
    return recorder.emit(new LayerOp.Resize(mode, false, List.of(sizes[0], sizes[1])), image);
  }

  /** The engine pads both ends of an axis alike. */
  private static List<Long> pads(Shape padding) {
    if (padding.dimension() != 2) {
      throw new IllegalArgumentException("only two spatial axes are known, got " + padding);
    }
    return List.of(padding.get(0), padding.get(1), padding.get(0), padding.get(1));
  }

  /** The number that was written in the source: 1e-6f is 1e-6, not 9.999999974752427e-7. */
  private static double decimal(Number number) {
    return Double.parseDouble(number.toString());
  }
}
