package dev.fovea.model;

import ai.djl.ndarray.NDArray;
import dev.fovea.nn.Attention;
import dev.fovea.nn.DropPath;
import dev.fovea.nn.Forward;
import dev.fovea.nn.Layer;
import dev.fovea.nn.LayerNorm;
import dev.fovea.nn.Mlp;
import dev.fovea.nn.Sequential;
import java.util.ArrayList;
import java.util.List;

/**
 * Norm and attention, added; norm and MLP, added: (B, N, D) -&gt; same. arXiv:2010.11929, Fig. 1,
 * right, and eq. 2, 3.
 */
final class VisionTransformerBlock extends Layer {

  private static final int MLP_RATIO = 4; // Table 1: MLP size / hidden size

  private final LayerNorm norm1;
  private final Attention attention;
  private final LayerNorm norm2;
  private final Mlp mlp;
  private final DropPath dropPath;

  private VisionTransformerBlock(VisionTransformer.Config config, double rate) {
    int dim = config.dim();
    norm1 = child("norm1", LayerNorm.last(dim, config.normEps()));
    attention = child("attn", new Attention(dim, config.heads()));
    norm2 = child("norm2", LayerNorm.last(dim, config.normEps()));
    mlp = child("mlp", new Mlp(dim, MLP_RATIO * dim));
    dropPath = new DropPath(rate);
  }

  /** The blocks of a transformer; the last is dropped at the rate given, the first never. */
  static Sequential stack(VisionTransformer.Config config) {
    List<VisionTransformerBlock> blocks = new ArrayList<>();
    for (double rate : DropPath.rates(config.dropPath(), config.depth())) {
      blocks.add(new VisionTransformerBlock(config, rate));
    }
    return new Sequential(blocks);
  }

  @Override
  public NDArray forward(NDArray x, Forward pass) {
    NDArray y;
    try (Forward.Scope scope = pass.scope(x)) {
      NDArray update = attention.forward(norm1.forward(x, pass), pass);
      y = scope.keep(x.add(dropPath.forward(update, pass)));
    }
    return y.add(dropPath.forward(mlp.forward(norm2.forward(y, pass), pass), pass));
  }
}
