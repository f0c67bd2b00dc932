package dev.fovea.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.training.initializer.NormalInitializer;
import dev.fovea.backbone.Backbone;
import dev.fovea.backbone.Family;
import dev.fovea.backbone.FeatureInfo;
import dev.fovea.backbone.ModelConfig;
import dev.fovea.backbone.VaryingParameters;
import dev.fovea.nn.BatchNorm;
import dev.fovea.nn.Conv2d;
import dev.fovea.nn.Dropout;
import dev.fovea.nn.Forward;
import dev.fovea.nn.Layer;
import dev.fovea.nn.Linear;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * SegFormer: semantic segmentation by a hierarchical encoder under a decoder of linear maps.
 *
 * <p>Xie et al., "SegFormer: Simple and Efficient Design for Semantic Segmentation with
 * Transformers", NeurIPS 2021, <a href="https://arxiv.org/abs/2105.15203">arXiv:2105.15203</a>,
 * Fig. 2 and Sec. 3.2. Parameter paths are those of the {@code nvidia/segformer-*} checkpoints.
 *
 * <pre>
 * image (B, 3, H, W) -&gt; features at H/4, H/8, H/16, H/32 -&gt; logits (B, classes, H/4, W/4)
 * </pre>
 *
 * <p>The decoder takes the features of any backbone; the paper's is {@link MixTransformer}.
 */
public final class SegFormer extends Layer {

  /**
   * Sizes of a SegFormer with its own encoder.
   *
   * @param encoder sizes of the encoder
   * @param decoderDim channels of the decoder, C of Sec. 3.2
   * @param classes logits
   * @param levelNorms whether each level is normalized and rectified before it is upsampled,
   *     without a bias, and the finest stands first: so computes mmsegmentation, unlike the paper's
   *     code
   */
  public record Config(
      MixTransformer.Config encoder, int decoderDim, int classes, boolean levelNorms)
      implements ModelConfig<Config> {

    /** SegFormer-B0. */
    public static final Config B0 = new Config(MixTransformer.Config.B0, 256, 150);

    /** SegFormer-B1. */
    public static final Config B1 = new Config(MixTransformer.Config.B1, 256, 150);

    /** SegFormer-B2. */
    public static final Config B2 = new Config(MixTransformer.Config.B2, 768, 150);

    /** SegFormer-B3. */
    public static final Config B3 = new Config(MixTransformer.Config.B3, 768, 150);

    /** SegFormer-B4. */
    public static final Config B4 = new Config(MixTransformer.Config.B4, 768, 150);

    /** SegFormer-B5. */
    public static final Config B5 = new Config(MixTransformer.Config.B5, 768, 150);

    /** Fovea's own small one, for images of about 100 x 100 pixels; not in the paper. */
    public static final Config NANO = new Config(MixTransformer.Config.NANO, 64, 150);

    /**
     * Creates sizes of the paper's decoder.
     *
     * @param encoder sizes of the encoder
     * @param decoderDim channels of the decoder
     * @param classes logits
     */
    public Config(MixTransformer.Config encoder, int decoderDim, int classes) {
      this(encoder, decoderDim, classes, false);
    }

    /** {@inheritDoc} */
    public Config {
      encoder = encoder.withClasses(0);
      if (decoderDim < 1 || classes < 1) {
        throw new IllegalArgumentException(
            "SegFormer: decoderDim and classes of 1 or more, got "
                + decoderDim
                + " and "
                + classes);
      }
    }

    @Override
    public Config withClasses(int classes) {
      return new Config(encoder, decoderDim, classes, levelNorms);
    }

    /**
     * Returns the same sizes with another encoder.
     *
     * @param encoder sizes of the encoder
     * @return a changed copy
     */
    public Config withEncoder(MixTransformer.Config encoder) {
      return new Config(encoder, decoderDim, classes, levelNorms);
    }

    /**
     * Returns the same sizes with another decoder.
     *
     * @param levelNorms whether each level is normalized by itself
     * @return a changed copy
     */
    public Config withLevelNorms(boolean levelNorms) {
      return new Config(encoder, decoderDim, classes, levelNorms);
    }

    @Override
    public int inputChannels() {
      return encoder.inputChannels();
    }

    @Override
    public Config withInputChannels(int channels) {
      return withEncoder(encoder.withInputChannels(channels));
    }

    @Override
    public int smallestImage() {
      return encoder.smallestImage();
    }

    @Override
    public VaryingParameters varying() {
      return encoder.varying().under("segformer.").withHead(Set.of("decode_head.classifier"));
    }

    @Override
    public SegFormer build() {
      return new SegFormer(encoder.build(), decoderDim, classes, levelNorms);
    }
  }

  private static final int BILINEAR = 1; // the engine's number, ai.djl.modality.cv.Image order
  private static final double DROPOUT = 0.1; // dropout_ratio of NVlabs' SegFormerHead

  private final Backbone encoder;
  private final List<Linear> unify = new ArrayList<>();
  private final List<BatchNorm> levelNorms = new ArrayList<>(); // empty in the paper's decoder
  private final Conv2d fuse;
  private final BatchNorm norm;
  private final Dropout dropout = new Dropout(DROPOUT);
  private final Conv2d classifier;
  private final int classes;

  /**
   * Creates the network on any backbone.
   *
   * @param encoder gives the features; best without a head, whose parameters would stay unused
   * @param decoderDim channels of the decoder
   * @param classes logits
   */
  public SegFormer(Backbone encoder, int decoderDim, int classes) {
    this(encoder, decoderDim, classes, false);
  }

  private SegFormer(Backbone encoder, int decoderDim, int classes, boolean normalized) {
    this.encoder = child("segformer", encoder);
    this.classes = classes;
    List<FeatureInfo> levels = encoder.levels();
    for (int i = 0; i < levels.size(); i++) {
      String path = "decode_head.linear_c." + i;
      Linear linear = new Linear(levels.get(i).channels(), decoderDim, !normalized);
      unify.add(child(path + ".proj", linear));
      if (normalized) {
        levelNorms.add(child(path + ".batch_norm", new BatchNorm(decoderDim)));
      }
    }
    int concatenated = levels.size() * decoderDim;
    fuse = child("decode_head.linear_fuse", Conv2d.pointwise(concatenated, decoderDim, false));
    norm = child("decode_head.batch_norm", new BatchNorm(decoderDim));
    classifier = child("decode_head.classifier", Conv2d.pointwise(decoderDim, classes, true));
    classifier.setInitializer(new NormalInitializer(0.01f), "weight"); // as NVlabs' decode heads
  }

  /**
   * Returns the encoder.
   *
   * @return the backbone that gives the features
   */
  public Backbone encoder() {
    return encoder;
  }

  /**
   * Returns the number of logits a pixel.
   *
   * @return at least 1
   */
  public int classes() {
    return classes;
  }

  /**
   * {@inheritDoc}
   *
   * @param image (B, 3, H, W)
   * @return logits (B, classes, H / s, W / s), s the stride of the finest level: 4
   */
  @Override
  public NDArray forward(NDArray image, Forward pass) {
    List<NDArray> maps;
    try (Forward.Scope scope = pass.scope(image)) {
      maps = scope.keep(encoder.features(image, pass));
    }
    return decode(maps, pass);
  }

  /** All-MLP decoder: unify channels, upsample, concatenate, fuse, classify. Eq. 4. */
  private NDArray decode(List<NDArray> maps, Forward pass) {
    Shape finest = maps.get(0).getShape();
    NDList unified = new NDList();
    for (int i = maps.size() - 1; i >= 0; i--) { // checkpoints hold the coarsest first
      NDArray map = maps.get(i);
      try (Forward.Scope scope = pass.scope(map)) {
        NDArray y = unify.get(i).forward(map.transpose(0, 2, 3, 1), pass).transpose(0, 3, 1, 2);
        if (!levelNorms.isEmpty()) {
          y = Activation.relu(levelNorms.get(i).forward(y, pass));
        }
        NDArray wide = scope.keep(i == 0 ? y : upsample(y, finest)); // (B, decoderDim, H_0, W_0)
        unified.add(levelNorms.isEmpty() ? unified.size() : 0, wide);
      }
    }
    NDArray y = NDArrays.concat(unified, 1);
    unified.close();
    NDArray fused = fuse.forward(y, pass);
    y.close();
    NDArray normed = norm.forward(fused, pass);
    fused.close();
    NDArray active = Activation.relu(normed);
    normed.close();
    return classifier.forward(dropout.forward(active, pass), pass);
  }

  private static NDArray upsample(NDArray x, Shape like) {
    long[] size = {like.get(2), like.get(3)};
    return x.getNDArrayInternal().interpolation(size, BILINEAR, false);
  }

  /** The registry's entry. */
  public static final Family<Config> FAMILY =
      new Family<>(
          "segformer",
          List.of(
              new Family.Preset<>("segformer_nano", Config.NANO),
              new Family.Preset<>("segformer_b0", Config.B0),
              new Family.Preset<>("segformer_b1", Config.B1),
              new Family.Preset<>("segformer_b2", Config.B2),
              new Family.Preset<>("segformer_b3", Config.B3),
              new Family.Preset<>("segformer_b4", Config.B4),
              new Family.Preset<>("segformer_b5", Config.B5)),
          List.of(
              new Family.Published<Config>(SegFormerDialects.HUGGING_FACE)
                  .describedBy(SegFormerFiles::huggingFace),
              new Family.Published<>(
                  SegFormerDialects.NVLABS,
                  config -> config.withEncoder(config.encoder().withNormEps(1e-6))),
              new Family.Published<>(
                  SegFormerDialects.MMSEG,
                  config ->
                      config
                          .withEncoder(config.encoder().withNormEps(1e-6).withEmbedEps(1e-6))
                          .withLevelNorms(true))));
}
