package dev.fovea.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.training.initializer.NormalInitializer;
import dev.fovea.backbone.Backbone;
import dev.fovea.backbone.Family;
import dev.fovea.backbone.FeatureInfo;
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
import org.jspecify.annotations.Nullable;

/**
 * Vision Transformer (ViT): a plain transformer over the patches of an image of one size.
 *
 * <p>Dosovitskiy et al., "An Image is Worth 16x16 Words", ICLR 2021, <a
 * href="https://arxiv.org/abs/2010.11929">arXiv:2010.11929</a>, Fig. 1 and Table 1; the sizes tiny
 * and small are of DeiT, arXiv:2012.12877, Table 1. Parameter paths are those of timm's {@code
 * vit_*} and of the authors of {@link MaskedAutoencoder}.
 *
 * <pre>
 * image (B, 3, S, S) -&gt; patches (B, N, D) -&gt; class token before them -&gt; blocks -&gt; one token -&gt; logits
 * </pre>
 *
 * <p>Before the head stands the class token, or the mean of the patches (arXiv:2111.06377, Appendix
 * A.1). As a backbone it has one level, the patches as a map.
 */
public final class VisionTransformer extends Layer implements Backbone {

  /** What the head sees. */
  public enum Pool {
    /** The class token, after the norm of all tokens, {@code norm}. */
    TOKEN,
    /** The mean of the patch tokens, normalized after that, by {@code fc_norm}. */
    MEAN
  }

  /**
   * Sizes of a Vision Transformer.
   *
   * @param imageSize S: height and width of the images that it takes
   * @param patch height and width of a patch; divides the image size
   * @param dim D: channels of a token
   * @param depth transformer blocks
   * @param heads attention heads
   * @param classes logits; 0: no head
   * @param pool what the head sees
   * @param dropPath drop-path rate of the last block
   * @param normEps epsilon of every norm: 1e-6 in timm's and the authors' code, 1e-12 in Hugging
   *     Face's
   * @param inputChannels channels of the images, 3 for colour
   */
  public record Config(
      int imageSize,
      int patch,
      int dim,
      int depth,
      int heads,
      int classes,
      Pool pool,
      double dropPath,
      double normEps,
      int inputChannels)
      implements ModelConfig<Config> {

    /** ViT-Ti/16, of DeiT. */
    public static final Config TINY = of(16, 192, 12, 3);

    /** ViT-S/16, of DeiT. */
    public static final Config SMALL = of(16, 384, 12, 6);

    /** ViT-B/16. */
    public static final Config BASE = of(16, 768, 12, 12);

    /** ViT-L/16. */
    public static final Config LARGE = of(16, 1024, 24, 16);

    /** ViT-H/14. */
    public static final Config HUGE = of(14, 1280, 32, 16);

    /** {@inheritDoc} */
    public Config {
      Stages.checkChannels(inputChannels);
      Stages.checkClasses(classes);
      if (patch < 1 || imageSize < patch || imageSize % patch != 0) {
        throw new IllegalArgumentException(
            "ViT: patch must divide imageSize, got patch " + patch + ", imageSize " + imageSize);
      }
      if (depth < 1 || heads < 1 || dim < 1 || dim % heads != 0) {
        throw new IllegalArgumentException(
            "ViT: depth of 1 or more, and heads that divide dim; got depth "
                + depth
                + ", heads "
                + heads
                + ", dim "
                + dim);
      }
    }

    /**
     * Returns the number of patches.
     *
     * @return N
     */
    public int patches() {
      return (imageSize / patch) * (imageSize / patch);
    }

    private static Config of(int patch, int dim, int depth, int heads) {
      return new Config(224, patch, dim, depth, heads, 1000, Pool.TOKEN, 0, 1e-6, 3);
    }

    @Override
    public Config withClasses(int classes) {
      return new Config(
          imageSize, patch, dim, depth, heads, classes, pool, dropPath, normEps, inputChannels);
    }

    /** {@inheritDoc} Its table of positions is another one. */
    @Override
    public Config withImageSize(int imageSize) {
      return new Config(
          imageSize, patch, dim, depth, heads, classes, pool, dropPath, normEps, inputChannels);
    }

    /**
     * Returns the same sizes with another pooling.
     *
     * @param pool what the head sees
     * @return a changed copy
     */
    public Config withPool(Pool pool) {
      return new Config(
          imageSize, patch, dim, depth, heads, classes, pool, dropPath, normEps, inputChannels);
    }

    /**
     * Returns the same sizes with another drop-path rate.
     *
     * @param dropPath rate of the last block
     * @return a changed copy
     */
    public Config withDropPath(double dropPath) {
      return new Config(
          imageSize, patch, dim, depth, heads, classes, pool, dropPath, normEps, inputChannels);
    }

    /**
     * Returns the same sizes with another epsilon.
     *
     * @param normEps epsilon of every norm
     * @return a changed copy
     */
    public Config withNormEps(double normEps) {
      return new Config(
          imageSize, patch, dim, depth, heads, classes, pool, dropPath, normEps, inputChannels);
    }

    @Override
    public Config withInputChannels(int channels) {
      return new Config(
          imageSize, patch, dim, depth, heads, classes, pool, dropPath, normEps, channels);
    }

    @Override
    public VaryingParameters varying() {
      return new VaryingParameters(
          Set.of("head"),
          Set.of("head"),
          Set.of("patch_embed.proj.weight"),
          Map.of("pos_embed", 1));
    }

    @Override
    public VisionTransformer build() {
      return new VisionTransformer(this);
    }
  }

  private final int dim;
  private final int grid; // patches per side
  private final int patch;
  private final Parameter classToken; // (1, 1, D)
  private final Parameter positions; // (1, 1 + N, D)
  private final PatchEmbed patchEmbed;
  private final Sequential blocks;
  private final @Nullable LayerNorm norm; // of all tokens
  private final @Nullable LayerNorm meanNorm; // of their mean
  private final @Nullable Linear head;

  /**
   * Creates the network.
   *
   * @param config its sizes
   */
  public VisionTransformer(Config config) {
    dim = config.dim();
    patch = config.patch();
    grid = config.imageSize() / patch;
    NormalInitializer normal = new NormalInitializer(0.02f); // as timm and DeiT have it
    classToken = parameter("cls_token", Parameter.Type.OTHER, normal, 1, 1, dim);
    positions = parameter("pos_embed", Parameter.Type.OTHER, normal, 1, 1 + grid * grid, dim);
    patchEmbed =
        child(
            "patch_embed", new PatchEmbed(config.inputChannels(), config.imageSize(), patch, dim));
    blocks = child("blocks", VisionTransformerBlock.stack(config));
    boolean mean = config.pool() == Pool.MEAN;
    norm = mean ? null : child("norm", LayerNorm.last(dim, config.normEps()));
    meanNorm = mean ? child("fc_norm", LayerNorm.last(dim, config.normEps())) : null;
    head = config.classes() == 0 ? null : child("head", new Linear(dim, config.classes()));
    setInitializer(normal, Parameter.Type.WEIGHT);
  }

  @Override
  public List<FeatureInfo> levels() {
    return List.of(new FeatureInfo(dim, patch));
  }

  /**
   * {@inheritDoc}
   *
   * <p>One map (B, D, S / patch, S / patch): the patch tokens, normalized unless the pool is {@link
   * Pool#MEAN}.
   */
  @Override
  public List<NDArray> features(NDArray image, Forward pass) {
    NDArray patches = tokens(image, pass).get(":, 1:");
    return List.of(patches.transpose(0, 2, 1).reshape(-1, dim, grid, grid)); // (B, D, H, W)
  }

  /**
   * {@inheritDoc}
   *
   * @param image (B, 3, S, S)
   * @return logits (B, classes), or the pooled features (B, D) without a head
   */
  @Override
  public NDArray forward(NDArray image, Forward pass) {
    NDArray tokens = tokens(image, pass);
    NDArray pooled =
        meanNorm == null
            ? tokens.get(":, 0")
            : meanNorm.forward(tokens.get(":, 1:").mean(new int[] {1}), pass);
    return head == null ? pooled : head.forward(pooled, pass);
  }

  /** Eq. 1 to 3, and the norm of eq. 4: (B, 3, S, S) -> (B, 1 + N, D). */
  private NDArray tokens(NDArray image, Forward pass) {
    NDArray patches = patchEmbed.forward(image, pass);
    Shape one = new Shape(patches.getShape().get(0), 1, dim);
    NDArray x = NDArrays.concat(new NDList(pass.broadcast(classToken, one, patches), patches), 1);
    x = blocks.forward(x.add(pass.value(positions, x)), pass);
    return norm == null ? x : norm.forward(x, pass);
  }

  /** The registry's entry. The authors of MAE pool by the mean when they fine-tune. */
  public static final Family<Config> FAMILY =
      new Family<>(
          "vit",
          List.of(
              new Family.Preset<>("vit_tiny", Config.TINY),
              new Family.Preset<>("vit_small", Config.SMALL),
              new Family.Preset<>("vit_base", Config.BASE),
              new Family.Preset<>("vit_large", Config.LARGE),
              new Family.Preset<>("vit_huge", Config.HUGE)),
          List.of(
              new Family.Published<Config>(VisionTransformerDialects.TIMM)
                  .describedBy(VisionTransformerFiles::timm),
              new Family.Published<>(
                  VisionTransformerDialects.FACEBOOK, config -> config.withPool(Pool.MEAN)),
              new Family.Published<Config>(
                      VisionTransformerDialects.HUGGING_FACE, config -> config.withNormEps(1e-12))
                  .describedBy(VisionTransformerFiles::huggingFace)));
}
