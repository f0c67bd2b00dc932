package dev.fovea.optimizer.quantize;

import dev.fovea.optimizer.ir.LayerOp;
import dev.fovea.optimizer.ir.Value;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What the rounding of weights moves the mean of a layer's result by: (W - W8) E[x], which the bias
 * takes back (Nagel et al., Data-Free Quantization, 2019, section 4.2). Of a convolution the
 * padding is left out of account.
 */
final class FastBiasCorrection {

  private FastBiasCorrection() {}

  /** What is to be added to each layer's bias, by the result of its node. */
  static Map<Value, float[]> of(
      List<Layer> layers, Calibration calibration, RoundedWeights weights) {
    Map<Value, float[]> corrections = new HashMap<>();
    for (Layer layer : layers) {
      double[] means = calibration.of(layer.x()).channelMeans();
      corrections.put(layer.node().output(), of(layer, weights.error(layer), means));
    }
    return corrections;
  }

  /**
   * Returns what is to be added to the bias.
   *
   * @param error the float weight minus the rounded one
   * @param means the mean of each channel of the layer's operand
   */
  private static float[] of(Layer layer, float[] error, double[] means) {
    int channels = Math.toIntExact(layer.weight().type().dims().get(layer.weightAxis()));
    double[] sums = new double[channels];
    if (layer.node().op() instanceof LayerOp.Conv conv) {
      int perGroup = Math.toIntExact(layer.weight().type().dims().get(1));
      int row = error.length / channels;
      int taps = row / perGroup;
      int outPerGroup = channels / Math.toIntExact(conv.groups());
      for (int i = 0; i < error.length; i++) {
        int out = i / row;
        sums[out] += error[i] * means[out / outPerGroup * perGroup + i % row / taps];
      }
    } else {
      for (int row = 0; row < means.length; row++) {
        for (int c = 0; c < channels; c++) {
          sums[c] += error[row * channels + c] * means[row];
        }
      }
    }
    float[] result = new float[channels];
    for (int c = 0; c < channels; c++) {
      result[c] = (float) sums[c];
    }
    return result;
  }
}
