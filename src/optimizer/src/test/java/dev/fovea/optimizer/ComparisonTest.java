package dev.fovea.optimizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

class ComparisonTest {

  private static final long MILLI = 1_000_000;

  private long now;
  private final List<String> order = new ArrayList<>();

  private static final class Memory extends PeakMemory {
    private long peak = 1000;

    @Override
    boolean reset() {
      return true;
    }

    @Override
    OptionalLong peak() {
      return OptionalLong.of(peak += 10);
    }
  }

  private Comparison comparison() {
    return new Comparison(() -> now, new Memory());
  }

  private Object takes(String name, long millis) {
    order.add(name);
    now += millis * MILLI;
    return name;
  }

  @Test
  void candidates_take_turns_in_blocks_of_ten_after_two_warm_ups_of_each() throws Exception {
    comparison().add("a", 1, () -> takes("a", 1)).add("b", 1, () -> takes("b", 1)).run(2);
    List<String> expected = new ArrayList<>(List.of("a", "a", "b", "b"));
    for (String name : List.of("a", "b", "a", "b")) {
      expected.addAll(Collections.nCopies(10, name));
    }
    assertThat(order).isEqualTo(expected);
  }

  @Test
  void a_measure_is_what_the_clock_says() throws Exception {
    List<Measure> measures =
        comparison()
            .add("slow", 2, () -> takes("slow", 100))
            .add("uneven", 2, () -> takes("uneven", order.size() % 10 == 9 ? 60 : 20))
            .run(2);
    assertThat(measures.get(0).speedup()).isEqualTo(1);
    Measure uneven = measures.get(1);
    assertThat(uneven.name()).isEqualTo("uneven");
    assertThat(uneven.runs()).isEqualTo(20);
    assertThat(uneven.medianMillis()).isEqualTo(20);
    assertThat(uneven.p95Millis()).isEqualTo(60);
    assertThat(uneven.minMillis()).isEqualTo(20);
    assertThat(uneven.maxMillis()).isEqualTo(60);
    assertThat(uneven.meanMillis()).isCloseTo(24, within(1e-9));
    assertThat(uneven.imagesPerSecond()).isCloseTo(100, within(1e-9));
    assertThat(uneven.speedup()).isEqualTo(5);
    assertThat(measures.get(0).peakBytes()).hasValue(1030); // the larger of its two blocks
    assertThat(uneven.peakBytes()).hasValue(1040);
  }

  @Test
  void what_a_candidate_throws_comes_out() {
    Comparison comparison =
        comparison()
            .add(
                "broken",
                1,
                () -> {
                  throw new IOException("no such image");
                });
    assertThatExceptionOfType(IOException.class)
        .isThrownBy(() -> comparison.run(1))
        .withMessage("no such image");
  }

  @Test
  void names_are_unique_and_numbers_are_positive() {
    Comparison comparison = comparison().add("a", 1, () -> "a");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> comparison.add("a", 1, () -> "b"))
        .withMessageContaining("candidate a already");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> comparison.add("b", 0, () -> "b"))
        .withMessageContaining("got 0");
    assertThatIllegalArgumentException().isThrownBy(() -> comparison.run(0));
    assertThatIllegalArgumentException().isThrownBy(() -> comparison().run(1));
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void the_peak_memory_of_the_process_is_known_on_linux_and_sees_new_memory() throws Exception {
    PeakMemory memory = new PeakMemory();
    org.junit.jupiter.api.Assumptions.assumeTrue(memory.reset(), "this kernel resets no peak");
    long before = memory.peak().orElseThrow();
    ByteBuffer large = ByteBuffer.allocateDirect(64 << 20); // zeroed, so that all of it is there
    assertThat(memory.peak().orElseThrow() - before).isGreaterThan(32 << 20);
    assertThat(large.get(0)).isZero();
  }
}
