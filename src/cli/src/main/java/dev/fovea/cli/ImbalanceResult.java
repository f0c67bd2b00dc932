package dev.fovea.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * What the losses made of imbalanced data: the content of the JSON file and of the page. All
 * recalls and accuracies are in percent.
 *
 * @param provenance what it was made with: versions, network, data, recipe
 * @param data how imbalanced the data are
 * @param losses a row a loss; the first, cross entropy, is what the others are compared with
 * @param seconds how long all trainings took together
 */
record ImbalanceResult(
    Map<String, String> provenance, Data data, List<Row> losses, double seconds) {

  /** How a loss answers imbalance. */
  enum Answer {
    /** Not at all. */
    NONE,
    /** Rare classes weigh more. */
    WEIGHTS,
    /** What is difficult counts more. */
    FOCUS,
    /** Weights and focus. */
    BOTH
  }

  /** How many images of each digit there are; the same for every seed. */
  record Data(List<Integer> rare, List<Long> train, List<Long> test) {}

  /**
   * One training with one loss, judged on the held-out images.
   *
   * @param recall of each digit: the share of its images that were recognized
   * @param accuracy the share of all images that were recognized
   */
  record Run(int seed, List<Double> recall, double accuracy) {

    /** The mean of some digits' recalls. */
    double recallOf(List<Integer> digits) {
      return digits.stream().mapToDouble(recall::get).average().orElseThrow();
    }
  }

  /**
   * A number over all seeds.
   *
   * @param deviation the sample standard deviation; null if there is one seed
   */
  record Spread(double mean, @Nullable Double deviation) {

    static Spread of(List<Run> runs, ToDoubleFunction<Run> number) {
      double[] values = runs.stream().mapToDouble(number).toArray();
      double mean = 0;
      for (double value : values) {
        mean += value / values.length;
      }
      if (values.length < 2) {
        return new Spread(mean, null);
      }
      double squares = 0;
      for (double value : values) {
        squares += (value - mean) * (value - mean);
      }
      return new Spread(mean, Math.sqrt(squares / (values.length - 1)));
    }
  }

  /**
   * What one loss achieved.
   *
   * @param name of the loss
   * @param answer what it does about imbalance
   * @param rareRecall the mean recall of the rare digits
   * @param commonRecall the mean recall of the other digits
   * @param accuracy the share of all images that were recognized
   * @param balancedAccuracy the mean recall of all digits
   * @param recall of each digit
   * @param runs what the numbers are made from
   */
  record Row(
      String name,
      Answer answer,
      Spread rareRecall,
      Spread commonRecall,
      Spread accuracy,
      Spread balancedAccuracy,
      List<Spread> recall,
      List<Run> runs) {

    static Row of(String name, Answer answer, List<Integer> rare, List<Run> runs) {
      List<Integer> digits = IntStream.range(0, runs.get(0).recall().size()).boxed().toList();
      List<Integer> common = digits.stream().filter(digit -> !rare.contains(digit)).toList();
      List<Spread> recall = new ArrayList<>();
      for (int digit : digits) {
        recall.add(Spread.of(runs, run -> run.recall().get(digit)));
      }
      return new Row(
          name,
          answer,
          Spread.of(runs, run -> run.recallOf(rare)),
          Spread.of(runs, run -> run.recallOf(common)),
          Spread.of(runs, Run::accuracy),
          Spread.of(runs, run -> run.recallOf(digits)),
          recall,
          List.copyOf(runs));
    }
  }

  /** In how many runs a loss found more of the rare digits than the first loss, seed by seed. */
  int wins(Row row) {
    int wins = 0;
    for (int i = 0; i < row.runs().size(); i++) {
      double own = row.runs().get(i).recallOf(data.rare());
      wins += own > losses.get(0).runs().get(i).recallOf(data.rare()) ? 1 : 0;
    }
    return wins;
  }
}
