package dev.fovea.optimizer.rewrite;

import dev.fovea.optimizer.ir.Graph;
import dev.fovea.optimizer.ir.LayerOp;
import dev.fovea.optimizer.ir.Node;
import dev.fovea.optimizer.ir.Value;
import org.jspecify.annotations.Nullable;

/**
 * A batch normalization behind a convolution goes into its weight and bias.
 *
 * <pre>
 * before: y = Conv(x, W, b); z = BatchNormalization(y, gamma, beta, mean, var)
 * after:  z = Conv(x, s W, s (b - mean) + beta)        s = gamma / sqrt(var + epsilon), per channel
 * </pre>
 *
 * Does not fire if y has another reader, or if a statistic is not a constant.
 */
final class FoldBatchNormalization implements Rewrite {

  @Override
  public Graph apply(Graph graph) {
    Edit edit = new Edit(graph);
    for (Node node : edit.nodes()) {
      if (!(node.op() instanceof LayerOp.BatchNormalization op)) {
        continue;
      }
      Value y = node.inputs().get(0);
      Affine conv = Affine.endingAt(edit, y);
      if (conv == null || !(conv.node().op() instanceof LayerOp.Conv) || !edit.hasOneReader(y)) {
        continue;
      }
      double[] gamma = channels(edit, node.inputs().get(1), conv.channels());
      double[] beta = channels(edit, node.inputs().get(2), conv.channels());
      double[] mean = channels(edit, node.inputs().get(3), conv.channels());
      double[] variance = channels(edit, node.inputs().get(4), conv.channels());
      if (gamma == null || beta == null || mean == null || variance == null) {
        continue;
      }
      double[] scale = new double[gamma.length];
      double[] shift = new double[gamma.length];
      for (int i = 0; i < scale.length; i++) {
        scale[i] = gamma[i] / Math.sqrt(variance[i] + op.epsilon());
        shift[i] = beta[i] - mean[i] * scale[i];
      }
      conv.fold(edit, scale, shift);
      edit.replace(node.output(), y);
    }
    return edit.graph();
  }

  private static double @Nullable [] channels(Edit edit, Value value, int channels) {
    Floats floats = Floats.of(edit.constant(value));
    return floats == null || floats.data().length != channels ? null : floats.toDoubles();
  }
}
