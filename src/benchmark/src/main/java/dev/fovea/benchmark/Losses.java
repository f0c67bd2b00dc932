package dev.fovea.benchmark;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import dev.fovea.loss.FocalLoss;
import dev.fovea.loss.Reduction;
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

/** The focal loss of 16,384 rows, forward and with its gradient. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class Losses {

  private static final int ROWS = 16_384;
  private static final int CLASSES = 19;

  /** {@code sigmoid} or {@code softmax}. */
  @Param({"sigmoid", "softmax"})
  public String form = "";

  private NDManager manager;
  private FocalLoss loss;
  private NDArray logits;
  private NDArray labels;

  /** Creates the benchmark. */
  @SuppressWarnings("NullAway.Init") // JMH calls open()
  public Losses() {}

  /** Makes logits and labels. */
  @Setup
  public void open() {
    manager = NDManager.newBaseManager("PyTorch");
    logits = manager.randomNormal(new Shape(ROWS, CLASSES), DataType.FLOAT32);
    if (form.equals("sigmoid")) {
      loss = FocalLoss.sigmoid(0.25, 2, Reduction.MEAN);
      labels = manager.randomInteger(0, 2, logits.getShape(), DataType.INT32);
      labels = labels.toType(DataType.FLOAT32, false);
    } else {
      loss = FocalLoss.softmax(FocalLoss.Options.DEFAULT);
      labels = manager.randomInteger(0, CLASSES, new Shape(ROWS), DataType.INT64);
    }
    logits.setRequiresGradient(true);
  }

  /** Frees them. */
  @TearDown
  public void close() {
    manager.close();
  }

  /** The loss alone. */
  @Benchmark
  public void forward() {
    loss.apply(logits, labels).close();
  }

  /** The loss and its gradient. */
  @Benchmark
  public void forwardAndBackward() {
    try (GradientCollector collector = Engine.getEngine("PyTorch").newGradientCollector();
        NDArray value = loss.apply(logits, labels)) {
      collector.backward(value);
    }
  }
}
