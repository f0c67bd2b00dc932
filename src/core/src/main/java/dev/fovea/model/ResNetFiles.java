package dev.fovea.model;

import dev.fovea.backbone.ConfigFields;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** How files beside the weights describe a ResNet. */
final class ResNetFiles {

  private static final Pattern TIMM = Pattern.compile("resnet(?:18|34|50|101|152)");

  private ResNetFiles() {}

  /** {@code ResNetConfig} of transformers. */
  static Optional<ResNet.Config> huggingFace(ConfigFields file) throws IOException {
    String classifier = "ResNet" + TransformersFile.CLASSIFIER;
    if (!TransformersFile.is(file, "resnet", classifier, "ResNetModel")) {
      return Optional.empty();
    }
    file.expect("hidden_act", "relu");
    file.expect("downsample_in_first_stage", false);
    file.expect("downsample_in_bottleneck", false);
    String layer = file.text("layer_type", "bottleneck");
    if (!layer.equals("bottleneck") && !layer.equals("basic")) {
      throw file.fault("layer_type", "\"bottleneck\" and \"basic\" are supported");
    }
    boolean bottleneck = layer.equals("bottleneck");
    int width = file.integer("embedding_size", 64);
    List<Integer> dims =
        TransformersFile.stages(file, "hidden_sizes", List.of(256, 512, 1024, 2048));
    int first = bottleneck ? 4 * width : width;
    if (!dims.equals(List.of(first, 2 * first, 4 * first, 8 * first))) {
      throw new IOException(
          file.source()
              + ": hidden_sizes is "
              + dims
              + "; each stage has twice the channels of the one before, the first "
              + first);
    }
    return Optional.of(
        new ResNet.Config(
            TransformersFile.stages(file, "depths", List.of(3, 4, 6, 3)),
            bottleneck,
            width,
            TransformersFile.classes(file),
            file.integer("num_channels", 3)));
  }

  /** timm's names; its variants, such as {@code resnet50d}, are other networks. */
  static Optional<ResNet.Config> timm(ConfigFields file) throws IOException {
    Matcher architecture = TimmFile.architecture(file, TIMM);
    if (!architecture.matches()) {
      return Optional.empty();
    }
    ResNet.Config base = ResNet.FAMILY.preset(architecture.group()).orElseThrow();
    TimmFile timm = new TimmFile(file);
    if (!timm.pool("avg").equals("avg")) {
      throw file.fault("global_pool", "only \"avg\" is supported");
    }
    ResNet.Config config = base.withClasses(timm.classes(1000)).withInputChannels(timm.channels());
    timm.finish();
    return Optional.of(config);
  }
}
