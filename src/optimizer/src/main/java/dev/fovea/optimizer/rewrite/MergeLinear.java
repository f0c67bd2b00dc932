package dev.fovea.optimizer.rewrite;

import dev.fovea.optimizer.ir.ElementOp;
import dev.fovea.optimizer.ir.Graph;
import dev.fovea.optimizer.ir.LayerOp;
import dev.fovea.optimizer.ir.Node;
import dev.fovea.optimizer.ir.Op;
import dev.fovea.optimizer.ir.ShapeOp;
import dev.fovea.optimizer.ir.Type;
import dev.fovea.optimizer.ir.Value;
import java.util.ArrayList;
import java.util.List;

/**
 * A linear map and the 1 x 1 convolution behind it are one linear map.
 *
 * <pre>
 * before: y = Add(MatMul(x, A), a); z = Conv(Transpose[0, 3, 1, 2](y), B, b)    A (K, M), B (N, M, 1, 1)
 * after:  z = Transpose[0, 3, 1, 2](Add(MatMul(x, A B'), a B' + b))
 * </pre>
 *
 * Does not fire if y has another reader, or if the product A B' is more to multiply with than A and
 * B are.
 */
final class MergeLinear implements Rewrite {

  private static final Op TO_CHANNELS_FIRST = new ShapeOp.Transpose(List.of(0, 3, 1, 2));

  @Override
  public Graph apply(Graph graph) {
    Edit edit = new Edit(graph);
    for (Node node : edit.nodes()) {
      Pointwise conv = Pointwise.of(edit, node);
      Node transpose = conv == null ? null : edit.definition(conv.x(), ShapeOp.Transpose.class);
      if (conv == null
          || transpose == null
          || !transpose.op().equals(TO_CHANNELS_FIRST)
          || !edit.hasOneReader(conv.x())) {
        continue;
      }
      Value y = transpose.inputs().get(0);
      Affine map = edit.hasOneReader(y) ? Affine.endingAt(edit, y) : null;
      if (map != null && map.node().op() instanceof LayerOp.MatMul && pays(map, conv)) {
        merge(edit, map, conv);
      }
    }
    return edit.graph();
  }

  private static boolean pays(Affine map, Pointwise conv) {
    long k = map.weight().type().dims().get(0);
    long m = conv.in();
    long n = conv.out();
    return k * n <= k * m + m * n;
  }

  private static void merge(Edit edit, Affine map, Pointwise conv) {
    Node node = conv.node();
    int m = conv.in();
    int n = conv.out();
    int k = Math.toIntExact(map.weight().type().dims().get(0));
    float[] a = Affine.floats(edit, map.weight()).data();
    float[] b = conv.weights(edit);
    float[] product = new float[k * n];
    for (int row = 0; row < k; row++) {
      for (int column = 0; column < n; column++) {
        double sum = 0;
        for (int i = 0; i < m; i++) {
          sum += (double) a[row * m + i] * b[column * m + i];
        }
        product[row * n + column] = (float) sum;
      }
    }
    Floats weights = new Floats(List.of((long) k, (long) n), product);
    Value weight = edit.constant(map.weight(), weights.toTensor());
    Value bias = edit.constant(node.source() + ".bias", bias(edit, map, conv).toTensor());

    List<Long> dims = new ArrayList<>(map.output().type().dims());
    dims.set(dims.size() - 1, (long) n);
    Type type = new Type(map.output().type().dataType(), dims);
    Value mapped = edit.value(map.node().output().name(), type);
    Value sum = edit.value(node.output().name(), type);
    Op add = new ElementOp.Binary(ElementOp.Binary.Kind.ADD);
    edit.define(
        mapped, new LayerOp.MatMul(), List.of(map.node().inputs().get(0), weight), node.source());
    edit.define(sum, add, List.of(mapped, bias), node.source());
    edit.define(node.output(), TO_CHANNELS_FIRST, List.of(sum), node.source());
  }

  private static Floats bias(Edit edit, Affine map, Pointwise conv) {
    double[] result = conv.biases(edit);
    float[] b = conv.weights(edit);
    double[] a = map.bias() == null ? new double[1] : Affine.floats(edit, map.bias()).toDoubles();
    for (int column = 0; column < result.length; column++) {
      for (int i = 0; i < conv.in(); i++) {
        result[column] += a[i % a.length] * b[column * conv.in() + i];
      }
    }
    return Floats.vector(result);
  }
}
