package dev.fovea.model;

import ai.djl.ndarray.NDArray;
import dev.fovea.nn.Conv2d;
import dev.fovea.nn.Forward;
import dev.fovea.nn.LayerNorm;
import dev.fovea.nn.Sequential;
import java.util.ArrayList;
import java.util.List;

/** Overlapping patches, then transformer blocks. Not a layer: the network registers its parts. */
final class MixTransformerStage {

  final Conv2d patches;
  final LayerNorm patchNorm;
  final Sequential blocks;
  final LayerNorm norm;

  MixTransformerStage(MixTransformer.Config config, int index, double[] rates, int done) {
    int in = index == 0 ? config.inputChannels() : config.dims().get(index - 1);
    int dim = config.dims().get(index);
    int kernel = index == 0 ? 7 : 3; // K, S, P of Table 6
    patches = new Conv2d(in, dim, kernel, index == 0 ? 4 : 2, kernel / 2, 1, true);
    patchNorm = LayerNorm.last(dim, config.embedEps());
    List<MixTransformerBlock> list = new ArrayList<>();
    for (int i = 0; i < config.depths().get(index); i++) {
      list.add(new MixTransformerBlock(config, index, rates[done + i]));
    }
    blocks = new Sequential(list);
    norm = LayerNorm.last(dim, config.normEps());
  }

  NDArray forward(NDArray map, Forward pass) {
    NDArray x = patches.forward(map, pass).transpose(0, 2, 3, 1); // (B, H, W, C)
    x = blocks.forward(patchNorm.forward(x, pass), pass);
    return norm.forward(x, pass).transpose(0, 3, 1, 2); // (B, C, H, W)
  }
}
