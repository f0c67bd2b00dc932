package dev.fovea.loss;

import ai.djl.ndarray.NDArray;
import ai.djl.nn.Activation;
import java.util.function.IntToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * The focal loss: cross entropy that turns away from what is already easy.
 *
 * <pre>FL(p_t) = -alpha_t (1 - p_t)^gamma log(p_t)</pre>
 *
 * <p>Lin et al., Focal Loss for Dense Object Detection, ICCV 2017, arXiv:1708.02002, eq. 5. In both
 * forms, {@link #sigmoid} and {@link #softmax}, p_t is the sigmoid of a margin d: the log-odds of
 * what is true. The gradient is the one of appendix B, rather than what autograd would make of the
 * powers: that is NaN for gamma below 1 as soon as p_t rounds to 1. Value and gradient are finite
 * for every finite logit; second derivatives are not available.
 */
public abstract class FocalLoss extends ArrayLoss {

  /** What was chosen. */
  final Options options;

  FocalLoss(String name, Options options, double maxAlpha) {
    super(name);
    PerClass alpha = options.alpha;
    this.options =
        new Options(
            alpha == null ? null : alpha.within(name + ": alpha", maxAlpha),
            options.gamma.within(name + ": gamma", Double.MAX_VALUE),
            options.ignoreIndex,
            options.smoothing,
            options.starShift,
            options.reduction);
  }

  /**
   * What can be chosen; start from {@link #DEFAULT}.
   *
   * @param alpha sigmoid form: the weight of targets 1, in [0, 1], where targets 0 weigh 1 - alpha;
   *     softmax form: the weight of each class, 0 or more. Null for 1
   * @param gamma how strongly easy decisions are played down, 0 or more; 0 gives cross entropy
   * @param ignoreIndex the label or target of positions that have no loss and no gradient, or null
   * @param smoothing s in [0, 1]: targets t become (1 - s) t + s / C, with C = 2 in the sigmoid
   *     form
   * @param starShift beta of the star form, or null for the usual form; see {@link #withStar}
   * @param reduction how single losses are combined; the mean is over what is not ignored, weighed
   *     by the weights given beside the labels, but not by alpha
   */
  public record Options(
      @Nullable PerClass alpha,
      PerClass gamma,
      @Nullable Integer ignoreIndex,
      double smoothing,
      @Nullable Double starShift,
      Reduction reduction) {

    /** Gamma 2, as in the paper, and nothing else; the mean. */
    public static final Options DEFAULT =
        new Options(null, PerClass.each(2), null, 0, null, Reduction.MEAN);

    /** {@inheritDoc} */
    public Options {
      if (!(smoothing >= 0 && smoothing <= 1)) {
        throw new IllegalArgumentException("smoothing must be in [0, 1], but is " + smoothing);
      }
      if (starShift != null && !Double.isFinite(starShift)) {
        throw new IllegalArgumentException("The shift of the star form is " + starShift);
      }
    }

    /**
     * {@return these options with alpha}
     *
     * @param values one for all classes, or one for each
     */
    public Options withAlpha(double... values) {
      return withAlpha(PerClass.each(values));
    }

    /**
     * {@return these options with alpha}
     *
     * @param values such as {@link PerClass#balanced} for the softmax form, or null for 1
     */
    public Options withAlpha(@Nullable PerClass values) {
      return new Options(values, gamma, ignoreIndex, smoothing, starShift, reduction);
    }

    /**
     * {@return these options with gamma}
     *
     * @param values one for all classes, or one for each
     */
    public Options withGamma(double... values) {
      return withGamma(PerClass.each(values));
    }

    /**
     * {@return these options with a gamma that depends on the class}
     *
     * @param ofClass gamma of every class, counted from 0
     */
    public Options withGamma(IntToDoubleFunction ofClass) {
      return withGamma(PerClass.by(ofClass));
    }

    private Options withGamma(PerClass values) {
      return new Options(alpha, values, ignoreIndex, smoothing, starShift, reduction);
    }

    /**
     * {@return these options with an ignore index}
     *
     * @param label the label or target that stands for none; 255 is usual for maps
     */
    public Options withIgnoreIndex(@Nullable Integer label) {
      return new Options(alpha, gamma, label, smoothing, starShift, reduction);
    }

    /**
     * {@return these options with label smoothing}
     *
     * @param share of the target that is spread evenly, in [0, 1]
     */
    public Options withSmoothing(double share) {
      return new Options(alpha, gamma, ignoreIndex, share, starShift, reduction);
    }

    /**
     * {@return these options with the star form} FL* = -log sigmoid(gamma d + beta) / gamma,
     * appendix A of the paper; gamma must be above 0.
     *
     * @param shift beta
     */
    public Options withStar(double shift) {
      return new Options(alpha, gamma, ignoreIndex, smoothing, shift, reduction);
    }

    /**
     * {@return these options with a reduction}
     *
     * @param kind how single losses are combined
     */
    public Options withReduction(Reduction kind) {
      return new Options(alpha, gamma, ignoreIndex, smoothing, starShift, kind);
    }
  }

  /**
   * The form of the paper: every logit is a decision of its own, so a position may have several
   * classes or none. Takes logits and targets of one shape, (N, C, ...) or, where nothing depends
   * on the class, any; targets are in [0, 1], of any type. For targets between 0 and 1, p_t = t p +
   * (1 - t)(1 - p), as in torchvision.
   *
   * @param options what is chosen
   * @return the loss
   */
  public static FocalLoss sigmoid(Options options) {
    return new SigmoidFocalLoss(options);
  }

  /**
   * The form of the paper with numbers as in torchvision.
   *
   * @param alpha the weight of targets 1, in [0, 1]; targets 0 weigh 1 - alpha. Below 0: no weights
   * @param gamma how strongly easy decisions are played down, 0 or more; the paper takes 2
   * @param reduction how single losses are combined
   * @return the loss
   */
  public static FocalLoss sigmoid(double alpha, double gamma, Reduction reduction) {
    Options options = Options.DEFAULT.withGamma(gamma).withReduction(reduction);
    return sigmoid(alpha < 0 ? options : options.withAlpha(alpha));
  }

  /**
   * The form for exclusive classes, p_t being the softmax probability of the label. Takes logits
   * (N, C) or (N, C, d1, ...) and whole labels (N) or (N, d1, ...), or soft labels t of the shape
   * of the logits, in [0, 1], which give -sum_c t_c alpha_c (1 - p_c)^gamma log p_c; these have no
   * ignore index, but may have weights of 0.
   *
   * @param options what is chosen
   * @return the loss
   */
  public static FocalLoss softmax(Options options) {
    return new SoftmaxFocalLoss(options);
  }

  /**
   * The form for exclusive classes.
   *
   * @param classAlpha the weight of each class, or one weight for all, none negative; null for 1
   * @param gamma how strongly easy positions are played down, 0 or more; 0 gives cross entropy
   * @param ignoreIndex the label of positions that have no loss and no gradient, or null
   * @param reduction how single losses are combined; the mean is over the positions not ignored
   * @return the loss
   */
  public static FocalLoss softmax(
      double @Nullable [] classAlpha,
      double gamma,
      @Nullable Integer ignoreIndex,
      Reduction reduction) {
    return softmax(
        Options.DEFAULT
            .withAlpha(classAlpha == null ? null : PerClass.each(classAlpha))
            .withGamma(gamma)
            .withIgnoreIndex(ignoreIndex)
            .withReduction(reduction));
  }

  /** The loss, without alpha, of what is wrong with log-odds n = -d. */
  final NDArray ofMiss(NDArray miss, NDArray gamma) {
    if (options.starShift == null) {
      return focal(miss, gamma);
    }
    if (!(number(gamma.min()) > 0)) {
      throw new IllegalArgumentException(getName() + ": gamma must be above 0 in the star form");
    }
    return Activation.softPlus(miss.mul(gamma).sub(options.starShift)).div(gamma);
  }

  /**
   * (1 - p_t)^gamma (-log p_t) where 1 - p_t = sigmoid(n).
   *
   * @param miss n, the log-odds of what is wrong
   * @param gamma a scalar, or what fits the shape of n
   */
  static NDArray focal(NDArray miss, NDArray gamma) {
    // closed here rather than with the scope: detectors have 10^7 logits in a batch
    try (NDArray n = miss.stopGradient();
        NDArray crossEntropy = Activation.softPlus(n);
        NDArray wrong = Activation.sigmoid(n); // 1 - p_t, exact also where p_t rounds to 1
        NDArray modulating = power(wrong, gamma)) {
      // d/dn = (1 - p_t)^gamma (gamma p_t (-log p_t) + 1 - p_t); p_t from its log, for p_t near 0
      NDArray slope;
      try (NDArray logPt = crossEntropy.neg()) {
        slope = logPt.exp();
      }
      slope.muli(crossEntropy).muli(gamma).addi(wrong).muli(modulating);
      return differentiable(miss, modulating.muli(crossEntropy), slope);
    }
  }

  /**
   * x^gamma; the paper's 2 is worth a case of its own: a general power costs many times as much.
   */
  static NDArray power(NDArray x, NDArray gamma) {
    return gamma.isScalar() && number(gamma) == 2 ? x.square() : x.pow(gamma);
  }
}
