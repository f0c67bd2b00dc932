package dev.fovea.testkit;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.util.JsonUtils;
import com.google.gson.reflect.TypeToken;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;

/**
 * A golden case of a loss: inputs, and what the reference implementation makes of them in double
 * precision. Logits include +-100, where a careless formula gives NaN.
 *
 * <p>A case is a folder of three files: {@code case.json} holds the parameters; {@code
 * inputs.safetensors} the predictions ({@code logits} or {@code predicted}) and what they should
 * have been ({@code labels}, {@code targets} or {@code target}); {@code expected.safetensors} the
 * {@code loss} and {@code grad}, the gradient of its sum. The cases that come along were computed
 * by torchvision and PyTorch 2.7.1; {@link #read} reads your own.
 */
public final class LossFixture implements AutoCloseable {

  private final String name;
  private final Map<String, Object> parameters;
  private final NDManager manager;
  private final NDArray predictions;
  private final NDArray labels;
  private final NDArray loss;
  private final NDArray gradient;

  private LossFixture(String name, Source source) throws IOException {
    this.name = name;
    try (Reader json = new InputStreamReader(source.open("case.json"), StandardCharsets.UTF_8)) {
      Map<String, Object> read =
          JsonUtils.GSON.fromJson(json, new TypeToken<Map<String, Object>>() {}.getType());
      parameters = Collections.unmodifiableMap(read);
    }
    manager = NDManager.newBaseManager();
    try {
      NDList inputs = decode(source, "inputs.safetensors");
      predictions = first(inputs, "logits", "predicted");
      labels = first(inputs, "labels", "targets", "target");
      NDList expected = decode(source, "expected.safetensors");
      loss = first(expected, "loss");
      gradient = first(expected, "grad");
    } catch (IOException | RuntimeException e) {
      manager.close();
      throw e;
    }
  }

  /** Where the three files of a case come from. */
  private interface Source {
    InputStream open(String file) throws IOException;
  }

  /**
   * Lists the cases that come along.
   *
   * @return their names, in order
   */
  public static List<String> names() {
    try (InputStream in = resource("losses/names.txt")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Loads a case that comes along.
   *
   * @param name one of {@link #names}, such as {@code sigmoid_focal_a0.25_g2.0}
   * @return the case; close it to release its arrays
   * @throws IllegalArgumentException if there is no such case
   */
  public static LossFixture load(String name) {
    if (!names().contains(name)) {
      throw new IllegalArgumentException(
          "There is no loss fixture " + name + "; there are " + String.join(", ", names()));
    }
    try {
      return new LossFixture(name, file -> resource("losses/" + name + "/" + file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Reads a case of your own.
   *
   * @param folder holds {@code case.json}, {@code inputs.safetensors} and {@code
   *     expected.safetensors}
   * @return the case, named after the folder; close it to release its arrays
   * @throws IOException if a file is missing or unreadable
   * @throws IllegalArgumentException if a tensor is missing
   */
  public static LossFixture read(Path folder) throws IOException {
    return new LossFixture(
        String.valueOf(folder.getFileName()), file -> Files.newInputStream(folder.resolve(file)));
  }

  private static InputStream resource(String path) throws IOException {
    InputStream in = LossFixture.class.getResourceAsStream(path);
    if (in == null) {
      throw new FileNotFoundException("dev/fovea/testkit/" + path);
    }
    return in;
  }

  private NDList decode(Source source, String file) throws IOException {
    try (InputStream in = source.open(file)) {
      return NDList.decode(manager, in);
    }
  }

  private NDArray first(NDList tensors, String... names) {
    for (String each : names) {
      if (tensors.contains(each)) {
        return tensors.get(each);
      }
    }
    throw new IllegalArgumentException(
        "Loss fixture " + name + " has no tensor " + String.join(" or ", names));
  }

  /** {@return the name of the case} */
  public String name() {
    return name;
  }

  /**
   * {@return what {@code case.json} says: the loss and its parameters; numbers are {@code Double},
   * lists {@code List}, what is not set is null}
   */
  public Map<String, Object> parameters() {
    return parameters;
  }

  /** {@return the predictions: logits (N, C, ...), or boxes (N, 4) as x1 y1 x2 y2} */
  public NDArray predictions() {
    return predictions;
  }

  /** {@return the labels: classes (N, ...), or targets of the shape of the predictions} */
  public NDArray labels() {
    return labels;
  }

  /** {@return the loss of the reference, FLOAT64: one per position, or (1) if it is joint} */
  public NDArray expectedLoss() {
    return loss;
  }

  /** {@return the gradient of the summed loss by the predictions, FLOAT64} */
  public NDArray expectedGradient() {
    return gradient;
  }

  /** Releases the arrays. */
  @Override
  public void close() {
    manager.close();
  }
}
