package dev.fovea.optimizer.backend.openvino;

import static dev.fovea.optimizer.backend.openvino.OpenVinoBackendTest.call;
import static dev.fovea.optimizer.backend.openvino.OpenVinoBackendTest.forward;
import static dev.fovea.optimizer.backend.openvino.OpenVinoBackendTest.network;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import com.sun.jna.ptr.PointerByReference;
import dev.fovea.optimizer.Hint;
import dev.fovea.optimizer.TestGraph;
import dev.fovea.optimizer.backend.Backend.Options;
import dev.fovea.optimizer.backend.CompiledBlock;
import java.io.UncheckedIOException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What the block keeps, shares and gives back. */
class OpenVinoBlockTest {

  private static final OpenVinoBackend BACKEND = new OpenVinoBackend();

  private OpenVino openVino;
  private NDManager manager;

  @BeforeEach
  void open() {
    openVino = Installed.openVino();
    manager = NDManager.newBaseManager();
  }

  @AfterEach
  void close() {
    if (manager != null) {
      manager.close();
    }
  }

  private NDList image(long batch) {
    return TestGraph.randomInputs(network(), manager, batch);
  }

  @Test
  void results_are_the_callers_and_inputs_are_left_as_they_were() {
    Block block = BACKEND.compile(openVino, network(), Options.DEFAULT, manager);
    NDList x = image(1);
    float[] before = x.head().toFloatArray();
    NDList first = forward(block, x);
    float[] bits = first.head().toFloatArray();
    forward(block, new NDList(x.head().mul(-3))); // the request's memory is written again
    assertThat(first.head().toFloatArray()).isEqualTo(bits);
    assertThat(x.head().toFloatArray()).isEqualTo(before);
    assertThat(first.head().getManager()).isEqualTo(manager);
  }

  @Test
  void results_of_known_sizes_are_written_once_where_the_caller_finds_them() {
    Block block = BACKEND.compile(openVino, network(), Options.DEFAULT, manager);
    NDList x = image(1);
    NDList negative = new NDList(x.head().mul(-3));
    NDList two = image(2);
    forward(block, x);
    forward(block, two);
    NDList direct = forward(block, x);
    NDList other = forward(block, negative);
    NDList large = forward(block, two);
    forward(block, image(3)); // of unknown size again
    TestGraph.assertClose(TestGraph.run(network(), manager, x), direct, 1e-5);
    TestGraph.assertClose(TestGraph.run(network(), manager, negative), other, 1e-5);
    TestGraph.assertClose(TestGraph.run(network(), manager, two), large, 1e-5);
  }

  @Test
  void an_array_that_is_not_contiguous_is_taken_and_nothing_of_it_is_left() {
    Block block = BACKEND.compile(openVino, network(), Options.DEFAULT, manager);
    NDList x = new NDList(image(2).head().transpose(0, 1, 3, 2));
    NDList expected = TestGraph.run(network(), manager, x);
    forward(block, x).close();
    int before = manager.getManagedArrays().size();
    NDList got = forward(block, x);
    assertThat(manager.getManagedArrays()).hasSize(before + got.size());
    TestGraph.assertClose(expected, got, 1e-5);
  }

  @ParameterizedTest
  @EnumSource
  void four_threads_get_the_bits_that_one_gets(Hint hint) throws Exception {
    ExecutorService pool = Executors.newFixedThreadPool(4);
    try {
      Block block = BACKEND.compile(openVino, network(), Options.DEFAULT.withHint(hint), manager);
      List<float[]> images = new ArrayList<>();
      List<float[]> expected = new ArrayList<>();
      for (int i = 1; i <= 4; i++) {
        images.add(image(1).head().mul(i).toFloatArray());
        expected.add(predict(block, images.get(i - 1)));
      }
      List<Future<float[]>> results = new ArrayList<>();
      for (int i = 0; i < 40; i++) {
        float[] image = images.get(i % 4);
        results.add(pool.submit(() -> predict(block, image)));
      }
      for (int i = 0; i < 40; i++) {
        assertThat(results.get(i).get()).isEqualTo(expected.get(i % 4));
      }
    } finally {
      pool.shutdown();
    }
  }

  private static float[] predict(Block block, float[] image) {
    try (NDManager own = NDManager.newBaseManager()) {
      NDList x = new NDList(own.create(image, new Shape(1, 3, 16, 16)));
      return forward(block, x).head().toFloatArray();
    }
  }

  @Test
  void opening_running_and_closing_a_hundred_times_leaves_no_array_and_no_handle() {
    AtomicInteger made = new AtomicInteger();
    AtomicInteger freed = new AtomicInteger();
    OpenVino counted = new OpenVino(counting(openVino.c(), made, freed));
    NDList x = image(1);
    int before = manager.getManagedArrays().size();
    for (int i = 0; i < 100; i++) {
      try (NDManager owner = manager.newSubManager()) {
        Block block = BACKEND.compile(counted, network(), Options.DEFAULT, owner);
        forward(block, x).close();
        assertThat(made.get()).isGreaterThan(freed.get());
      }
      assertThat(freed.get()).isEqualTo(made.get()).isPositive();
    }
    assertThat(manager.getManagedArrays()).hasSize(before);
  }

  @Test
  void a_graph_that_does_not_compile_leaves_no_handle() {
    AtomicInteger made = new AtomicInteger();
    AtomicInteger freed = new AtomicInteger();
    OpenVino counted = new OpenVino(counting(openVino.c(), made, freed));
    Path noFolder = Path.of(System.getProperty("java.home"), "release", "below a file");
    Options cached = Options.DEFAULT.withDevice("AUTO").withCache(noFolder);
    assertThatIllegalStateException()
        .isThrownBy(() -> BACKEND.compile(counted, network(), cached, manager))
        .withMessageContaining("OpenVINO cannot compile this graph");
    assertThat(freed.get()).isEqualTo(made.get()).isPositive();
  }

  @Test
  void a_cache_that_cannot_be_written_leaves_no_handle() {
    AtomicInteger made = new AtomicInteger();
    AtomicInteger freed = new AtomicInteger();
    OpenVino counted = new OpenVino(counting(openVino.c(), made, freed));
    Path noFolder = Path.of(System.getProperty("java.home"), "release", "below a file");
    Options cached = Options.DEFAULT.withCache(noFolder);
    assertThatExceptionOfType(UncheckedIOException.class)
        .isThrownBy(() -> BACKEND.compile(counted, network(), cached, manager))
        .withMessageContaining(noFolder.toString());
    assertThat(freed.get()).isEqualTo(made.get()).isPositive();
  }

  /** Counts what is handed out to be freed, and what is freed. */
  private static OpenVinoC counting(OpenVinoC c, AtomicInteger made, AtomicInteger freed) {
    return (OpenVinoC)
        Proxy.newProxyInstance(
            OpenVinoC.class.getClassLoader(),
            new Class<?>[] {OpenVinoC.class},
            (proxy, method, arguments) -> {
              Object result = call(c, method, arguments);
              String name = method.getName();
              if (name.endsWith("_free")) {
                freed.incrementAndGet();
              } else if (!name.equals("ov_tensor_data") // the tensor's own
                  && Integer.valueOf(0).equals(result)
                  && (Arrays.asList(method.getParameterTypes()).contains(PointerByReference.class)
                      || List.of("ov_tensor_get_shape", "ov_get_openvino_version")
                          .contains(name))) {
                made.incrementAndGet();
              } else if (name.equals("ov_get_last_err_msg") && result != null) {
                made.incrementAndGet();
              }
              return result;
            });
  }

  @Test
  void closing_waits_for_runs_and_later_ones_are_refused() throws Exception {
    ExecutorService pool = Executors.newFixedThreadPool(3);
    try {
      CompiledBlock block =
          (CompiledBlock) BACKEND.compile(openVino, network(), Options.DEFAULT, manager);
      CountDownLatch running = new CountDownLatch(3);
      List<Future<Integer>> threads = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        threads.add(pool.submit(() -> runUntilClosed(block, running)));
      }
      running.await();
      block.close();
      block.close(); // the second time it does nothing
      for (Future<Integer> thread : threads) {
        assertThat(thread.get()).isPositive();
      }
    } finally {
      pool.shutdown();
    }
  }

  private static int runUntilClosed(Block block, CountDownLatch running) {
    try (NDManager own = NDManager.newBaseManager()) {
      NDList x = new NDList(own.zeros(new Shape(1, 3, 16, 16)));
      for (int runs = 0; ; runs++) {
        try {
          forward(block, x).close();
        } catch (IllegalStateException e) {
          assertThat(e).hasMessageContaining("closed");
          return runs;
        }
        if (runs == 0) {
          running.countDown(); // once for each thread
        }
      }
    }
  }
}
