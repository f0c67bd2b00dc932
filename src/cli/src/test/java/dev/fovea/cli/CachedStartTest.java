package dev.fovea.cli;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.core.Linear;
import ai.djl.translate.NoopTranslator;
import dev.fovea.optimizer.Optimizer;
import dev.fovea.optimizer.backend.Backend;
import dev.fovea.optimizer.backend.KeyedGraph;
import dev.fovea.optimizer.ir.Graph;
import dev.fovea.optimizer.rewrite.Rewrite;
import dev.fovea.optimizer.trace.Verified;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The second start of a model with a cache; here, since only a library in a jar remembers. */
class CachedStartTest {

  @TempDir private Path cache;

  /** A back end, with a look at how often graphs are rewritten. */
  private static final class Watched implements Backend {
    private final Backend real;
    final AtomicInteger rewritings = new AtomicInteger();

    Watched(String name) {
      real = Backend.named(name);
    }

    @Override
    public String name() {
      return "watched";
    }

    @Override
    public List<Rewrite> rewrites() {
      List<Rewrite> rewrites = new ArrayList<>(real.rewrites());
      rewrites.add(new Watch());
      return rewrites;
    }

    @Override
    public Block compile(Graph graph, Options options, NDManager owner) {
      return real.compile(graph, options, owner);
    }

    @Override
    public Block compile(KeyedGraph graph, Options options, NDManager owner) {
      return real.compile(graph, options, owner);
    }

    private final class Watch implements Rewrite {
      @Override
      public Graph apply(Graph graph) {
        rewritings.incrementAndGet();
        return graph;
      }
    }
  }

  private static Model model(float weight) {
    Model model = Model.newInstance("line");
    Block block = Linear.builder().setUnits(1).build();
    block.initialize(model.getNDManager(), DataType.FLOAT32, new Shape(1, 2));
    block.getParameters().get("weight").getArray().set(new float[] {weight, 1});
    model.setBlock(block);
    return model;
  }

  private float start(Watched backend, float weight) throws Exception {
    try (Model model = model(weight);
        Model fast = Optimizer.of(model).backend(backend).cache(cache).optimize();
        NDManager manager = NDManager.newBaseManager();
        var predictor = fast.newPredictor(new NoopTranslator(null))) {
      NDArray x = manager.create(new float[] {2, 3}, new Shape(1, 2));
      return predictor.predict(new NDList(x)).head().getFloat(0);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {Backend.ONNX_RUNTIME, Backend.OPENVINO})
  void a_graph_of_the_same_weights_is_not_rewritten_again(String name) throws Exception {
    Assumptions.assumeTrue(
        Verified.in(cache).isPresent(), "the library is not in a jar: run mvn verify");
    Watched backend = new Watched(name);
    try {
      backend.real.diagnose();
    } catch (IllegalStateException e) {
      Assumptions.abort(e.getMessage());
    }
    assertThat(start(backend, 1)).isEqualTo(5);
    int once = backend.rewritings.get();
    assertThat(once).isPositive();
    assertThat(start(backend, 1)).isEqualTo(5);
    assertThat(backend.rewritings).hasValue(once);
    assertThat(start(backend, 4)).isEqualTo(11);
    assertThat(backend.rewritings).hasValue(2 * once);
  }
}
