package dev.fovea.optimizer.rewrite;

import dev.fovea.optimizer.ir.ElementOp;
import dev.fovea.optimizer.ir.LayerOp;
import dev.fovea.optimizer.ir.Node;
import dev.fovea.optimizer.ir.Value;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A map y = W x + b with constant W and b, into which a factor and a summand per channel of y can
 * be folded: a {@code Conv}, or a {@code MatMul} with or without an {@code Add} behind it.
 *
 * @param node the Conv or MatMul
 * @param add the Add of a MatMul's bias
 * @param weight the constant operand, its channels of y on {@code weightAxis}
 * @param bias the bias, if there is one: as many numbers as channels
 * @param channelAxis the axis of y that counts channels
 */
record Affine(
    Node node,
    @Nullable Node add,
    Value weight,
    int weightAxis,
    @Nullable Value bias,
    int channelAxis) {

  /** The map that ends in this value; null if there is none, or if others read its inside. */
  static @Nullable Affine endingAt(Edit edit, Value value) {
    Node node = edit.definition(value);
    if (node == null) {
      return null;
    }
    if (node.op() instanceof LayerOp.Conv) {
      Value weight = node.inputs().get(1);
      Value bias = node.inputs().size() > 2 ? node.inputs().get(2) : null;
      return isFloat(edit, weight) && (bias == null || isFloat(edit, bias))
          ? new Affine(node, null, weight, 0, bias, 1)
          : null;
    }
    if (node.op() instanceof LayerOp.MatMul) {
      return ofMatMul(edit, node, null, null);
    }
    if (node.op().equals(new ElementOp.Binary(ElementOp.Binary.Kind.ADD))) {
      for (int i = 0; i < 2; i++) {
        Value bias = node.inputs().get(i);
        Value product = node.inputs().get(1 - i);
        Node matMul = edit.definition(product, LayerOp.MatMul.class);
        if (matMul != null && edit.hasOneReader(product) && isFloat(edit, bias)) {
          return ofMatMul(edit, matMul, node, bias);
        }
      }
    }
    return null;
  }

  private static @Nullable Affine ofMatMul(
      Edit edit, Node matMul, @Nullable Node add, @Nullable Value bias) {
    Value weight = matMul.inputs().get(1); // (K, N)
    if (!isFloat(edit, weight) || weight.type().rank() != 2) {
      return null;
    }
    int axis = matMul.output().type().rank() - 1;
    if (bias != null && vectorAlong(bias, axis, axis + 1, weight.type().dims().get(1)) < 0) {
      return null;
    }
    return new Affine(matMul, add, weight, 1, bias, axis);
  }

  private static boolean isFloat(Edit edit, Value value) {
    return Floats.are(edit.constant(value));
  }

  /**
   * How a constant broadcasts against a tensor of some rank.
   *
   * @return its number of elements if it varies along {@code axis} alone, {@code size} numbers; 1
   *     if it is one number; -1 for anything else
   */
  static int vectorAlong(Value constant, int axis, int rank, long size) {
    List<Long> dims = constant.type().dims();
    int offset = rank - dims.size();
    if (offset < 0) {
      return -1;
    }
    for (int i = 0; i < dims.size(); i++) {
      if (dims.get(i) != 1 && (offset + i != axis || dims.get(i) != size)) {
        return -1;
      }
    }
    return dims.stream().allMatch(d -> d == 1) ? 1 : Math.toIntExact(size);
  }

  int channels() {
    return Math.toIntExact(weight.type().dims().get(weightAxis));
  }

  Value output() {
    return (add == null ? node : add).output();
  }

  /** Makes it y = scale (W x + b) + shift. A shift needs a bias or a Conv. */
  void fold(Edit edit, double[] scale, double @Nullable [] shift) {
    Floats weights = floats(edit, weight).scale(weightAxis, scale);
    List<Value> inputs = new ArrayList<>(node.inputs());
    inputs.set(1, edit.constant(weight, weights.toTensor()));
    Value shifted = bias == null && shift == null ? null : bias(edit, scale, shift);
    if (add == null && shifted != null) {
      inputs = List.of(inputs.get(0), inputs.get(1), shifted);
    }
    edit.define(node.output(), node.op(), inputs, node.source());
    if (add != null && shifted != null) {
      List<Value> sum =
          add.inputs().get(0).equals(bias)
              ? List.of(shifted, node.output())
              : List.of(node.output(), shifted);
      edit.define(add.output(), add.op(), sum, add.source());
    }
  }

  /** Makes it y = W (scale x) + b + shift, of a MatMul. A shift needs a bias. */
  void foldInput(Edit edit, double[] scale, double @Nullable [] shift) {
    Value scaled = edit.constant(weight, floats(edit, weight).scale(0, scale).toTensor());
    edit.define(node.output(), node.op(), List.of(node.inputs().get(0), scaled), node.source());
    if (add != null && bias != null && shift != null) {
      Value shifted = bias(edit, uniform(1), shift);
      List<Value> sum = new ArrayList<>(add.inputs());
      sum.replaceAll(v -> v.equals(bias) ? shifted : v);
      edit.define(add.output(), add.op(), sum, add.source());
    }
  }

  private Value bias(Edit edit, double[] scale, double @Nullable [] shift) {
    double[] old = bias == null ? new double[1] : floats(edit, bias).toDoubles();
    double[] sum =
        IntStream.range(0, channels())
            .mapToDouble(i -> old[i % old.length] * scale[i] + (shift == null ? 0 : shift[i]))
            .toArray();
    Floats result = Floats.vector(sum);
    if (bias == null) {
      return edit.constant(node.source() + ".bias", result.toTensor());
    }
    List<Long> dims = bias.type().dims();
    boolean keep = old.length == sum.length;
    return edit.constant(bias, new Floats(keep ? dims : result.dims(), result.data()).toTensor());
  }

  static Floats floats(Edit edit, Value value) {
    Floats floats = Floats.of(edit.constant(value));
    if (floats == null) {
      throw new IllegalStateException(value + " is no float32 constant");
    }
    return floats;
  }

  /** The same factor for every channel. */
  double[] uniform(double factor) {
    double[] result = new double[channels()];
    Arrays.fill(result, factor);
    return result;
  }
}
