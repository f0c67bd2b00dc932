package dev.fovea.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.DoubleStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Value and gradient against float64 results of PyTorch and torchvision. */
class GoldenLossTest {

  private static final Path CASES = Path.of("src/test/resources/golden/losses");

  static List<String> cases() throws IOException {
    List<String> names = new ArrayList<>();
    try (DirectoryStream<Path> folders = Files.newDirectoryStream(CASES)) {
      folders.forEach(folder -> names.add(folder.getFileName().toString()));
    }
    return names;
  }

  @Test
  void all_cases_are_there() throws IOException {
    assertThat(cases()).hasSize(18);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void value_and_gradient_are_those_of_the_reference(String name) throws IOException {
    JsonObject spec =
        JsonParser.parseString(Files.readString(CASES.resolve(name).resolve("case.json")))
            .getAsJsonObject();
    try (NDManager manager = NDManager.newBaseManager()) {
      NDList in = LossProbe.golden(manager, "losses/" + name, "inputs");
      NDList expected = LossProbe.golden(manager, "losses/" + name, "expected");
      LossProbe got =
          LossProbe.of(
              loss(spec),
              first(in, "logits", "predicted"),
              first(in, "labels", "targets", "target"));
      assertClose(got.loss(), expected.get("loss").toDoubleArray());
      assertClose(got.gradient(), expected.get("grad").toDoubleArray());
    }
  }

  private static ArrayLoss loss(JsonObject spec) {
    return switch (spec.get("loss").getAsString()) {
      case "sigmoid focal" ->
          FocalLoss.sigmoid(
              spec.get("alpha").getAsDouble(), spec.get("gamma").getAsDouble(), Reduction.NONE);
      case "softmax focal" ->
          FocalLoss.softmax(
              doubles(spec.get("class_alpha")),
              spec.get("gamma").getAsDouble(),
              spec.get("ignore_index").isJsonNull() ? null : spec.get("ignore_index").getAsInt(),
              Reduction.NONE);
      case "dice" -> new DiceLoss(spec.get("smooth").getAsDouble(), null);
      case "cross entropy" ->
          new CrossEntropyLoss(null, null, spec.get("smoothing").getAsDouble(), Reduction.NONE);
      case "tversky" ->
          new TverskyLoss(
              spec.get("alpha_fp").getAsDouble(),
              spec.get("beta_fn").getAsDouble(),
              spec.get("smooth").getAsDouble(),
              null);
      case "lovasz_softmax" -> LovaszLoss.softmax(LovaszLoss.Classes.ALL, false, null);
      case "giou" -> new BoxLoss(BoxLoss.Kind.GIOU, Reduction.NONE);
      case "diou" -> new BoxLoss(BoxLoss.Kind.DIOU, Reduction.NONE);
      case "ciou" -> new BoxLoss(BoxLoss.Kind.CIOU, Reduction.NONE);
      default -> throw new IllegalArgumentException(spec.toString());
    };
  }

  private static NDArray first(NDList arrays, String... names) {
    for (String name : names) {
      if (arrays.contains(name)) {
        return arrays.get(name);
      }
    }
    throw new IllegalArgumentException(String.join(", ", names));
  }

  private static double @Nullable [] doubles(JsonElement list) {
    return list.isJsonNull()
        ? null
        : list.getAsJsonArray().asList().stream().mapToDouble(JsonElement::getAsDouble).toArray();
  }

  /** A hundred times sharper than the cases ask for; float32 rounding is what remains. */
  private static void assertClose(double[] got, double[] expected) {
    double largest = DoubleStream.of(expected).map(Math::abs).max().orElseThrow();
    assertThat(got).hasSameSizeAs(expected);
    assertThat(got).usingComparatorWithPrecision(1e-6 * largest).containsExactly(expected);
    assertThat(got[0]).isCloseTo(expected[0], within(1e-6 * largest));
  }
}
