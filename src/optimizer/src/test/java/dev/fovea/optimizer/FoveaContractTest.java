package dev.fovea.optimizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import dev.fovea.Fovea;
import dev.fovea.nn.Layer;
import dev.fovea.optimizer.backend.Backend;
import dev.fovea.optimizer.ir.Graph;
import dev.fovea.optimizer.ir.Type;
import dev.fovea.optimizer.trace.Tracer;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Trace = ONNX Runtime = OpenVINO, where it is installed, = eager, over the presets of the library:
 * the smallest of each family always, all of them with {@code -Pnightly}.
 */
class FoveaContractTest {
  private static final Logger LOG = LoggerFactory.getLogger(FoveaContractTest.class);

  static final List<String> SMALL =
      List.of(
          "segformer_nano",
          "mit_b0",
          "convnext_atto",
          "convnextv2_atto",
          "resnet18",
          "vit_tiny",
          "mae_nano");

  static Stream<String> small() {
    return SMALL.stream();
  }

  static Stream<String> others() {
    return Fovea.registry().names().stream().filter(name -> !SMALL.contains(name));
  }

  @ParameterizedTest
  @MethodSource("small")
  void oneGraphIsRightEverywhere(String name) {
    hold(name);
  }

  @ParameterizedTest
  @MethodSource("others")
  void oneGraphOfEveryPresetIsRightEverywhere(String name) {
    assumeTrue(Boolean.getBoolean("fovea.nightly"), "all presets run with -Pnightly");
    hold(name);
  }

  private static void hold(String name) {
    try (NDManager manager = NDManager.newBaseManager()) {
      manager.getEngine().setRandomSeed(5);
      Layer block = Fovea.registry().config(name).build();
      block.initialize(manager);
      Contract.spread(block);
      boolean fixed = isFixed(name);
      List<Type> inputs = inputs(name, block);
      long size = inputs.get(0).dims().get(2);
      Graph graph = Tracer.trace(block, inputs);
      Type image = graph.inputs().get(0).type();
      assertThat(image)
          .isEqualTo(
              fixed
                  ? Type.of(DataType.FLOAT32, -1, 3, size, size)
                  : Type.of(DataType.FLOAT32, -1, 3, -1, -1));
      List<List<Type>> sizes = new ArrayList<>(List.of(inputs));
      sizes.add(inputs.stream().map(type -> resized(type, 3, 0)).toList());
      if (!fixed) {
        sizes.add(inputs.stream().map(type -> resized(type, 2, 32)).toList());
      }
      List<String> backends = new ArrayList<>(List.of(Backend.PYTORCH, Backend.ONNX_RUNTIME));
      if (Contract.hasOpenVino()) {
        backends.add(Backend.OPENVINO);
      }
      LOG.info("{}: {}", name, Contract.hold(block, graph, backends, sizes));
    }
  }

  private static boolean isFixed(String name) {
    return isMasked(name) || name.startsWith("vit_");
  }

  private static boolean isMasked(String name) {
    return name.startsWith("mae_");
  }

  /** What a network is given: an image, and where patches are dropped, their order. */
  static List<Type> inputs(String name, Layer block) {
    long size = isFixed(name) ? Fovea.registry().config(name).imageSize() : 64;
    List<Type> inputs = new ArrayList<>(List.of(Type.of(DataType.FLOAT32, 1, 3, size, size)));
    if (isMasked(name)) { // an input, and not random
      long patches = block.getParameters().get("pos_embed").getArray().size(1) - 1;
      inputs.add(Type.of(DataType.FLOAT32, 1, patches));
    }
    return inputs;
  }

  private static Type resized(Type type, long batch, long more) {
    List<Long> dims = new ArrayList<>(type.dims());
    dims.set(0, batch);
    if (more > 0) {
      dims.set(2, dims.get(2) + more);
      dims.set(3, dims.get(3) + 2 * more);
    }
    return type.withDims(dims);
  }
}
