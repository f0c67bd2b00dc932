package dev.fovea.optimizer.quantize;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Model;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.dataset.Dataset.Usage;
import dev.fovea.optimizer.Optimizer;
import dev.fovea.optimizer.Precision;
import dev.fovea.optimizer.backend.Backend;
import dev.fovea.optimizer.backend.openvino.OpenVinoLibrary;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Networks that are trained here lose at most half a point on held-out data, calibrated on training
 * data, and keep four fifths of their layers in integers. On OpenVINO too, where it is installed.
 */
class TrainedAccuracyTest {

  private static final double BOUND = 0.005;
  private static final int CALIBRATED = 64; // samples

  @ParameterizedTest
  @EnumSource
  void half_a_point_is_lost_at_most_and_four_fifths_of_the_layers_are_integers(Trained network)
      throws IOException {
    try (NDManager manager = NDManager.newBaseManager()) {
      Trained.Data train = network.data(Usage.TRAIN, 1_500, manager);
      Trained.Data heldOut = network.data(Usage.TEST, 360, manager);
      Samples samples =
          Samples.of(CALIBRATED, (i, scope) -> new NDList(train.images().get(i + ":" + (i + 1))));
      try (Model model = network.train(train)) {
        double exact = network.score(model, heldOut);
        assertThat(exact).isGreaterThan(network.least());
        for (String backend : backends()) {
          Optimizer optimizer =
              Optimizer.of(model)
                  .input(new Shape(1, 3, network.size, network.size))
                  .backend(backend)
                  .precision(Precision.INT8)
                  .calibrate(samples)
                  .maxDrop(fast -> network.score(fast, heldOut), BOUND);
          try (Model fast = optimizer.optimize()) {
            assertThat(network.score(fast, heldOut)).isGreaterThanOrEqualTo(exact - BOUND - 1e-3);
          }
          Quantized quantized = optimizer.quantized();
          int inFloat = quantized.givenBack().size() + quantized.spared().size();
          assertThat(inFloat).isLessThanOrEqualTo((quantized.layers().size() + inFloat) / 5);
        }
      }
    }
  }

  private static List<String> backends() {
    List<String> names = new ArrayList<>(List.of(Backend.ONNX_RUNTIME));
    try {
      OpenVinoLibrary.find();
      names.add(Backend.OPENVINO);
    } catch (IllegalStateException e) {
      // Not installed: nothing to ask.
    }
    return names;
  }
}
