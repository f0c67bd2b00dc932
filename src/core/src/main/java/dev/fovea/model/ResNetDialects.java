package dev.fovea.model;

import dev.fovea.weights.Dialect;
import dev.fovea.weights.Rule;
import java.util.List;

/** How published ResNet weights are named; the library's own names are torchvision's. */
final class ResNetDialects {

  private ResNetDialects() {}

  /** The files of torchvision. */
  static final Dialect TORCHVISION = Dialect.of("torchvision");

  /** timm names the plain ResNets as torchvision does. */
  static final Dialect TIMM = Dialect.of("timm");

  private static final List<Rule> HUGGING_FACE_BODY =
      List.of(
          Rule.rename("embedder.embedder.convolution.{*}", "conv1.{*}"),
          Rule.rename("embedder.embedder.normalization.{*}", "bn1.{*}"),
          block("shortcut.convolution.{*}", "downsample.0.{*}"),
          block("shortcut.normalization.{*}", "downsample.1.{*}"),
          block("layer.{i}.convolution.{*}", "conv{i+1}.{*}"),
          block("layer.{i}.normalization.{*}", "bn{i+1}.{*}"));

  /**
   * The files of the hub: of a network with a head with a prefix, of {@code ResNetModel} without.
   */
  static final Dialect HUGGING_FACE =
      Dialect.of("huggingface", Rule.rename("classifier.1.{*}", "fc.{*}"))
          .and(HUGGING_FACE_BODY.stream().map(rule -> rule.under("resnet.", "")).toList())
          .and(HUGGING_FACE_BODY);

  private static Rule block(String file, String own) {
    return Rule.rename(file, own).under("encoder.stages.{s}.layers.{b}.", "layer{s+1}.{b}.");
  }
}
