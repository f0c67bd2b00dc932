package dev.fovea.golden;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.ParameterList;
import ai.djl.training.GradientCollector;
import ai.djl.training.ParameterStore;
import com.google.gson.JsonObject;
import dev.fovea.backbone.Backbone;
import dev.fovea.loss.CrossEntropyLoss;
import dev.fovea.loss.Reduction;
import dev.fovea.loss.UpsampledLoss;
import dev.fovea.model.MaskedAutoencoder;
import dev.fovea.model.SegFormer;
import dev.fovea.nn.Forward;
import dev.fovea.nn.Layer;
import dev.fovea.train.AutogradParameters;
import dev.fovea.weights.SafeTensors;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A network in one dialect: builds it, fills it through the dialect's names (strictly, so every
 * entry of the reference's state dict has its place), compares logits and feature maps; and for
 * {@code "train": true} the loss and the gradient of every parameter.
 */
final class ModelCase {

  private static final int IGNORED = 255;

  private ModelCase() {}

  static double run(Path folder, JsonObject json, NDManager manager)
      throws IOException, Expected.Mismatch, GoldenCases.Unsupported {
    CaseNetwork filled = CaseNetwork.build(json);
    filled.fill(folder, json, manager);
    if (filled.network() instanceof MaskedAutoencoder mae) {
      return MaskedAutoencoderCase.run(folder, json, filled, mae, manager);
    }
    NDArray image = CaseNetwork.input("pixels", json, manager);
    double error = forward(folder, filled.network(), image, manager);
    if (CaseNetwork.isTrained(json)) {
      error = Math.max(error, train(folder, filled, image, manager));
    }
    return error;
  }

  private static double forward(Path folder, Layer network, NDArray image, NDManager manager)
      throws IOException, Expected.Mismatch {
    try (Expected expected = Expected.values(folder.resolve("expected.safetensors"), manager)) {
      ParameterStore store = new ParameterStore(manager, false);
      NDArray logits = network.forward(store, new NDList(image), false).singletonOrThrow();
      expected.check("logits", logits);
      Backbone backbone = backbone(network);
      if (backbone != null) {
        List<NDArray> maps = backbone.features(image, new Forward(store, false));
        for (int i = 0; i < maps.size(); i++) {
          if (expected.has("feature" + i)) {
            expected.check("feature" + i, maps.get(i));
          }
        }
      }
      expected.ignore("loss"); // compared with the gradients
      expected.checkComplete();
      return expected.maxError();
    }
  }

  private static @Nullable Backbone backbone(Layer network) {
    if (network instanceof SegFormer segformer) {
      return segformer.encoder();
    }
    return network instanceof Backbone backbone ? backbone : null;
  }

  /** Loss and gradients, with batch norm in its inference form and nothing dropped. */
  private static double train(Path folder, CaseNetwork filled, NDArray image, NDManager manager)
      throws IOException, Expected.Mismatch {
    ParameterList parameters = filled.network().getParameters();
    AutogradParameters leaves = new AutogradParameters(manager, parameters);
    NDArray labels;
    try (SafeTensors file = SafeTensors.open(folder.resolve("labels.safetensors"))) {
      labels = file.read(manager, "labels");
    }
    NDArray loss;
    try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
      NDArray logits = filled.network().forward(image, new Forward(leaves, false, true));
      CrossEntropyLoss crossEntropy = new CrossEntropyLoss(null, IGNORED, 0, Reduction.MEAN);
      loss =
          labels.getShape().dimension() == 1
              ? crossEntropy.apply(logits, labels)
              : new UpsampledLoss(crossEntropy).evaluate(new NDList(labels), new NDList(logits));
      collector.backward(loss);
    }
    double error;
    try (Expected expected = Expected.values(folder.resolve("expected.safetensors"), manager)) {
      expected.check("loss", loss);
      error = expected.maxError();
    }
    return Math.max(error, filled.checkGradients(folder, leaves.gradients(), manager));
  }
}
