package dev.fovea.model;

import ai.djl.ndarray.NDArray;
import dev.fovea.backbone.Backbone;
import dev.fovea.backbone.Family;
import dev.fovea.backbone.FeatureInfo;
import dev.fovea.backbone.ModelConfig;
import dev.fovea.backbone.VaryingParameters;
import dev.fovea.nn.DropPath;
import dev.fovea.nn.Forward;
import dev.fovea.nn.GlobalAveragePool;
import dev.fovea.nn.Layer;
import dev.fovea.nn.Linear;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Mix Transformer (MiT): the hierarchical encoder of SegFormer, without positional encoding.
 *
 * <p>Xie et al., "SegFormer: Simple and Efficient Design for Semantic Segmentation with
 * Transformers", NeurIPS 2021, <a href="https://arxiv.org/abs/2105.15203">arXiv:2105.15203</a>,
 * Sec. 3.1 and Table 6. Parameter paths are those of the {@code nvidia/mit-b*} checkpoints, below
 * their {@code segformer.}
 *
 * <pre>
 * image (B, 3, H, W) -&gt; 4 stages: maps at H/4, H/8, H/16, H/32 -&gt; mean over the last -&gt; logits
 * </pre>
 */
public final class MixTransformer extends Layer implements Backbone {

  /**
   * Sizes of a Mix Transformer. Lists hold one number per stage.
   *
   * @param depths transformer blocks
   * @param dims channels
   * @param heads attention heads
   * @param reductions R of Sec. 3.1: keys and values are shortened R x R times
   * @param classes logits; 0: no classifier
   * @param dropPath drop-path rate of the last block
   * @param normEps epsilon of the norms in and after the blocks: 1e-6 in NVlabs' code, 1e-5 in
   *     Hugging Face's
   * @param embedEps epsilon of the norms after a convolution: 1e-5, but 1e-6 in mmsegmentation's
   *     code
   * @param inputChannels channels of the images, 3 for colour
   */
  public record Config(
      List<Integer> depths,
      List<Integer> dims,
      List<Integer> heads,
      List<Integer> reductions,
      int classes,
      double dropPath,
      double normEps,
      double embedEps,
      int inputChannels)
      implements ModelConfig<Config> {

    /** MiT-B0. */
    public static final Config B0 = of(List.of(2, 2, 2, 2), 32);

    /** MiT-B1. */
    public static final Config B1 = of(List.of(2, 2, 2, 2), 64);

    /** MiT-B2. */
    public static final Config B2 = of(List.of(3, 4, 6, 3), 64);

    /** MiT-B3. */
    public static final Config B3 = of(List.of(3, 4, 18, 3), 64);

    /** MiT-B4. */
    public static final Config B4 = of(List.of(3, 8, 27, 3), 64);

    /** MiT-B5. */
    public static final Config B5 = of(List.of(3, 6, 40, 3), 64);

    /** Fovea's own small one, for images of about 100 x 100 pixels; not in the paper. */
    public static final Config NANO =
        new Config(
            List.of(2, 2, 2, 2),
            List.of(16, 32, 64, 128),
            List.of(1, 2, 4, 8),
            List.of(8, 4, 2, 1),
            1000,
            0,
            1e-5);

    /**
     * Creates sizes for colour images, with torch's epsilon in the norms after a convolution.
     *
     * @param depths transformer blocks
     * @param dims channels
     * @param heads attention heads
     * @param reductions how much shorter keys and values are, per side
     * @param classes logits; 0: no classifier
     * @param dropPath drop-path rate of the last block
     * @param normEps epsilon of the norms in and after the blocks
     */
    public Config(
        List<Integer> depths,
        List<Integer> dims,
        List<Integer> heads,
        List<Integer> reductions,
        int classes,
        double dropPath,
        double normEps) {
      this(depths, dims, heads, reductions, classes, dropPath, normEps, 1e-5, 3);
    }

    /** {@inheritDoc} */
    public Config {
      Stages.checkChannels(inputChannels);
      depths = Stages.check("depths", depths);
      dims = Stages.check("dims", dims);
      heads = Stages.check("heads", heads);
      reductions = Stages.check("reductions", reductions);
      Stages.checkClasses(classes);
      for (int i = 0; i < 4; i++) {
        if (dims.get(i) % heads.get(i) != 0) {
          throw new IllegalArgumentException(
              "heads " + heads + " must divide dims " + dims + " stage by stage");
        }
      }
    }

    private static Config of(List<Integer> depths, int dim) {
      return new Config(
          depths,
          List.of(dim, 2 * dim, 5 * dim, 8 * dim),
          List.of(1, 2, 5, 8),
          List.of(8, 4, 2, 1),
          1000,
          0.1,
          1e-5);
    }

    @Override
    public Config withClasses(int classes) {
      return new Config(
          depths, dims, heads, reductions, classes, dropPath, normEps, embedEps, inputChannels);
    }

    /**
     * Returns the same sizes with another drop-path rate.
     *
     * @param dropPath rate of the last block
     * @return a changed copy
     */
    public Config withDropPath(double dropPath) {
      return new Config(
          depths, dims, heads, reductions, classes, dropPath, normEps, embedEps, inputChannels);
    }

    /**
     * Returns the same sizes with another epsilon.
     *
     * @param normEps epsilon of the norms in and after the blocks
     * @return a changed copy
     */
    public Config withNormEps(double normEps) {
      return new Config(
          depths, dims, heads, reductions, classes, dropPath, normEps, embedEps, inputChannels);
    }

    /**
     * Returns the same sizes with another epsilon.
     *
     * @param embedEps epsilon of the norms after a convolution
     * @return a changed copy
     */
    public Config withEmbedEps(double embedEps) {
      return new Config(
          depths, dims, heads, reductions, classes, dropPath, normEps, embedEps, inputChannels);
    }

    @Override
    public Config withInputChannels(int channels) {
      return new Config(
          depths, dims, heads, reductions, classes, dropPath, normEps, embedEps, channels);
    }

    /** {@inheritDoc} Keys and values of every stage are one step or more. */
    @Override
    public int smallestImage() {
      int smallest = 1;
      for (int i = 0; i < 4; i++) { // the map has ceil(side / stride) steps
        smallest = Math.max(smallest, (reductions.get(i) - 1) * (4 << i) + 1);
      }
      return smallest;
    }

    @Override
    public VaryingParameters varying() {
      return new VaryingParameters(
          Set.of("classifier"),
          Set.of("classifier"),
          Set.of("encoder.patch_embeddings.0.proj.weight"),
          Map.of());
    }

    @Override
    public MixTransformer build() {
      return new MixTransformer(this);
    }
  }

  private final int smallest; // side of an image
  private final List<MixTransformerStage> stages = new ArrayList<>();
  private final List<FeatureInfo> levels = new ArrayList<>();
  private final GlobalAveragePool pool = new GlobalAveragePool();
  private final @Nullable Linear classifier;

  /**
   * Creates the network.
   *
   * @param config its sizes
   */
  public MixTransformer(Config config) {
    smallest = config.smallestImage();
    double[] rates =
        DropPath.rates(config.dropPath(), config.depths().stream().mapToInt(d -> d).sum());
    int done = 0;
    for (int i = 0; i < 4; i++) {
      stages.add(new MixTransformerStage(config, i, rates, done));
      levels.add(new FeatureInfo(config.dims().get(i), 4 << i));
      done += config.depths().get(i);
    }
    // The checkpoint keeps three parallel lists; the code keeps one list of stages.
    for (int i = 0; i < 4; i++) {
      child("encoder.patch_embeddings." + i + ".proj", stages.get(i).patches);
      child("encoder.patch_embeddings." + i + ".layer_norm", stages.get(i).patchNorm);
    }
    for (int i = 0; i < 4; i++) {
      child("encoder.block." + i, stages.get(i).blocks);
    }
    for (int i = 0; i < 4; i++) {
      child("encoder.layer_norm." + i, stages.get(i).norm);
    }
    classifier =
        config.classes() == 0
            ? null
            : child("classifier", new Linear(config.dims().get(3), config.classes()));
  }

  @Override
  public List<FeatureInfo> levels() {
    return List.copyOf(levels);
  }

  @Override
  public List<NDArray> features(NDArray image, Forward pass) {
    Stages.checkSides(image, smallest);
    List<NDArray> maps = new ArrayList<>();
    NDArray x = image;
    for (MixTransformerStage stage : stages) {
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
   * @return logits (B, classes), or the pooled features (B, C) without a classifier
   */
  @Override
  public NDArray forward(NDArray image, Forward pass) {
    NDArray pooled = pool.forward(features(image, pass).get(3), pass);
    return classifier == null ? pooled : classifier.forward(pooled, pass);
  }

  /** The registry's entry. */
  public static final Family<Config> FAMILY =
      new Family<>(
          "mit",
          List.of(
              new Family.Preset<>("mit_nano", Config.NANO),
              new Family.Preset<>("mit_b0", Config.B0),
              new Family.Preset<>("mit_b1", Config.B1),
              new Family.Preset<>("mit_b2", Config.B2),
              new Family.Preset<>("mit_b3", Config.B3),
              new Family.Preset<>("mit_b4", Config.B4),
              new Family.Preset<>("mit_b5", Config.B5)),
          List.of(
              new Family.Published<Config>(SegFormerDialects.ENCODER_HUGGING_FACE)
                  .describedBy(SegFormerFiles::encoder),
              new Family.Published<>(
                  SegFormerDialects.ENCODER_NVLABS, config -> config.withNormEps(1e-6)),
              new Family.Published<>(
                  SegFormerDialects.ENCODER_MMSEG,
                  config -> config.withNormEps(1e-6).withEmbedEps(1e-6).withClasses(0))));
}
