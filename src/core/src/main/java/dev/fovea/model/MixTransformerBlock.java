package dev.fovea.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import dev.fovea.nn.Conv2d;
import dev.fovea.nn.DropPath;
import dev.fovea.nn.Forward;
import dev.fovea.nn.Layer;
import dev.fovea.nn.LayerNorm;
import dev.fovea.nn.Linear;
import org.jspecify.annotations.Nullable;

/**
 * One block of a {@link MixTransformer}: (B, H, W, C) -&gt; same.
 *
 * <p>Pre-norm attention and feed-forward network, each added to its input (arXiv:2105.15203, Sec.
 * 3.1). Children have the names of the {@code nvidia/mit-b*} checkpoints.
 */
final class MixTransformerBlock extends Layer {

  private final LayerNorm norm1;
  private final EfficientAttention attention;
  private final LayerNorm norm2;
  private final MixFfn ffn;
  private final DropPath dropPath;

  MixTransformerBlock(MixTransformer.Config config, int stage, double rate) {
    int dim = config.dims().get(stage);
    norm1 = child("layer_norm_1", LayerNorm.last(dim, config.normEps()));
    attention =
        child(
            "attention",
            new EfficientAttention(
                dim, config.heads().get(stage), config.reductions().get(stage), config.embedEps()));
    norm2 = child("layer_norm_2", LayerNorm.last(dim, config.normEps()));
    ffn = child("mlp", new MixFfn(dim, 4 * dim));
    dropPath = new DropPath(rate);
  }

  @Override
  public NDArray forward(NDArray x, Forward pass) {
    NDArray y;
    try (Forward.Scope scope = pass.scope(x)) {
      NDArray update = attention.forward(norm1.forward(x, pass), pass);
      y = scope.keep(x.add(dropPath.forward(update, pass)));
    }
    return y.add(dropPath.forward(ffn.forward(norm2.forward(y, pass), pass), pass));
  }

  /** Self-attention whose keys and values are shortened R x R times by a convolution. Eq. 1, 2. */
  private static final class EfficientAttention extends Layer {

    private final int heads;
    private final double scale;
    private final Linear query;
    private final Linear key;
    private final Linear value;
    private final @Nullable Conv2d reduce; // absent where R = 1
    private final @Nullable LayerNorm reduceNorm;
    private final Linear out;

    EfficientAttention(int dim, int heads, int reduction, double eps) {
      this.heads = heads;
      this.scale = 1 / Math.sqrt((double) dim / heads);
      query = child("self.query", new Linear(dim, dim));
      key = child("self.key", new Linear(dim, dim));
      value = child("self.value", new Linear(dim, dim));
      reduce = reduction == 1 ? null : child("self.sr", Conv2d.patch(dim, dim, reduction));
      reduceNorm = reduction == 1 ? null : child("self.layer_norm", LayerNorm.last(dim, eps));
      out = child("output.dense", new Linear(dim, dim));
    }

    @Override
    public NDArray forward(NDArray x, Forward pass) {
      NDArray source = x;
      if (reduce != null && reduceNorm != null) {
        NDArray reduced = reduce.forward(x.transpose(0, 3, 1, 2), pass); // (B, C, H / R, W / R)
        source = reduceNorm.forward(reduced.transpose(0, 2, 3, 1), pass);
      }
      NDArray q = split(query.forward(x, pass).mul(pass.constant(scale, x))); // (B, heads, N, d)
      NDArray k = split(key.forward(source, pass)); // (B, heads, N / R^2, d)
      NDArray v = split(value.forward(source, pass));
      NDArray scores = q.matMul(k.transpose(0, 1, 3, 2)); // (B, heads, N, N / R^2)
      NDArray weights = scores.softmax(-1);
      scores.close(); // N^2 / R^2: by far the largest
      NDArray y = weights.matMul(v);
      weights.close();
      return out.forward(y.transpose(0, 2, 1, 3).reshape(x.getShape()), pass);
    }

    /** (B, H, W, C) -> (B, heads, N, C / heads). */
    private NDArray split(NDArray x) {
      Shape s = x.getShape();
      return x.reshape(s.get(0), -1, heads, s.get(3) / heads).transpose(0, 2, 1, 3);
    }
  }

  /** MLP with a 3 x 3 depthwise convolution inside, which leaks position. Eq. 3. */
  private static final class MixFfn extends Layer {

    private final Linear expand;
    private final Conv2d depthwise;
    private final Linear contract;

    MixFfn(int dim, int hidden) {
      expand = child("dense1", new Linear(dim, hidden));
      depthwise = child("dwconv.dwconv", Conv2d.depthwise(hidden, 3));
      contract = child("dense2", new Linear(hidden, dim));
    }

    @Override
    public NDArray forward(NDArray x, Forward pass) {
      NDArray y;
      try (Forward.Scope scope = pass.scope(x)) { // frees the expanded map and its view
        NDArray expanded = expand.forward(x, pass).transpose(0, 3, 1, 2); // (B, 4C, H, W)
        y = scope.keep(depthwise.forward(expanded, pass));
      }
      NDArray active = Activation.gelu(y);
      y.close();
      return contract.forward(active.transpose(0, 2, 3, 1), pass); // (B, H, W, C)
    }
  }
}
