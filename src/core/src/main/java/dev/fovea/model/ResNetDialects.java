package dev.fovea.model;

import dev.fovea.weights.Dialect;
import dev.fovea.weights.Rule;

/** How published ResNet weights are named; the library's own names are torchvision's. */
final class ResNetDialects {

  private ResNetDialects() {}

  /** The files of torchvision. */
  static final Dialect TORCHVISION = Dialect.of("torchvision");

  /** timm names the plain ResNets as torchvision does. */
  static final Dialect TIMM = Dialect.of("timm");

  /** The files of the hub. */
  static final Dialect HUGGING_FACE =
      Dialect.of(
          "huggingface",
          Rule.rename("resnet.embedder.embedder.convolution.{*}", "conv1.{*}"),
          Rule.rename("resnet.embedder.embedder.normalization.{*}", "bn1.{*}"),
          block("shortcut.convolution.{*}", "downsample.0.{*}"),
          block("shortcut.normalization.{*}", "downsample.1.{*}"),
          block("layer.{i}.convolution.{*}", "conv{i+1}.{*}"),
          block("layer.{i}.normalization.{*}", "bn{i+1}.{*}"),
          Rule.rename("classifier.1.{*}", "fc.{*}"));

  private static Rule block(String file, String own) {
    return Rule.rename(file, own).under("resnet.encoder.stages.{s}.layers.{b}.", "layer{s+1}.{b}.");
  }
}
