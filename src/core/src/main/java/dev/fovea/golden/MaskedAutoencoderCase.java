package dev.fovea.golden;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.training.GradientCollector;
import ai.djl.training.ParameterStore;
import com.google.gson.JsonObject;
import dev.fovea.model.MaskedAutoencoder;
import dev.fovea.nn.Forward;
import dev.fovea.train.AutogradParameters;
import java.io.IOException;
import java.nio.file.Path;

/**
 * A masked autoencoder: the patches that it paints under given noise, the mask, the loss; and for
 * {@code "train": true} the gradient of every parameter.
 */
final class MaskedAutoencoderCase {

  private MaskedAutoencoderCase() {}

  static double run(
      Path folder, JsonObject json, CaseNetwork filled, MaskedAutoencoder mae, NDManager manager)
      throws IOException, Expected.Mismatch {
    NDArray image = CaseNetwork.input("pixels", json, manager);
    NDArray noise = CaseNetwork.input("noise", json, manager).add(1).div(2); // in [0, 1)
    double error = forward(folder, mae, image, noise, manager);
    if (CaseNetwork.isTrained(json)) {
      error = Math.max(error, train(folder, filled, mae, image, noise, manager));
    }
    return error;
  }

  private static double forward(
      Path folder, MaskedAutoencoder mae, NDArray image, NDArray noise, NDManager manager)
      throws IOException, Expected.Mismatch {
    try (Expected expected = Expected.values(folder.resolve("expected.safetensors"), manager)) {
      ParameterStore store = new ParameterStore(manager, false);
      NDList outputs = mae.forward(store, new NDList(image, noise), false);
      expected.check("pred", outputs.get(0));
      expected.check("mask", outputs.get(1));
      expected.check("loss", mae.loss(image, outputs.get(0), outputs.get(1)));
      expected.checkComplete();
      return expected.maxError();
    }
  }

  private static double train(
      Path folder,
      CaseNetwork filled,
      MaskedAutoencoder mae,
      NDArray image,
      NDArray noise,
      NDManager manager)
      throws IOException, Expected.Mismatch {
    AutogradParameters leaves = new AutogradParameters(manager, mae.getParameters());
    try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
      Forward pass = new Forward(leaves, false, true);
      MaskedAutoencoder.Encoded encoded = mae.encode(image, noise, pass);
      NDArray prediction = mae.decode(encoded.latent(), encoded.restore(), pass);
      collector.backward(mae.loss(image, prediction, encoded.mask()));
    }
    return filled.checkGradients(folder, leaves.gradients(), manager);
  }
}
