package dev.fovea.benchmark;

import ai.djl.ndarray.NDManager;
import dev.fovea.Fovea;
import dev.fovea.image.ImageDecoder;
import dev.fovea.image.Pixels;
import dev.fovea.image.Preprocess;
import dev.fovea.image.Resample;
import java.io.IOException;
import java.io.InputStream;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** A photograph on its way into a network: decoded, resized to 224 and normalized. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class Preprocessing {

  private static final String PHOTO = "/dev/fovea/data/photos/astronaut.jpg";

  private final Preprocess preprocess = Preprocess.evaluation(224, 0.875, Resample.BICUBIC);
  private NDManager manager;
  private byte[] file;
  private Pixels pixels;

  /** Creates the benchmark. */
  @SuppressWarnings("NullAway.Init") // JMH calls open()
  public Preprocessing() {}

  /**
   * Reads the photograph.
   *
   * @throws IOException if it cannot be read
   */
  @Setup
  public void open() throws IOException {
    manager = NDManager.newBaseManager("PyTorch");
    try (InputStream in = Objects.requireNonNull(Fovea.class.getResourceAsStream(PHOTO))) {
      file = in.readAllBytes();
    }
    pixels = decode();
  }

  /** Frees the memory. */
  @TearDown
  public void close() {
    manager.close();
  }

  /**
   * The file's pixels.
   *
   * @return the image
   * @throws IOException if it cannot be read
   */
  @Benchmark
  public Pixels decode() throws IOException {
    return ImageDecoder.DEFAULT.decode(file, PHOTO);
  }

  /**
   * The pixels at the network's size.
   *
   * @return the smaller image
   */
  @Benchmark
  public Pixels resize() {
    return preprocess.fit(pixels);
  }

  /** Resized and normalized, as an array. */
  @Benchmark
  public void resizeAndNormalize() {
    preprocess.apply(pixels, manager).close();
  }

  /**
   * The whole way.
   *
   * @throws IOException if the file cannot be read
   */
  @Benchmark
  public void whole() throws IOException {
    preprocess.apply(decode(), manager).close();
  }
}
