package dev.fovea.optimizer.quantize;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Which processors need 7-bit weights, by what Linux says of them. */
class ProcessorTest {

  @Test
  void vnni_is_looked_for_among_the_flags() {
    assertThat(Processor.lacksVnni(List.of("model name: A", "flags : fpu avx2 bmi2"))).isTrue();
    assertThat(Processor.lacksVnni(List.of("flags : avx2 avx512_vnni"))).isFalse();
    assertThat(Processor.lacksVnni(List.of("flags : avx2 avx_vnni"))).isFalse();
  }

  @Test
  void a_processor_of_which_nothing_is_known_is_taken_for_one_that_has_it() {
    assertThat(Processor.lacksVnni(List.of())).isFalse();
    assertThat(Processor.lacksVnni(List.of("Features : neon"))).isFalse();
  }
}
