package dev.fovea.model;

import ai.djl.ndarray.NDArray;
import dev.fovea.nn.Conv2d;
import dev.fovea.nn.Forward;
import dev.fovea.nn.Layer;
import dev.fovea.nn.LayerNorm;
import dev.fovea.nn.Sequential;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** (B, C_in, H, W) -> (B, C, H / 2, W / 2); the first stage keeps the resolution of the stem. */
final class ConvNeXtStage extends Layer {

  private final @Nullable Sequential downsample;
  private final Sequential blocks;

  ConvNeXtStage(ConvNeXt.Config config, int index, double[] rates) {
    int dim = config.dims().get(index);
    int in = index == 0 ? dim : config.dims().get(index - 1);
    downsample =
        index == 0
            ? null
            : child(
                "downsample",
                new Sequential(LayerNorm.first(in, ConvNeXt.EPS), Conv2d.patch(in, dim, 2)));
    List<ConvNeXtBlock> list = new ArrayList<>();
    for (double rate : rates) {
      list.add(new ConvNeXtBlock(config, dim, rate));
    }
    blocks = child("blocks", new Sequential(list));
  }

  @Override
  public NDArray forward(NDArray x, Forward pass) {
    return blocks.forward(downsample == null ? x : downsample.forward(x, pass), pass);
  }
}
