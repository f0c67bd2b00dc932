package dev.fovea.optimizer.trace;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.LambdaBlock;
import ai.djl.training.ParameterStore;
import dev.fovea.optimizer.ir.Graph;
import dev.fovea.optimizer.ir.Interpreter;
import dev.fovea.optimizer.ir.Op;
import java.util.function.Function;

/** What the tests of traces share. */
final class Traces {
  private Traces() {}

  /** A block without parameters. */
  static Block block(Function<NDArray, NDArray> function) {
    return new LambdaBlock(list -> new NDList(function.apply(list.singletonOrThrow())));
  }

  /** Asserts that a graph computes what the block computes, within 1e-5 of the largest element. */
  static void assertSame(Block block, Graph graph, Shape... shapes) {
    try (NDManager scope = NDManager.newBaseManager();
        Interpreter interpreter = new Interpreter(graph, scope)) {
      NDList inputs = new NDList();
      for (Shape shape : shapes) {
        inputs.add(scope.randomNormal(shape));
      }
      NDList expected = block.forward(new ParameterStore(scope, false), new NDList(inputs), false);
      NDList actual = interpreter.run(inputs);
      assertThat(actual).hasSameSizeAs(expected);
      for (int i = 0; i < expected.size(); i++) {
        NDArray e = expected.get(i).stopGradient();
        assertThat(actual.get(i).getShape()).isEqualTo(e.getShape());
        float largest = e.abs().max().getFloat();
        assertThat(largest).isPositive();
        assertThat(e.sub(actual.get(i)).abs().max().getFloat())
            .isLessThanOrEqualTo(1e-5f * largest);
      }
    }
  }

  static long count(Graph graph, Class<? extends Op> type) {
    return graph.nodes().stream().filter(n -> type.isInstance(n.op())).count();
  }
}
