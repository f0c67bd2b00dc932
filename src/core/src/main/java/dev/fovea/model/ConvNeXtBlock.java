package dev.fovea.model;

import ai.djl.ndarray.NDArray;
import ai.djl.nn.Activation;
import ai.djl.nn.Parameter;
import dev.fovea.nn.Conv2d;
import dev.fovea.nn.DropPath;
import dev.fovea.nn.Forward;
import dev.fovea.nn.GlobalResponseNorm;
import dev.fovea.nn.Layer;
import dev.fovea.nn.LayerNorm;
import dev.fovea.nn.Linear;
import org.jspecify.annotations.Nullable;

/**
 * Depthwise 7 x 7, norm, 1 x 1 to 4C, GELU, 1 x 1 to C, added: (B, C, H, W) -&gt; same. What is
 * added is scaled by a learned gamma in the first version (arXiv:2201.03545, Fig. 4, right); in the
 * second a response norm stands after the GELU instead (arXiv:2301.00808, Fig. 5).
 */
final class ConvNeXtBlock extends Layer {

  private final @Nullable Parameter gamma; // (C)
  private final Conv2d depthwise;
  private final LayerNorm norm;
  private final Linear expand;
  private final @Nullable GlobalResponseNorm responseNorm;
  private final Linear contract;
  private final DropPath dropPath;

  ConvNeXtBlock(ConvNeXt.Config config, int dim, double rate) {
    float scale = (float) config.layerScale();
    gamma =
        scale == 0
            ? null
            : parameter(
                "gamma",
                Parameter.Type.OTHER,
                (manager, s, type) -> manager.full(s, scale, type),
                dim);
    depthwise = child("conv_dw", Conv2d.depthwise(dim, 7));
    norm = child("norm", LayerNorm.last(dim, ConvNeXt.EPS));
    expand = child("mlp.fc1", new Linear(dim, 4 * dim));
    responseNorm = config.responseNorm() ? child("mlp.grn", new GlobalResponseNorm(4 * dim)) : null;
    contract = child("mlp.fc2", new Linear(4 * dim, dim));
    dropPath = new DropPath(rate);
  }

  @Override
  public NDArray forward(NDArray x, Forward pass) {
    NDArray hidden;
    try (Forward.Scope scope = pass.scope(x)) { // frees what the wide maps are made from
      NDArray local = depthwise.forward(x, pass).transpose(0, 2, 3, 1); // (B, H, W, C)
      hidden = scope.keep(expand.forward(norm.forward(local, pass), pass));
    }
    NDArray active = Activation.gelu(hidden);
    hidden.close();
    if (responseNorm != null) {
      NDArray normed = responseNorm.forward(active, pass);
      active.close();
      active = normed;
    }
    NDArray y = contract.forward(active, pass);
    active.close();
    if (gamma != null) {
      y = y.mul(pass.value(gamma, x));
    }
    return x.add(dropPath.forward(y.transpose(0, 3, 1, 2), pass)); // (B, C, H, W)
  }
}
