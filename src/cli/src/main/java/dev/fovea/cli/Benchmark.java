package dev.fovea.cli;

import ai.djl.Model;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.fovea.optimizer.Optimizer;
import dev.fovea.optimizer.Precision;
import dev.fovea.optimizer.backend.CompiledBlock;
import dev.fovea.optimizer.backend.LayerTime;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/**
 * Times the ways to run a model side by side in one process: two runs of each to warm up, then
 * blocks of ten runs that take turns, so that whatever else the machine does disturbs them alike.
 */
final class Benchmark {

  private static final int CALIBRATION = 8; // random inputs
  private static final int PROFILED = 10; // runs

  private final BenchmarkSettings settings;
  private final String name;
  private final List<String> notes = new ArrayList<>();
  private final List<Entry> entries = new ArrayList<>();

  Benchmark(BenchmarkSettings settings, String name) {
    this.settings = settings;
    this.name = name;
  }

  /** A mode that this machine has. */
  private record Entry(
      BenchmarkMode mode,
      Model model,
      BenchmarkCandidate candidate,
      double optimizeMillis,
      double compileMillis,
      double firstMillis,
      Agreement agreement,
      List<LayerTime> layers) {}

  private record Timed<T>(T value, double millis) {

    static <T> Timed<T> of(Callable<T> work) throws Exception {
      long start = System.nanoTime();
      T value = work.call();
      return new Timed<>(value, (System.nanoTime() - start) / 1e6);
    }
  }

  BenchmarkResult.OfModel run() throws Exception {
    Timed<Model> source = Timed.of(() -> NamedModel.open(name));
    try (Model model = source.value();
        NDManager manager = model.getNDManager().newSubManager()) {
      Shape shape = input(model);
      NDList input = new NDList(manager.randomNormal(shape));
      NDList expected = null;
      for (BenchmarkMode mode : settings.modes()) {
        expected = add(mode, model, input, expected);
      }
      time();
      List<BenchmarkResult.OfMode> rows = new ArrayList<>();
      for (Entry entry : entries) {
        rows.add(row(entry, shape, rows));
      }
      return new BenchmarkResult.OfModel(name, shape.toString(), source.millis(), rows, notes);
    } finally {
      for (Entry entry : entries) {
        entry.candidate().close();
        if (!entry.mode().isEager()) {
          entry.model().close();
        }
      }
    }
  }

  private Shape input(Model model) throws IOException {
    Shape one = settings.input().isPresent() ? settings.input().get() : NamedModel.input(model);
    long[] dims = one.getShape();
    dims[0] = settings.batch() * Math.max(1, dims[0]);
    return new Shape(dims);
  }

  /** Compiles a mode and runs it once; what this machine lacks becomes a note. */
  private NDList add(BenchmarkMode mode, Model source, NDList input, @Nullable NDList expected)
      throws Exception {
    say("%s: %s", name, mode.name());
    Model model = source;
    double optimizeMillis = 0;
    double compileMillis = 0;
    List<LayerTime> layers = List.of();
    if (!mode.isEager()) {
      try {
        Optimizer optimizer = optimizer(mode, source, input);
        Timed<Object> traced = Timed.of(() -> graph(mode, optimizer));
        Timed<Model> compiled = Timed.of(optimizer::optimize);
        optimizeMillis = traced.millis();
        compileMillis = compiled.millis();
        model = compiled.value();
        layers = layers(optimizer, input);
      } catch (IllegalArgumentException | IllegalStateException e) {
        notes.add(mode.name() + " is left out: " + e.getMessage());
        return Objects.requireNonNull(expected);
      }
    }
    BenchmarkCandidate candidate =
        new BenchmarkCandidate(model, input, settings.async(), settings.requests());
    Timed<NDList> first = Timed.of(candidate::predict);
    NDList reference = expected == null ? first.value() : expected;
    reference.attach(input.head().getManager());
    Agreement agreement = Agreement.of(List.of(reference), List.of(first.value()));
    if (expected != null) {
      first.value().close();
    }
    entries.add(
        new Entry(
            mode,
            model,
            candidate,
            optimizeMillis,
            compileMillis,
            first.millis(),
            agreement,
            layers));
    return reference;
  }

  private static Object graph(BenchmarkMode mode, Optimizer optimizer) {
    return mode.precision() == Precision.INT8 ? optimizer.quantized() : optimizer.rewritten();
  }

  private Optimizer optimizer(BenchmarkMode mode, Model source, NDList input) {
    Optimizer optimizer =
        Optimizer.of(source)
            .backend(mode.backend())
            .fixedInput(input.head().getShape())
            .options(settings.options())
            .precision(mode.precision());
    if (mode.precision() == Precision.INT8) {
      NDManager manager = input.head().getManager();
      List<NDList> samples = new ArrayList<>();
      for (int i = 0; i < CALIBRATION; i++) {
        samples.add(new NDList(manager.randomNormal(input.head().getShape())));
      }
      optimizer.calibrate(samples);
      notes.add(
          mode.name()
              + " is calibrated on random inputs: its agreement tells little of its accuracy");
    }
    return optimizer;
  }

  private List<LayerTime> layers(Optimizer optimizer, NDList input) {
    if (!settings.layers()) {
      return List.of();
    }
    optimizer.options(settings.options().withProfiling());
    try (Model profiled = optimizer.optimize()) {
      return ((CompiledBlock) profiled.getBlock()).profile(input, PROFILED);
    }
  }

  private void time() throws Exception {
    for (Entry entry : entries) {
      entry.candidate().warmUp();
    }
    ProgressBar bar = ProgressBar.onStandardError("timing " + name);
    boolean going = true;
    while (going) {
      going = false;
      long done = Long.MAX_VALUE;
      for (Entry entry : entries) {
        BenchmarkCandidate candidate = entry.candidate();
        if (wants(candidate)) {
          candidate.time();
          going |= wants(candidate);
        }
        done =
            Math.min(done, settings.seconds() > 0 ? (long) candidate.seconds() : candidate.runs());
      }
      long total = settings.seconds() > 0 ? settings.seconds() : settings.runs();
      bar.update(Math.min(done, total), total, settings.seconds() > 0 ? "s" : "runs", null);
    }
  }

  private boolean wants(BenchmarkCandidate candidate) {
    return settings.seconds() > 0
        ? candidate.seconds() < settings.seconds()
        : candidate.runs() < settings.runs();
  }

  private BenchmarkResult.OfMode row(Entry entry, Shape shape, List<BenchmarkResult.OfMode> before)
      throws IOException {
    BenchmarkCandidate candidate = entry.candidate();
    double speed = candidate.runs() * shape.get(0) / candidate.seconds();
    return new BenchmarkResult.OfMode(
        entry.mode().name(),
        entry.optimizeMillis(),
        entry.compileMillis(),
        entry.firstMillis(),
        candidate.latencies(),
        candidate.requests(),
        speed,
        before.isEmpty() ? 1 : speed / before.get(0).imagesPerSecond(),
        settings.memory() ? memory(entry.mode(), shape) : null,
        entry.agreement().error(),
        entry.agreement().percent(),
        entry.layers());
  }

  private @Nullable Double memory(BenchmarkMode mode, Shape shape) throws IOException {
    if (mode.precision() != Precision.F32) {
      return null; // its graph is not at hand in another process
    }
    say("%s: memory of %s", name, mode.name());
    return MemoryProbe.measure(name, mode.backend(), shape);
  }

  private static void say(String format, Object... args) {
    System.err.println(String.format(Locale.ROOT, format, args));
  }
}
