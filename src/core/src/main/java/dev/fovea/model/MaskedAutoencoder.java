package dev.fovea.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import ai.djl.training.initializer.NormalInitializer;
import ai.djl.util.PairList;
import dev.fovea.backbone.Family;
import dev.fovea.backbone.ModelConfig;
import dev.fovea.backbone.VaryingParameters;
import dev.fovea.nn.Forward;
import dev.fovea.nn.Layer;
import dev.fovea.nn.LayerNorm;
import dev.fovea.nn.Linear;
import dev.fovea.nn.PatchEmbed;
import dev.fovea.nn.Sequential;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Masked autoencoder (MAE): a {@link VisionTransformer} sees a quarter of the patches of an image;
 * a small decoder paints the others.
 *
 * <p>He et al., "Masked Autoencoders Are Scalable Vision Learners", CVPR 2022, <a
 * href="https://arxiv.org/abs/2111.06377">arXiv:2111.06377</a>, Fig. 1, Sec. 3 and Appendix A.1.
 * Parameter paths are those of the authors' {@code models_mae.py}; those of the encoder are {@link
 * VisionTransformer}'s.
 *
 * <pre>
 * image (B, 3, S, S) -&gt; patches (B, N, D) -&gt; those kept (B, K, D) -&gt; encoder (B, 1 + K, D)
 *   -&gt; with mask tokens (B, 1 + N, E) -&gt; decoder -&gt; pixels of every patch (B, N, patch * patch * 3)
 * </pre>
 */
public final class MaskedAutoencoder extends Layer {

  /**
   * Sizes of a masked autoencoder.
   *
   * @param encoder sizes of the encoder, with channels D; its classes and pool do not matter
   * @param decoder sizes of the decoder, with channels E, for the same images and patches
   * @param maskRatio part of the patches that the encoder does not see; above 0, below 1
   * @param normalizedTargets whether each patch is to be painted with mean 0 and variance 1
   */
  public record Config(
      VisionTransformer.Config encoder,
      VisionTransformer.Config decoder,
      double maskRatio,
      boolean normalizedTargets)
      implements ModelConfig<Config> {

    /** Fovea's own small one, for images of 96 x 96 pixels; not in the paper. */
    public static final Config NANO =
        new Config(vit(96, 8, 192, 6, 3), vit(96, 8, 128, 2, 4), 0.75, true);

    /** MAE with a ViT-B/16. */
    public static final Config BASE = of(VisionTransformer.Config.BASE);

    /** MAE with a ViT-L/16. */
    public static final Config LARGE = of(VisionTransformer.Config.LARGE);

    /** MAE with a ViT-H/14. */
    public static final Config HUGE = of(VisionTransformer.Config.HUGE);

    /** {@inheritDoc} */
    public Config {
      encoder = encoder.withClasses(0);
      decoder = decoder.withClasses(0);
      MaskedAutoencoderDecoder.requireFit(encoder, decoder);
      if (!(maskRatio > 0 && encoder.patches() * (1 - maskRatio) >= 1)) {
        throw new IllegalArgumentException(
            "maskRatio: above 0, and low enough to keep a patch; got " + maskRatio);
      }
    }

    private static Config of(VisionTransformer.Config encoder) { // Sec. 4.1 and Appendix A.1
      return new Config(encoder, vit(224, encoder.patch(), 512, 8, 16), 0.75, true);
    }

    private static VisionTransformer.Config vit(
        int imageSize, int patch, int dim, int depth, int heads) {
      return new VisionTransformer.Config(
          imageSize, patch, dim, depth, heads, 0, VisionTransformer.Pool.TOKEN, 0, 1e-6, 3);
    }

    @Override
    public int imageSize() {
      return encoder.imageSize();
    }

    @Override
    public int classes() {
      return 0;
    }

    @Override
    public Config withClasses(int classes) {
      if (classes != 0) {
        throw new IllegalArgumentException(
            "a masked autoencoder has no classes; ask for 0, not for " + classes);
      }
      return this;
    }

    /**
     * Returns the same sizes with another epsilon.
     *
     * @param eps epsilon of every norm: 1e-6 in the authors' code, 1e-12 in Hugging Face's
     * @return a changed copy
     */
    public Config withNormEps(double eps) {
      return both(vit -> vit.withNormEps(eps));
    }

    @Override
    public Config withImageSize(int imageSize) {
      return both(vit -> vit.withImageSize(imageSize));
    }

    @Override
    public int inputChannels() {
      return encoder.inputChannels();
    }

    /** {@inheritDoc} The last layer, {@code decoder_pred}, paints as many and is another one. */
    @Override
    public Config withInputChannels(int channels) {
      return both(vit -> vit.withInputChannels(channels));
    }

    private Config both(UnaryOperator<VisionTransformer.Config> change) {
      return new Config(change.apply(encoder), change.apply(decoder), maskRatio, normalizedTargets);
    }

    @Override
    public VaryingParameters varying() {
      return new VaryingParameters(
          Set.of(),
          Set.of(),
          Set.of("patch_embed.proj.weight"),
          Map.of("pos_embed", 1, "decoder_pos_embed", 1));
    }

    @Override
    public MaskedAutoencoder build() {
      return new MaskedAutoencoder(this);
    }
  }

  /**
   * What the encoder makes of a batch.
   *
   * @param latent (B, 1 + K, D): the class token and the patches that were kept
   * @param mask (B, N): 1 where a patch was removed, else 0
   * @param restore (B, N): where each patch stands among those kept, then those removed
   */
  public record Encoded(NDArray latent, NDArray mask, NDArray restore) {}

  private final int patches; // N
  private final int kept; // K
  private final MaskedAutoencoderLoss loss;
  private final Parameter classToken; // (1, 1, D)
  private final Parameter positions; // (1, 1 + N, D)
  private final PatchEmbed patchEmbed;
  private final Sequential blocks;
  private final LayerNorm norm;
  private final MaskedAutoencoderDecoder decoder;

  /**
   * Creates the network.
   *
   * @param config its sizes
   */
  public MaskedAutoencoder(Config config) {
    VisionTransformer.Config encoder = config.encoder();
    int dim = encoder.dim();
    int decoderDim = config.decoder().dim();
    patches = encoder.patches();
    kept = (int) (patches * (1 - config.maskRatio()));
    loss = new MaskedAutoencoderLoss(config);
    NormalInitializer normal = new NormalInitializer(0.02f); // models_mae.py, initialize_weights
    SinCosPositions fixed = new SinCosPositions();
    classToken = parameter("cls_token", Parameter.Type.OTHER, normal, 1, 1, dim);
    positions = table("pos_embed", fixed, 1, 1 + patches, dim);
    patchEmbed =
        child(
            "patch_embed",
            new PatchEmbed(encoder.inputChannels(), encoder.imageSize(), encoder.patch(), dim));
    blocks = child("blocks", VisionTransformerBlock.stack(encoder));
    norm = child("norm", LayerNorm.last(dim, encoder.normEps()));
    int pixels = encoder.inputChannels() * encoder.patch() * encoder.patch();
    decoder =
        new MaskedAutoencoderDecoder(
            child("decoder_embed", new Linear(dim, decoderDim)),
            parameter("mask_token", Parameter.Type.OTHER, normal, 1, 1, decoderDim),
            table("decoder_pos_embed", fixed, 1, 1 + patches, decoderDim),
            child("decoder_blocks", VisionTransformerBlock.stack(config.decoder())),
            child("decoder_norm", LayerNorm.last(decoderDim, config.decoder().normEps())),
            child("decoder_pred", new Linear(decoderDim, pixels)));
    setInitializer(new XavierUniform(), Parameter.Type.WEIGHT);
  }

  /**
   * Masks the patches of an image and encodes the others. Sec. 3, "Masking" and "MAE encoder".
   *
   * @param image (B, 3, S, S)
   * @param noise (B, N), any numbers: the patches with the K smallest are kept, in that order
   * @param pass the forward pass that this is part of
   * @return latent (B, 1 + K, D), mask (B, N), restore (B, N)
   * @throws IllegalArgumentException if image or noise is of another size
   */
  public Encoded encode(NDArray image, NDArray noise, Forward pass) {
    NDArray x = patchEmbed.forward(image, pass); // (B, N, D)
    long dim = x.getShape().get(2);
    NDArray table = pass.broadcast(positions, new Shape(1, 1 + patches, dim), x);
    PatchMask masked = PatchMask.of(noise, kept, x);
    NDArray seen = x.add(table.get(":, 1:")).gather(PatchMask.rows(masked.seen(), dim), 1);
    NDArray first = pass.broadcast(classToken, new Shape(x.getShape().get(0), 1, dim), x);
    x = NDArrays.concat(new NDList(first.add(table.get(":, :1")), seen), 1); // (B, 1 + K, D)
    x = norm.forward(blocks.forward(x, pass), pass);
    return new Encoded(x, masked.mask(), masked.restore());
  }

  /**
   * Paints all patches. Sec. 3, "MAE decoder".
   *
   * @param latent (B, 1 + K, D)
   * @param restore (B, N)
   * @param pass the forward pass that this is part of
   * @return (B, N, patch * patch * 3), a patch by rows, then columns, then channels
   */
  public NDArray decode(NDArray latent, NDArray restore, Forward pass) {
    return decoder.forward(latent, restore, pass);
  }

  /**
   * Compares what was painted with the image, where the encoder did not see it. Sec. 3,
   * "Reconstruction target".
   *
   * @param image (B, 3, S, S)
   * @param prediction (B, N, patch * patch * 3), of {@link #decode}
   * @param mask (B, N), of {@link #encode}
   * @return a scalar, on the manager of the prediction
   */
  public NDArray loss(NDArray image, NDArray prediction, NDArray mask) {
    return loss.apply(image, prediction, mask);
  }

  /**
   * Masks an image at random and paints it.
   *
   * @param image (B, 3, S, S)
   * @param pass the forward pass that this is part of
   * @return (B, N, patch * patch * 3)
   */
  @Override
  public NDArray forward(NDArray image, Forward pass) {
    Encoded encoded = encode(image, PatchMask.noise(image, patches), pass);
    return decode(encoded.latent(), encoded.restore(), pass);
  }

  /** Of images (B, 3, S, S), and if given noise (B, N): the patches painted, and the mask. */
  @Override
  protected NDList forwardInternal(
      ParameterStore store,
      NDList inputs,
      boolean training,
      @Nullable PairList<String, Object> params) {
    NDArray image = inputs.head();
    Forward pass = new Forward(store, training);
    try (Forward.Scope scope = pass.scope(image)) {
      NDArray noise = inputs.size() > 1 ? inputs.get(1) : PatchMask.noise(image, patches);
      Encoded encoded = encode(image, noise, pass);
      NDArray prediction = decode(encoded.latent(), encoded.restore(), pass);
      return new NDList(scope.keep(prediction), scope.keep(encoded.mask()));
    }
  }

  /** The registry's entry. */
  public static final Family<Config> FAMILY =
      new Family<>(
          "mae",
          List.of(
              new Family.Preset<>("mae_nano", Config.NANO),
              new Family.Preset<>("mae_vit_base", Config.BASE),
              new Family.Preset<>("mae_vit_large", Config.LARGE),
              new Family.Preset<>("mae_vit_huge", Config.HUGE)),
          List.of(
              new Family.Published<>(VisionTransformerDialects.MAE_FACEBOOK),
              new Family.Published<Config>(
                      VisionTransformerDialects.MAE_HUGGING_FACE,
                      config -> config.withNormEps(1e-12))
                  .describedBy(VisionTransformerFiles::maskedAutoencoder)));
}
