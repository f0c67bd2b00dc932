package dev.fovea.optimizer.backend.openvino;

import ai.djl.Model;
import ai.djl.basicmodelzoo.cv.classification.ResNetV1;
import ai.djl.inference.Predictor;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.translate.NoopTranslator;
import ai.djl.translate.TranslateException;
import ai.djl.util.Pair;
import dev.fovea.model.ConvNeXt;
import dev.fovea.model.SegFormer;
import dev.fovea.optimizer.Optimizer;
import dev.fovea.optimizer.TestGraph;
import dev.fovea.optimizer.backend.Backend;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** End to end, through ordinary predictors. */
class OpenVinoModelsTest {

  private static final Shape INPUT = new Shape(1, 3, 64, 64);

  private enum Network {
    SEGFORMER,
    CONVNEXT,
    RESNET;

    private Block block() {
      return switch (this) {
        case SEGFORMER -> SegFormer.Config.NANO.withClasses(5).build();
        case CONVNEXT -> ConvNeXt.Config.ATTO.withClasses(10).build();
        case RESNET ->
            ResNetV1.builder()
                .setImageShape(new Shape(3, 64, 64))
                .setNumLayers(18)
                .setOutSize(10)
                .build();
      };
    }
  }

  @BeforeEach
  void needsOpenVino() {
    Installed.openVino();
  }

  @ParameterizedTest
  @EnumSource
  void one_optimized_model_predicts_what_the_model_does_at_every_batch_and_image_size(
      Network network) throws TranslateException {
    try (Model model = Model.newInstance("model", "PyTorch");
        NDManager manager = NDManager.newBaseManager()) {
      manager.getEngine().setRandomSeed(3);
      Block block = network.block();
      block.initialize(model.getNDManager(), DataType.FLOAT32, INPUT);
      spread(block);
      model.setBlock(block);
      try (Model fast = Optimizer.of(model).input(INPUT).backend(Backend.OPENVINO).optimize();
          Predictor<NDList, NDList> slow = model.newPredictor(new NoopTranslator());
          Predictor<NDList, NDList> quick = fast.newPredictor(new NoopTranslator())) {
        for (long batch : new long[] {1, 3}) {
          for (Shape size : List.of(new Shape(64, 64), new Shape(96, 128))) {
            NDArray x = manager.randomUniform(-1, 1, new Shape(batch, 3).addAll(size));
            NDList expected = slow.predict(new NDList(x));
            TestGraph.assertClose(expected, quick.predict(new NDList(x)), 1e-4);
          }
        }
      }
    }
  }

  /** No parameter keeps its first value, where biases are 0 and scales are 1. */
  private static void spread(Block block) {
    for (Pair<String, Parameter> entry : block.getParameters()) {
      NDArray array = entry.getValue().getArray();
      if (array.getShape().dimension() == 1) {
        boolean scale = entry.getKey().matches("(?i).*(weight|gamma|running_?var)");
        try (NDArray values =
            array
                .getManager()
                .randomUniform(scale ? 0.8f : -0.2f, scale ? 1.2f : 0.2f, array.getShape())) {
          values.copyTo(array);
        }
      }
    }
  }
}
