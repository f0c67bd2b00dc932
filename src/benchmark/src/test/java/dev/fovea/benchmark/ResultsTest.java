package dev.fovea.benchmark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import org.junit.jupiter.api.Test;

class ResultsTest {

  private static Results results() {
    Results results = new Results();
    results.add("fovea eager", new double[] {8, 12});
    results.add("python eager", new double[] {20});
    results.add("fovea openvino-open", new double[] {5, 1});
    results.add("fovea openvino-open", new double[] {3});
    results.add("python openvino", new double[] {4, 6});
    return results;
  }

  @Test
  void ratios_are_of_medians_within_a_process_and_beside_the_peer() {
    Results results = results();
    assertThat(results.median("fovea eager")).isEqualTo(10);
    assertThat(results.ratio("python openvino")).isEqualTo(4);
    assertThat(results.againstPeer("fovea openvino-open")).isEqualTo(5 / 3.0);
    assertThat(results.leastAgainstPeer("fovea openvino-open")).isEqualTo(4);
  }

  @Test
  void what_has_no_peer_has_no_ratio_to_it() {
    Results results = new Results();
    results.add("fovea eager", new double[] {2});
    assertThat(results.toJson().get("fovea eager"))
        .containsOnly(
            entry("median_ms", 2.0),
            entry("min_ms", 2.0),
            entry("runs", 1.0),
            entry("ratio_to_eager", 1.0));
    assertThat(results.toMarkdown("m")).contains("| fovea eager | 2.0 | 2.0 | 1.00 |");
  }
}
