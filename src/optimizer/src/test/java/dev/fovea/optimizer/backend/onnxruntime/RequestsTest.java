package dev.fovea.optimizer.backend.onnxruntime;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDManager;
import dev.fovea.optimizer.Hint;
import dev.fovea.optimizer.TestGraph;
import dev.fovea.optimizer.backend.Backend.Options;
import dev.fovea.optimizer.backend.CompiledBlock;
import dev.fovea.optimizer.ir.Graph;
import org.junit.jupiter.api.Test;

/** How many callers at a time keep the processors busy. */
class RequestsTest {

  private static int requests(Options options) {
    TestGraph g = new TestGraph();
    Graph graph = g.build(g.linear("fc", g.input("x", -1, 3), 3, 2));
    try (NDManager manager = NDManager.newBaseManager()) {
      return ((CompiledBlock) new OnnxRuntimeBackend().compile(graph, options, manager)).requests();
    }
  }

  @Test
  void one_that_uses_all_processors_or_one_for_each_of_them() {
    int processors = Runtime.getRuntime().availableProcessors();
    Options throughput = Options.DEFAULT.withHint(Hint.THROUGHPUT);
    assertThat(requests(Options.DEFAULT)).isEqualTo(1);
    assertThat(requests(throughput)).isEqualTo(processors);
    assertThat(requests(throughput.withThreads(processors))).isEqualTo(1);
    assertThat(requests(throughput.withThreads(10 * processors))).isEqualTo(1);
  }
}
