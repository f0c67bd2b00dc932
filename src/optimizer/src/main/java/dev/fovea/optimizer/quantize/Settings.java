package dev.fovea.optimizer.quantize;

import java.util.List;
import java.util.regex.Pattern;

/**
 * How a graph is quantized.
 *
 * @param observer how ranges of activations follow from the samples
 * @param preset how their steps lie around 0
 * @param ignored patterns of source paths that stay float: {@code *} stands for anything within one
 *     part of a path, {@code **} for any number of parts
 * @param strengths the strengths of SmoothQuant that are tried, 0 for none of it; the one with the
 *     least error is kept
 * @param biasCorrection how biases make up for the mean error
 * @param weightsOnly whether weights alone become integers: a smaller file, no faster
 * @param reducedRange whether weights keep to 7 bits, for processors without VNNI, which add pairs
 *     of products in 16 bits and clip the sum
 * @param floatShare how much of the work of all layers may stay float where it brings most of the
 *     error, 0 to 1; of multiply-accumulates
 */
public record Settings(
    Observer observer,
    Preset preset,
    List<String> ignored,
    List<Double> strengths,
    BiasCorrection biasCorrection,
    boolean weightsOnly,
    boolean reducedRange,
    double floatShare) {

  /**
   * Ranges of the least squared error, four strengths, fast bias correction; 7-bit weights if the
   * processor needs them; a twentieth of the work in float where that brings most.
   */
  public static final Settings DEFAULT =
      new Settings(
          Observer.HISTOGRAM,
          Preset.MIXED,
          List.of(),
          List.of(0.0, 0.15, 0.5, 0.95),
          BiasCorrection.FAST,
          false,
          Processor.lacksVnni(),
          0.05);

  /** {@inheritDoc} */
  public Settings {
    ignored = List.copyOf(ignored);
    strengths = List.copyOf(strengths);
    if (strengths.isEmpty() || strengths.stream().anyMatch(s -> !(s >= 0 && s <= 1))) {
      throw new IllegalArgumentException(
          "strengths are one or more numbers from 0 to 1, got " + strengths);
    }
    if (!(floatShare >= 0 && floatShare <= 1)) {
      throw new IllegalArgumentException("floatShare is 0 to 1, got " + floatShare);
    }
  }

  /**
   * Returns the same settings with another observer.
   *
   * @param observer how ranges follow from the samples
   * @return other settings
   */
  public Settings withObserver(Observer observer) {
    return new Settings(
        observer,
        preset,
        ignored,
        strengths,
        biasCorrection,
        weightsOnly,
        reducedRange,
        floatShare);
  }

  /**
   * Returns the same settings with another preset.
   *
   * @param preset how steps lie around 0
   * @return other settings
   */
  public Settings withPreset(Preset preset) {
    return new Settings(
        observer,
        preset,
        ignored,
        strengths,
        biasCorrection,
        weightsOnly,
        reducedRange,
        floatShare);
  }

  /**
   * Returns the same settings with layers that stay float.
   *
   * @param patterns patterns of source paths, such as {@code head.**}
   * @return other settings
   */
  public Settings ignoring(String... patterns) {
    return new Settings(
        observer,
        preset,
        List.of(patterns),
        strengths,
        biasCorrection,
        weightsOnly,
        reducedRange,
        floatShare);
  }

  /**
   * Returns the same settings with other strengths of SmoothQuant.
   *
   * @param strengths numbers from 0, for none, to 1
   * @return other settings
   */
  public Settings withStrengths(List<Double> strengths) {
    return new Settings(
        observer,
        preset,
        ignored,
        strengths,
        biasCorrection,
        weightsOnly,
        reducedRange,
        floatShare);
  }

  /**
   * Returns the same settings with another correction of biases.
   *
   * @param biasCorrection how they make up for the mean error
   * @return other settings
   */
  public Settings withBiasCorrection(BiasCorrection biasCorrection) {
    return new Settings(
        observer,
        preset,
        ignored,
        strengths,
        biasCorrection,
        weightsOnly,
        reducedRange,
        floatShare);
  }

  /**
   * Returns the same settings with weights of another size.
   *
   * @param reducedRange true for 7 bits: a processor without VNNI adds pairs of products in 16
   *     bits, which 8 bits could overflow
   * @return other settings
   */
  public Settings withReducedRange(boolean reducedRange) {
    return new Settings(
        observer,
        preset,
        ignored,
        strengths,
        biasCorrection,
        weightsOnly,
        reducedRange,
        floatShare);
  }

  /**
   * Returns the same settings with another share of the work that may stay float. The layers are
   * those whose rounding alone changes the outputs most for what they save, such as the first
   * convolution or the head of a classifier; it takes a run of the model for each layer to find
   * them.
   *
   * @param floatShare of the multiply-accumulates of all layers, 0 to 1; 0: all layers become
   *     integers, whatever they cost
   * @return other settings
   */
  public Settings withFloatShare(double floatShare) {
    return new Settings(
        observer,
        preset,
        ignored,
        strengths,
        biasCorrection,
        weightsOnly,
        reducedRange,
        floatShare);
  }

  /**
   * Returns settings for weights alone, which need no samples.
   *
   * @return other settings
   */
  public Settings forWeightsOnly() {
    return new Settings(
        observer, preset, ignored, List.of(0.0), BiasCorrection.NONE, true, false, 0);
  }

  /** Whether a pattern covers a path. */
  boolean ignores(String path) {
    return ignored.stream().anyMatch(pattern -> regex(pattern).matcher(path).matches());
  }

  private static Pattern regex(String glob) {
    StringBuilder regex = new StringBuilder();
    for (int i = 0; i < glob.length(); i++) {
      if (glob.startsWith("**", i)) {
        regex.append(".*");
        i++;
      } else if (glob.charAt(i) == '*') {
        regex.append("[^.]*");
      } else {
        regex.append(Pattern.quote(glob.substring(i, i + 1)));
      }
    }
    return Pattern.compile(regex.toString());
  }
}
