package dev.fovea.optimizer.rewrite;

import dev.fovea.optimizer.ir.Graph;
import dev.fovea.optimizer.ir.Node;
import dev.fovea.optimizer.ir.Op;
import dev.fovea.optimizer.ir.Value;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The scale and bias of a layer normalization go into the linear maps behind it.
 *
 * <pre>
 * before: n = LayerNorm(x, gamma, beta); y = Add(MatMul(n, W), b)      gamma, beta (K), W (K, N)
 * after:  n = LayerNorm(x, 1, 0);        y = Add(MatMul(n, gamma W), beta W + b)
 * </pre>
 *
 * Does not fire if anything but such maps reads n, or if the normalization is not of the last axis
 * alone. It comes after quantization, which shares factors between gamma and W in its own way.
 */
final class FoldNormalizationScale implements Rewrite {

  @Override
  public Graph apply(Graph graph) {
    Map<Value, List<Node>> readers = new HashMap<>();
    for (Node node : graph.nodes()) {
      node.inputs().forEach(v -> readers.computeIfAbsent(v, k -> new ArrayList<>()).add(node));
    }
    Edit edit = new Edit(graph);
    for (Node node : graph.nodes()) {
      if (node.op() instanceof Op.LayerNormalization norm
          && norm.axis() == node.output().type().rank() - 1
          && !graph.outputs().contains(node.output())) {
        fold(edit, node, readers);
      }
    }
    return edit.graph();
  }

  private static void fold(Edit edit, Node norm, Map<Value, List<Node>> readers) {
    Floats gamma = Floats.of(edit.constant(norm.inputs().get(1)));
    Floats beta = Floats.of(edit.constant(norm.inputs().get(2)));
    if (gamma == null || beta == null || (isAll(gamma, 1) && isAll(beta, 0))) {
      return;
    }
    List<Affine> maps = new ArrayList<>();
    for (Node reader : readers.getOrDefault(norm.output(), List.of())) {
      Affine map = map(edit, reader, norm.output(), readers);
      if (map == null || (map.bias() == null && !isAll(beta, 0))) {
        return;
      }
      maps.add(map);
    }
    if (maps.isEmpty()) {
      return;
    }
    for (Affine map : maps) {
      double[] shift = shift(beta, Affine.floats(edit, map.weight()), map.channels());
      map.foldInput(edit, gamma.toDoubles(), map.bias() == null ? null : shift);
    }
    List<Value> inputs =
        List.of(
            norm.inputs().get(0),
            filled(edit, norm.inputs().get(1), 1),
            filled(edit, norm.inputs().get(2), 0));
    edit.define(norm.output(), norm.op(), inputs, norm.source());
  }

  private static @Nullable Affine map(
      Edit edit, Node matMul, Value x, Map<Value, List<Node>> readers) {
    if (!(matMul.op() instanceof Op.MatMul)
        || !matMul.inputs().get(0).equals(x)
        || matMul.inputs().get(1).equals(x)) {
      return null;
    }
    List<Node> behind = readers.getOrDefault(matMul.output(), List.of());
    Affine withBias = behind.size() == 1 ? Affine.endingAt(edit, behind.get(0).output()) : null;
    return withBias != null && withBias.add() != null && withBias.node().equals(matMul)
        ? withBias
        : Affine.endingAt(edit, matMul.output());
  }

  private static double[] shift(Floats beta, Floats weights, int channels) {
    double[] shift = new double[channels];
    for (int i = 0; i < beta.data().length; i++) {
      for (int column = 0; column < channels; column++) {
        shift[column] += (double) beta.data()[i] * weights.data()[i * channels + column];
      }
    }
    return shift;
  }

  private static Value filled(Edit edit, Value old, float number) {
    float[] data = new float[Math.toIntExact(old.type().dims().get(0))];
    Arrays.fill(data, number);
    return edit.constant(old, new Floats(old.type().dims(), data).toTensor());
  }

  private static boolean isAll(Floats floats, float number) {
    for (float value : floats.data()) {
      if (value != number) {
        return false;
      }
    }
    return true;
  }
}
