package dev.fovea.testkit;

import static dev.fovea.testkit.TensorAssert.assertThatTensor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.Activation;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import ai.djl.training.loss.Loss;
import ai.djl.util.PairList;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** The examples of docs/testkit.md, word for word. */
class ReadmeExamplesTest {

  @TestFactory
  Stream<DynamicTest> my_focal_loss() {
    return LossContract.of(new MyFocalLoss())
        .logits(4, 3)
        .labels(Labels.BINARY)
        .unreduced()
        .golden("sigmoid_focal_a0.25_g2.0")
        .tests();
  }

  @Test
  void my_focal_loss_of_a_golden_case() {
    try (LossFixture fixture = LossFixture.load("sigmoid_focal_a0.25_g2.0")) {
      NDArray labels = fixture.labels();
      NDArray loss = MyFocalLoss.of(fixture.predictions(), labels);
      assertThatTensor(loss).hasShape(64, 7).isCloseTo(fixture.expectedLoss(), 1e-4, 1e-6);
      GradientCheck.of(x -> MyFocalLoss.of(x, labels.toType(DataType.FLOAT64, false)))
          .at(fixture.predictions());
    }
  }

  @TestFactory
  Stream<DynamicTest> my_gate() {
    return BlockContract.of("Gate", () -> new Gate(8))
        .inputs(new Shape(2, 8))
        .outputs(new Shape(2, 8))
        .tests();
  }

  /** alpha_t (1 - p_t)^2 times the cross entropy, alpha = 0.25. */
  private static final class MyFocalLoss extends Loss {

    MyFocalLoss() {
      super("MyFocalLoss");
    }

    @Override
    public NDArray evaluate(NDList labels, NDList predictions) {
      return of(predictions.head(), labels.head());
    }

    static NDArray of(NDArray logits, NDArray labels) {
      NDArray loss;
      try (NDScope scope = new NDScope()) {
        scope.suppressNotUsedWarning();
        NDManager manager = logits.getManager();
        DataType type = logits.getDataType();
        NDArray t = labels.toType(type, false);
        NDArray margin = logits.mul(t.add(t).sub(1));
        NDArray alpha =
            t.mul(manager.full(new Shape(), -0.5f, type))
                .add(manager.full(new Shape(), 0.75f, type));
        loss =
            Activation.sigmoid(margin.neg())
                .square()
                .mul(Activation.softPlus(margin.neg()))
                .mul(alpha);
        NDScope.unregister(loss);
      }
      return loss;
    }
  }

  /** x sigmoid(gamma x). */
  private static final class Gate extends AbstractBlock {

    private final Parameter gamma;

    Gate(int channels) {
      gamma =
          addParameter(
              Parameter.builder()
                  .setName("gamma")
                  .setType(Parameter.Type.GAMMA)
                  .optShape(new Shape(channels))
                  .build());
    }

    @Override
    protected NDList forwardInternal(
        ParameterStore store,
        NDList inputs,
        boolean training,
        @Nullable PairList<String, Object> params) {
      NDArray x = inputs.singletonOrThrow();
      NDArray g = store.getValue(gamma, x.getDevice(), training);
      if (!training) {
        g = g.stopGradient(); // no graph when predicting
        g.attach(x.getManager());
      }
      return new NDList(x.mul(Activation.sigmoid(x.mul(g))));
    }

    @Override
    public Shape[] getOutputShapes(Shape[] inputShapes) {
      return inputShapes;
    }
  }
}
