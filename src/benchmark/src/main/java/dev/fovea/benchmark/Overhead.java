package dev.fovea.benchmark;

import ai.djl.inference.Predictor;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** What surrounds a call of a run-time: a whole {@link Predictor#predict} beside the call alone. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class Overhead {

  /** The name of a back end. */
  @Param({"pytorch", "onnxruntime", "openvino"})
  public String backend = "";

  private TinyModel model;
  private LatencyMode whole;
  private RawCall raw;

  /** Creates the benchmark. */
  @SuppressWarnings("NullAway.Init") // JMH calls open()
  public Overhead() {}

  /** Makes the model and the call. */
  @Setup
  public void open() {
    model = new TinyModel();
    whole = model.whole(backend);
    raw = model.raw(backend);
  }

  /** Frees both. */
  @TearDown
  public void close() {
    raw.close();
    whole.close();
    model.close();
  }

  /**
   * A prediction.
   *
   * @throws IOException if it fails
   */
  @Benchmark
  public void wholePrediction() throws IOException {
    whole.once();
  }

  /** The call alone. */
  @Benchmark
  public void rawCall() {
    raw.run();
  }
}
