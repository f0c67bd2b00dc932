package dev.fovea.optimizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.djl.Model;
import ai.djl.inference.Predictor;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.LambdaBlock;
import ai.djl.translate.NoopTranslator;
import ai.djl.translate.TranslateException;
import dev.fovea.optimizer.backend.Backend;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Truth values go in and out: an attention mask beside its scores. */
class TruthValuesTest {

  private static NDList attend(NDList inputs) {
    NDArray scores = inputs.get(0);
    NDArray kept = inputs.get(1);
    NDArray masked = NDArrays.where(kept, scores, scores.mul(0).sub(1e9f));
    return new NDList(masked.softmax(-1), kept.logicalNot(), scores.gt(0));
  }

  @ParameterizedTest
  @ValueSource(strings = {Backend.PYTORCH, Backend.ONNX_RUNTIME, Backend.OPENVINO})
  void a_mask_is_an_input_and_another_an_output(String backend) throws TranslateException {
    assumeTrue(!backend.equals(Backend.OPENVINO) || Contract.hasOpenVino(), "no OpenVINO here");
    try (Model model = Model.newInstance("mask", "PyTorch");
        NDManager manager = NDManager.newBaseManager()) {
      model.setBlock(new LambdaBlock(TruthValuesTest::attend, "attend"));
      NDList inputs =
          new NDList(
              manager.create(new float[] {1, -2, 3, 4, 5, -6}, new Shape(1, 2, 3)),
              manager.create(
                  new boolean[] {true, false, true, true, true, false}, new Shape(1, 2, 3)));
      try (Model fast =
              Optimizer.of(model)
                  .backend(backend)
                  .input(new Shape(1, 2, 3), new Shape(1, 2, 3))
                  .inputTypes(DataType.FLOAT32, DataType.BOOLEAN)
                  .optimize();
          Predictor<NDList, NDList> predictor = fast.newPredictor(new NoopTranslator())) {
        NDList expected = attend(inputs);
        NDList got = predictor.predict(inputs);
        TestGraph.assertClose(new NDList(expected.get(0)), new NDList(got.get(0)), 1e-6);
        for (int i = 1; i < 3; i++) {
          assertThat(got.get(i).getDataType()).isEqualTo(DataType.BOOLEAN);
          assertThat(got.get(i).toBooleanArray()).isEqualTo(expected.get(i).toBooleanArray());
        }
      }
    }
  }
}
