package dev.fovea.optimizer;

import ai.djl.inference.Predictor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import java.util.function.LongSupplier;

/**
 * Times candidates side by side in one process: two runs of each to warm up, then blocks of ten
 * runs that take turns, so that whatever else the machine does disturbs them alike.
 *
 * <pre>{@code
 * List<Measure> measures =
 *     new Comparison().add("eager", slow, images).add("onnxruntime", fast, images).run(5);
 * }</pre>
 */
public final class Comparison {

  private static final int WARM_UPS = 2;
  private static final int BLOCK = 10;

  private final Map<String, Candidate> candidates = new LinkedHashMap<>();
  private final LongSupplier nanoTime;
  private final PeakMemory memory;

  /** Creates a comparison without candidates. */
  public Comparison() {
    this(System::nanoTime, new PeakMemory());
  }

  Comparison(LongSupplier nanoTime, PeakMemory memory) {
    this.nanoTime = nanoTime;
    this.memory = memory;
  }

  /**
   * Adds a predictor, whose whole prediction is timed: translation and inference.
   *
   * @param name name in the results
   * @param predictor the predictor
   * @param inputs predicted as one batch in each run
   * @param <I> what the predictor takes
   * @param <O> what it gives
   * @return this
   * @throws IllegalArgumentException if the name is taken or there is no input
   */
  public <I, O> Comparison add(String name, Predictor<I, O> predictor, List<I> inputs) {
    return add(name, inputs.size(), () -> predictor.batchPredict(inputs));
  }

  /**
   * Adds anything that can be called.
   *
   * @param name name in the results
   * @param images number of images that one call works on
   * @param run what is timed
   * @return this
   * @throws IllegalArgumentException if the name is taken or images is not positive
   */
  public Comparison add(String name, int images, Callable<?> run) {
    if (images < 1) {
      throw new IllegalArgumentException(name + ": 1 image or more a run, got " + images);
    }
    if (candidates.putIfAbsent(name, new Candidate(name, images, run)) != null) {
      throw new IllegalArgumentException("There is a candidate " + name + " already");
    }
    return this;
  }

  /**
   * Runs all candidates.
   *
   * @param blocks blocks of ten runs for each
   * @return one measure a candidate, in the order in which they were added
   * @throws IllegalArgumentException if blocks is not positive or there is no candidate
   * @throws Exception what a candidate throws
   */
  public List<Measure> run(int blocks) throws Exception {
    if (blocks < 1 || candidates.isEmpty()) {
      throw new IllegalArgumentException(
          "1 block and 1 candidate or more, got " + blocks + " and " + candidates.size());
    }
    for (Candidate candidate : candidates.values()) {
      candidate.start(blocks);
    }
    for (int block = 0; block < blocks; block++) {
      for (Candidate candidate : candidates.values()) {
        candidate.time(block * BLOCK);
      }
    }
    List<Measure> measures = new ArrayList<>();
    for (Candidate candidate : candidates.values()) {
      Arrays.sort(candidate.nanos);
      double median = Measure.median(candidate.nanos);
      double first = measures.isEmpty() ? median : measures.get(0).medianMillis();
      measures.add(
          Measure.of(candidate.name, candidate.images, candidate.nanos, first, candidate.peak));
    }
    return measures;
  }

  /** What is timed, and what was found of it so far. */
  private final class Candidate {

    private final String name;
    private final int images;
    private final Callable<?> run;
    private long[] nanos = {};
    private OptionalLong peak = OptionalLong.empty();

    Candidate(String name, int images, Callable<?> run) {
      this.name = name;
      this.images = images;
      this.run = run;
    }

    void start(int blocks) throws Exception {
      nanos = new long[blocks * BLOCK];
      peak = OptionalLong.empty();
      for (int i = 0; i < WARM_UPS; i++) {
        run.call();
      }
    }

    void time(int from) throws Exception {
      boolean counts = memory.reset();
      for (int i = from; i < from + BLOCK; i++) {
        long start = nanoTime.getAsLong();
        run.call();
        nanos[i] = nanoTime.getAsLong() - start;
      }
      OptionalLong now = counts ? memory.peak() : OptionalLong.empty();
      if (now.isPresent()) {
        peak = OptionalLong.of(Math.max(peak.orElse(0), now.getAsLong()));
      }
    }
  }
}
