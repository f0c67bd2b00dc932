package dev.fovea.model;

import ai.djl.ndarray.NDArray;
import ai.djl.nn.Parameter;
import ai.djl.training.initializer.NormalInitializer;
import dev.fovea.backbone.Backbone;
import dev.fovea.backbone.Family;
import dev.fovea.backbone.FeatureInfo;
import dev.fovea.backbone.ModelConfig;
import dev.fovea.backbone.VaryingParameters;
import dev.fovea.nn.Conv2d;
import dev.fovea.nn.DropPath;
import dev.fovea.nn.Forward;
import dev.fovea.nn.GlobalAveragePool;
import dev.fovea.nn.Layer;
import dev.fovea.nn.LayerNorm;
import dev.fovea.nn.Linear;
import dev.fovea.nn.Sequential;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * ConvNeXt: a ResNet modernized, one design choice at a time, until it matches a Swin Transformer.
 *
 * <p>Liu et al., "A ConvNet for the 2020s", CVPR 2022, <a
 * href="https://arxiv.org/abs/2201.03545">arXiv:2201.03545</a>, Fig. 4 and Table 9. Parameter paths
 * are those of timm's {@code convnext_*}. The four sizes below tiny are timm's, not the paper's.
 *
 * <pre>
 * image (B, 3, H, W) -&gt; stem: H/4 -&gt; 4 stages: H/4, H/8, H/16, H/32 -&gt; mean over the last -&gt; norm -&gt; logits
 * </pre>
 */
public final class ConvNeXt extends Layer implements Backbone {

  /**
   * Sizes of a ConvNeXt. Lists hold one number per stage.
   *
   * @param depths blocks
   * @param dims channels
   * @param classes logits; 0: no head
   * @param dropPath drop-path rate of the last block
   * @param layerScale first value of every gamma; 0: blocks have none
   * @param responseNorm whether blocks have the norm of {@link ConvNeXtV2}
   * @param headEps epsilon of the last norm: 1e-6 in the paper's code, 1e-12 in Hugging Face's
   * @param inputChannels channels of the images, 3 for colour
   * @param headNorm whether the mean is normalized, as every head wants it; not where only the
   *     feature maps are used
   */
  public record Config(
      List<Integer> depths,
      List<Integer> dims,
      int classes,
      double dropPath,
      double layerScale,
      boolean responseNorm,
      double headEps,
      int inputChannels,
      boolean headNorm)
      implements ModelConfig<Config> {

    /** ConvNeXt-atto, of timm. */
    public static final Config ATTO = of(List.of(2, 2, 6, 2), 40);

    /** ConvNeXt-femto, of timm. */
    public static final Config FEMTO = of(List.of(2, 2, 6, 2), 48);

    /** ConvNeXt-pico, of timm. */
    public static final Config PICO = of(List.of(2, 2, 6, 2), 64);

    /** ConvNeXt-nano, of timm. */
    public static final Config NANO = of(List.of(2, 2, 8, 2), 80);

    /** ConvNeXt-T. */
    public static final Config TINY = of(List.of(3, 3, 9, 3), 96);

    /** ConvNeXt-S. */
    public static final Config SMALL = of(List.of(3, 3, 27, 3), 96);

    /** ConvNeXt-B. */
    public static final Config BASE = of(List.of(3, 3, 27, 3), 128);

    /** ConvNeXt-L. */
    public static final Config LARGE = of(List.of(3, 3, 27, 3), 192);

    /** ConvNeXt-XL. */
    public static final Config XLARGE = of(List.of(3, 3, 27, 3), 256);

    /**
     * Creates sizes for colour images.
     *
     * @param depths blocks
     * @param dims channels
     * @param classes logits; 0: no head
     * @param dropPath drop-path rate of the last block
     * @param layerScale first value of every gamma; 0: blocks have none
     * @param responseNorm whether blocks have the norm of {@link ConvNeXtV2}
     * @param headEps epsilon of the last norm
     */
    public Config(
        List<Integer> depths,
        List<Integer> dims,
        int classes,
        double dropPath,
        double layerScale,
        boolean responseNorm,
        double headEps) {
      this(depths, dims, classes, dropPath, layerScale, responseNorm, headEps, 3, true);
    }

    /** {@inheritDoc} */
    public Config {
      Stages.checkChannels(inputChannels);
      depths = Stages.check("depths", depths);
      dims = Stages.check("dims", dims);
      Stages.checkClasses(classes);
      if (!(layerScale >= 0)) {
        throw new IllegalArgumentException("layerScale: 0 or more, got " + layerScale);
      }
      if (classes > 0 && !headNorm) {
        throw new IllegalArgumentException("headNorm: a head of " + classes + " classes needs it");
      }
    }

    private static Config of(List<Integer> depths, int dim) {
      return new Config(
          depths, List.of(dim, 2 * dim, 4 * dim, 8 * dim), 1000, 0, 1e-6, false, 1e-6);
    }

    @Override
    public Config withClasses(int classes) {
      return with(classes, dropPath, headEps, inputChannels, classes > 0 || headNorm);
    }

    @Override
    public Config asBackbone() {
      return with(0, dropPath, headEps, inputChannels, false);
    }

    /**
     * Returns the same sizes with another drop-path rate.
     *
     * @param dropPath rate of the last block
     * @return a changed copy
     */
    public Config withDropPath(double dropPath) {
      return with(classes, dropPath, headEps, inputChannels, headNorm);
    }

    /**
     * Returns the same sizes with another epsilon.
     *
     * @param headEps epsilon of the last norm
     * @return a changed copy
     */
    public Config withHeadEps(double headEps) {
      return with(classes, dropPath, headEps, inputChannels, headNorm);
    }

    @Override
    public Config withInputChannels(int channels) {
      return with(classes, dropPath, headEps, channels, headNorm);
    }

    private Config with(int classes, double drop, double eps, int channels, boolean norm) {
      return new Config(depths, dims, classes, drop, layerScale, responseNorm, eps, channels, norm);
    }

    @Override
    public int smallestImage() {
      return 32; // four stages halve what the stem has quartered, rounding down
    }

    @Override
    public VaryingParameters varying() {
      return new VaryingParameters(
          Set.of("head.fc"),
          Set.of(headNorm ? "head.fc" : "head"),
          Set.of("stem.0.weight"),
          Map.of());
    }

    @Override
    public ConvNeXt build() {
      return new ConvNeXt(this);
    }
  }

  /** Of every norm but the last. */
  static final double EPS = 1e-6;

  private final int smallest; // side of an image
  private final Sequential stem;
  private final List<ConvNeXtStage> stages = new ArrayList<>();
  private final List<FeatureInfo> levels = new ArrayList<>();
  private final GlobalAveragePool pool = new GlobalAveragePool();
  private final @Nullable LayerNorm headNorm;
  private final @Nullable Linear head;

  /**
   * Creates the network.
   *
   * @param config its sizes
   */
  public ConvNeXt(Config config) {
    smallest = config.smallestImage();
    List<Integer> dims = config.dims();
    stem =
        child(
            "stem",
            new Sequential(
                Conv2d.patch(config.inputChannels(), dims.get(0), 4),
                LayerNorm.first(dims.get(0), EPS)));
    double[] rates =
        DropPath.rates(config.dropPath(), config.depths().stream().mapToInt(d -> d).sum());
    int done = 0;
    for (int i = 0; i < 4; i++) {
      int end = done + config.depths().get(i);
      stages.add(
          child("stages." + i, new ConvNeXtStage(config, i, Arrays.copyOfRange(rates, done, end))));
      levels.add(new FeatureInfo(dims.get(i), 4 << i));
      done = end;
    }
    int dim = dims.get(3);
    headNorm = config.headNorm() ? child("head.norm", LayerNorm.last(dim, config.headEps())) : null;
    head = config.classes() == 0 ? null : child("head.fc", new Linear(dim, config.classes()));
    setInitializer(new NormalInitializer(0.02f), Parameter.Type.WEIGHT); // Appendix A.1
  }

  @Override
  public List<FeatureInfo> levels() {
    return List.copyOf(levels);
  }

  @Override
  public List<NDArray> features(NDArray image, Forward pass) {
    Stages.checkSides(image, smallest);
    List<NDArray> maps = new ArrayList<>();
    NDArray x = stem.forward(image, pass);
    for (ConvNeXtStage stage : stages) {
      try (Forward.Scope scope = pass.scope(x)) {
        x = scope.keep(stage.forward(x, pass));
      }
      maps.add(x);
    }
    return maps;
  }

  /**
   * {@inheritDoc}
   *
   * @param image (B, 3, H, W)
   * @return logits (B, classes), or the pooled features (B, C), normalized, without a head
   */
  @Override
  public NDArray forward(NDArray image, Forward pass) {
    Stages.checkSides(image, smallest);
    NDArray x = stem.forward(image, pass);
    for (ConvNeXtStage stage : stages) {
      NDArray next;
      try (Forward.Scope scope = pass.scope(x)) {
        next = scope.keep(stage.forward(x, pass));
      }
      x.close();
      x = next;
    }
    NDArray pooled = pool.forward(x, pass);
    NDArray normalized = headNorm == null ? pooled : headNorm.forward(pooled, pass);
    return head == null ? normalized : head.forward(normalized, pass);
  }

  /** The registry's entry. Hugging Face's code takes another epsilon for the last norm alone. */
  public static final Family<Config> FAMILY =
      new Family<>(
          "convnext",
          List.of(
              new Family.Preset<>("convnext_atto", Config.ATTO),
              new Family.Preset<>("convnext_femto", Config.FEMTO),
              new Family.Preset<>("convnext_pico", Config.PICO),
              new Family.Preset<>("convnext_nano", Config.NANO),
              new Family.Preset<>("convnext_tiny", Config.TINY),
              new Family.Preset<>("convnext_small", Config.SMALL),
              new Family.Preset<>("convnext_base", Config.BASE),
              new Family.Preset<>("convnext_large", Config.LARGE),
              new Family.Preset<>("convnext_xlarge", Config.XLARGE)),
          List.of(
              new Family.Published<Config>(
                      ConvNeXtDialects.TIMM, UnaryOperator.identity(), ConvNeXtDialects::timm)
                  .describedBy(ConvNeXtFiles::timm),
              new Family.Published<>(ConvNeXtDialects.FACEBOOK),
              new Family.Published<Config>(
                      ConvNeXtDialects.HUGGING_FACE, config -> config.withHeadEps(1e-12))
                  .describedBy(ConvNeXtFiles::huggingFace)));
}
