package dev.fovea.optimizer.ir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.fovea.Fovea;
import dev.fovea.nn.Layer;
import dev.fovea.optimizer.trace.Tracer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MacsTest {

  /** Published numbers, in 1e9: the papers' tables and torchvision's weights. */
  @ParameterizedTest
  @CsvSource({
    "convnext_atto, 224, 0.55, 0.005",
    "convnext_tiny, 224, 4.47, 0.015",
    "resnet18, 224, 1.81, 0.01",
    "resnet50, 224, 4.09, 0.005",
    "vit_base, 224, 17.6, 0.05",
    "segformer_b0, 512, 8.4, 0.05"
  })
  void a_network_takes_as_many_as_its_paper_says(
      String preset, long side, double published, double rounding) {
    try (NDManager manager = NDManager.newBaseManager()) {
      Layer block = Fovea.registry().config(preset).build();
      block.initialize(manager);
      Graph graph = Tracer.traceExactly(block, new Shape(1, 3, side, side));
      assertThat(Macs.of(graph) * 1e-9).isCloseTo(published, within(rounding));
    }
  }

  @Test
  void an_open_size_is_refused() {
    try (NDManager manager = NDManager.newBaseManager()) {
      Layer block = Fovea.registry().config("resnet18").build();
      block.initialize(manager);
      Graph graph = Tracer.traceExactly(block, new Shape(-1, 3, 64, 64));
      assertThatThrownBy(() -> Macs.of(graph))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("fixed sizes");
    }
  }
}
