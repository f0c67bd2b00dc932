package dev.fovea.model;

import ai.djl.ndarray.NDArray;
import ai.djl.nn.Activation;
import ai.djl.training.initializer.UniformInitializer;
import dev.fovea.backbone.Backbone;
import dev.fovea.backbone.Family;
import dev.fovea.backbone.FeatureInfo;
import dev.fovea.backbone.ModelConfig;
import dev.fovea.backbone.VaryingParameters;
import dev.fovea.nn.BatchNorm;
import dev.fovea.nn.Conv2d;
import dev.fovea.nn.Forward;
import dev.fovea.nn.GlobalAveragePool;
import dev.fovea.nn.Layer;
import dev.fovea.nn.Linear;
import dev.fovea.nn.MaxPool2d;
import dev.fovea.nn.Relu;
import dev.fovea.nn.Sequential;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * ResNet: convolutions that learn what to add to their input.
 *
 * <p>He et al., "Deep Residual Learning for Image Recognition", CVPR 2016, <a
 * href="https://arxiv.org/abs/1512.03385">arXiv:1512.03385</a>, Fig. 5 and Table 1. Parameter paths
 * are those of torchvision's {@code resnet*}, as is the one change: a bottleneck halves its map in
 * the 3 x 3 convolution, not in the 1 x 1 before it ("v1.5").
 *
 * <pre>
 * image (B, 3, H, W) -&gt; stem: H/4 -&gt; 4 stages: H/4, H/8, H/16, H/32 -&gt; mean over the last -&gt; logits
 * </pre>
 */
public final class ResNet extends Layer implements Backbone {

  /**
   * Sizes of a ResNet.
   *
   * @param depths blocks of each stage
   * @param bottleneck whether a block is 1 x 1, 3 x 3, 1 x 1, rather than two 3 x 3
   * @param width channels of the stem; the 3 x 3 convolutions of the four stages have 1, 2, 4, 8
   *     times as many
   * @param classes logits; 0: no head
   * @param inputChannels channels of the images, 3 for colour
   */
  public record Config(
      List<Integer> depths, boolean bottleneck, int width, int classes, int inputChannels)
      implements ModelConfig<Config> {

    /** ResNet-18. */
    public static final Config RESNET18 = of(List.of(2, 2, 2, 2), false);

    /** ResNet-34. */
    public static final Config RESNET34 = of(List.of(3, 4, 6, 3), false);

    /** ResNet-50. */
    public static final Config RESNET50 = of(List.of(3, 4, 6, 3), true);

    /** ResNet-101. */
    public static final Config RESNET101 = of(List.of(3, 4, 23, 3), true);

    /** ResNet-152. */
    public static final Config RESNET152 = of(List.of(3, 8, 36, 3), true);

    /**
     * Creates sizes for colour images.
     *
     * @param depths blocks of each stage
     * @param bottleneck whether a block is 1 x 1, 3 x 3, 1 x 1, rather than two 3 x 3
     * @param width channels of the stem
     * @param classes logits; 0: no head
     */
    public Config(List<Integer> depths, boolean bottleneck, int width, int classes) {
      this(depths, bottleneck, width, classes, 3);
    }

    /** {@inheritDoc} */
    public Config {
      Stages.checkChannels(inputChannels);
      depths = Stages.check("depths", depths);
      Stages.checkClasses(classes);
      if (width < 1) {
        throw new IllegalArgumentException("width: 1 or more, got " + width);
      }
    }

    private static Config of(List<Integer> depths, boolean bottleneck) {
      return new Config(depths, bottleneck, 64, 1000);
    }

    @Override
    public Config withClasses(int classes) {
      return new Config(depths, bottleneck, width, classes, inputChannels);
    }

    @Override
    public Config withInputChannels(int channels) {
      return new Config(depths, bottleneck, width, classes, channels);
    }

    @Override
    public VaryingParameters varying() {
      return new VaryingParameters(Set.of("fc"), Set.of("fc"), Set.of("conv1.weight"), Map.of());
    }

    @Override
    public ResNet build() {
      return new ResNet(this);
    }
  }

  private static final int EXPANSION = 4; // of a bottleneck's last convolution, Fig. 5, right

  private final Sequential stem; // of layers that are children of the network
  private final List<Sequential> stages = new ArrayList<>();
  private final List<FeatureInfo> levels = new ArrayList<>();
  private final GlobalAveragePool pool = new GlobalAveragePool();
  private final @Nullable Linear head;

  /**
   * Creates the network.
   *
   * @param config its sizes
   */
  public ResNet(Config config) {
    stem =
        new Sequential(
            child("conv1", new Conv2d(config.inputChannels(), config.width(), 7, 2, 3, 1, false)),
            child("bn1", new BatchNorm(config.width())),
            new Relu(),
            new MaxPool2d(3, 2, 1));
    int in = config.width();
    for (int i = 0; i < 4; i++) {
      int width = config.width() << i;
      int out = config.bottleneck() ? EXPANSION * width : width;
      List<ResidualBlock> blocks = new ArrayList<>();
      for (int j = 0; j < config.depths().get(i); j++) {
        int stride = j == 0 && i > 0 ? 2 : 1;
        blocks.add(new ResidualBlock(in, width, out, stride, config.bottleneck()));
        in = out;
      }
      stages.add(child("layer" + (i + 1), new Sequential(blocks)));
      levels.add(new FeatureInfo(out, 4 << i));
    }
    head = config.classes() == 0 ? null : child("fc", new Linear(in, config.classes()));
    if (head != null) { // as torchvision has it: the default of torch's Linear
      head.setInitializer(new UniformInitializer((float) (1 / Math.sqrt(in))), p -> true);
    }
  }

  @Override
  public List<FeatureInfo> levels() {
    return List.copyOf(levels);
  }

  @Override
  public List<NDArray> features(NDArray image, Forward pass) {
    List<NDArray> maps = new ArrayList<>();
    NDArray x = stem.forward(image, pass);
    for (Sequential stage : stages) {
      x = stage.forward(x, pass);
      maps.add(x);
    }
    return maps;
  }

  /**
   * {@inheritDoc}
   *
   * @param image (B, 3, H, W)
   * @return logits (B, classes), or the pooled features (B, C) without a head
   */
  @Override
  public NDArray forward(NDArray image, Forward pass) {
    NDArray x = stem.forward(image, pass);
    for (Sequential stage : stages) {
      NDArray next = stage.forward(x, pass);
      x.close();
      x = next;
    }
    NDArray pooled = pool.forward(x, pass);
    return head == null ? pooled : head.forward(pooled, pass);
  }

  /** (B, in, H, W) -> (B, out, H / stride, W / stride). Fig. 5 and eq. 1, 2. */
  private static final class ResidualBlock extends Layer {

    private final Sequential residual; // of layers that are children of the block
    private final @Nullable Sequential downsample;

    ResidualBlock(int in, int width, int out, int stride, boolean bottleneck) {
      if (bottleneck) {
        residual =
            new Sequential(
                child("conv1", Conv2d.pointwise(in, width, false)),
                child("bn1", new BatchNorm(width)),
                new Relu(),
                child("conv2", new Conv2d(width, width, 3, stride, 1, 1, false)),
                child("bn2", new BatchNorm(width)),
                new Relu(),
                child("conv3", Conv2d.pointwise(width, out, false)),
                child("bn3", new BatchNorm(out)));
      } else {
        residual =
            new Sequential(
                child("conv1", new Conv2d(in, width, 3, stride, 1, 1, false)),
                child("bn1", new BatchNorm(width)),
                new Relu(),
                child("conv2", new Conv2d(width, out, 3, 1, 1, 1, false)),
                child("bn2", new BatchNorm(out)));
      }
      downsample =
          in == out && stride == 1
              ? null
              : child(
                  "downsample",
                  new Sequential(new Conv2d(in, out, 1, stride, 0, 1, false), new BatchNorm(out)));
    }

    @Override
    public NDArray forward(NDArray x, Forward pass) {
      NDArray update = residual.forward(x, pass);
      NDArray shortcut = downsample == null ? x : downsample.forward(x, pass);
      NDArray sum = update.add(shortcut);
      update.close();
      NDArray y = Activation.relu(sum);
      sum.close();
      return y;
    }
  }

  /** The registry's entry. */
  public static final Family<Config> FAMILY =
      new Family<>(
          "resnet",
          List.of(
              new Family.Preset<>("resnet18", Config.RESNET18),
              new Family.Preset<>("resnet34", Config.RESNET34),
              new Family.Preset<>("resnet50", Config.RESNET50),
              new Family.Preset<>("resnet101", Config.RESNET101),
              new Family.Preset<>("resnet152", Config.RESNET152)),
          List.of(
              new Family.Published<>(ResNetDialects.TORCHVISION),
              new Family.Published<Config>(ResNetDialects.TIMM).describedBy(ResNetFiles::timm),
              new Family.Published<Config>(ResNetDialects.HUGGING_FACE)
                  .describedBy(ResNetFiles::huggingFace)));
}
