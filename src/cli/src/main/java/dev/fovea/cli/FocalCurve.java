package dev.fovea.cli;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.training.GradientCollector;
import dev.fovea.loss.FocalLoss;
import dev.fovea.loss.Reduction;
import java.util.Arrays;
import java.util.List;

/**
 * The focal loss over the probability of what is true, computed by the library itself: figure 1 of
 * Lin et al., arXiv:1708.02002, and the size of the gradient that its appendix B derives.
 *
 * @param gamma how strongly easy decisions are played down
 * @param probability p_t, rising, above 0 and below 1
 * @param loss FL(p_t)
 * @param gradient the size of the derivative of the loss by the logit
 */
record FocalCurve(
    double gamma, List<Double> probability, List<Double> loss, List<Double> gradient) {

  /** The gammas of the paper's figure. */
  static final List<Double> GAMMAS = List.of(0.0, 0.5, 1.0, 2.0, 5.0);

  private static final int POINTS = 200;

  static FocalCurve of(double gamma) {
    double[] probability = new double[POINTS - 1];
    for (int i = 1; i < POINTS; i++) {
      probability[i - 1] = (double) i / POINTS;
    }
    double[] logits = Arrays.stream(probability).map(p -> Math.log(p / (1 - p))).toArray();
    try (NDManager manager = NDManager.newBaseManager();
        GradientCollector collector = Engine.getInstance().newGradientCollector()) {
      NDArray x = manager.create(logits);
      x.setRequiresGradient(true);
      NDArray loss = FocalLoss.sigmoid(-1, gamma, Reduction.NONE).apply(x, x.onesLike());
      collector.backward(loss.sum());
      return new FocalCurve(
          gamma,
          list(probability),
          list(loss.stopGradient().toDoubleArray()),
          list(x.getGradient().abs().toDoubleArray()));
    }
  }

  private static List<Double> list(double[] values) {
    return Arrays.stream(values).boxed().toList();
  }
}
