package dev.fovea.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Model;
import ai.djl.inference.Predictor;
import ai.djl.modality.Classifications;
import ai.djl.modality.cv.Image;
import ai.djl.modality.cv.ImageFactory;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.fovea.Fovea;
import dev.fovea.image.Preprocess;
import dev.fovea.image.Resample;
import dev.fovea.image.Translators;
import java.awt.image.BufferedImage;
import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.example.PlainDjl;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

/** The commands that export, optimize and time models, as a user meets them. */
class ModelCommandsTest {

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @TempDir private Path folder;

  private int run(String... args) {
    CommandLine line = Main.commandLine();
    line.setOut(new PrintWriter(out));
    line.setErr(new PrintWriter(err));
    line.getSubcommands()
        .values()
        .forEach(c -> c.setOut(new PrintWriter(out)).setErr(new PrintWriter(err)));
    return line.execute(args);
  }

  private String path(String name) {
    return folder.resolve(name).toString();
  }

  /** Squares of many colours. */
  private Path image(String name, int seed) throws IOException {
    BufferedImage image = new BufferedImage(80, 80, BufferedImage.TYPE_INT_RGB);
    for (int y = 0; y < 80; y++) {
      for (int x = 0; x < 80; x++) {
        image.setRGB(x, y, ((x / 8 * 37 + y / 8 * 91 + seed) * 0x10307) & 0xFFFFFF);
      }
    }
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    ImageIO.write(image, "png", file.toFile());
    return file;
  }

  @Test
  void export_writes_a_file_whose_weights_can_be_halved() throws IOException {
    String[] command = {"export", "--model", "convnext_atto", "--input", "1,3,64,64"};
    assertThat(run(with(command, "--output", path("a/full.onnx")))).as(err.toString()).isZero();
    assertThat(out.toString()).contains("full.onnx: ", " operations", "input f32[?,3,?,?]");
    assertThat(run(with(command, "--output", path("half.onnx"), "--storage", "f16"))).isZero();
    double full = Files.size(folder.resolve("a/full.onnx"));
    assertThat(Files.size(folder.resolve("half.onnx")) / full).isCloseTo(0.5, within(0.03));
  }

  private static String[] with(String[] command, String... more) {
    return Stream.of(command, more).flatMap(Stream::of).toArray(String[]::new);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "export --model convnext_tny --output x.onnx                       | convnext_tiny",
        "export --model convnext_atto --output x.onnx --storage f8         | got f8",
        "export --model convnext_atto --output x.onnx --input 1,3,big,64   | 1,3,224,224",
        "export --model convnext_atto --output x.onnx --backend tensorrt   | onnxruntime",
        "export --model mae_nano --output x.onnx                           | cannot be exported",
        "export --model convnext_atto                                      | --output",
        "optimize --model convnext_atto --output x --precision int8        | --calibrate",
        "optimize --model convnext_atto --output x --precision bf16        | --storage bf16",
        "optimize --model convnext_atto --output x --max-drop 1            | int8",
        "optimize --model convnext_atto --output pom.xml                   | pom.xml is a file",
        "optimize --model convnext_atto --output x --backend pytorch       | onnxruntime",
        "optimize --model convnext_atto --output x --precision int8 --calibrate no | no is no",
        "benchmark                                                         | MODEL",
        "benchmark convnext_tny                                            | convnext_tiny",
        "benchmark convnext_atto --hint fast                               | throughput",
        "benchmark convnext_atto --modes tensorrt                          | onnxruntime",
        "benchmark convnext_atto --infer-precision f8                      | bf16",
        "benchmark convnext_atto --modes pytorch --infer-precision bf16    | pytorch",
        "benchmark convnext_atto --nireq 2                                 | async",
        "benchmark convnext_atto --niter 0                                 | got 0",
        "benchmark convnext_atto --nthreads -1                             | got -1",
        "benchmark convnext_atto --report pom.xml                          | pom.xml is a file",
        "benchmark convnext_atto --modes eager --input 1,3,5,5             | 32 pixels or more",
        "export --model convnext_atto --output x.onnx --input 1,3,5,5      | 32 pixels or more",
        "export --model convnext_atto --output src                         | src is a folder",
        "export --model src --output x.onnx                                | src/model.safetensors",
        "export --model pom.xml --output x.onnx                            | pom.xml: is neither",
        "embed --model convnext_atto --output src x.png                    | src is a folder",
        "golden src/main                                                   | no golden case",
        "models [                                                          | PATTERN [",
      })
  void what_is_wrong_is_said_in_a_line(String command, String message) {
    assertThat(run(command.strip().split(" +"))).isEqualTo(2);
    assertThat(err.toString()).contains(message).doesNotContain("Exception");
    assertThat(err.toString().lines().filter(l -> l.startsWith("fovea: "))).hasSize(1);
    assertThat(Path.of("x")).doesNotExist();
    assertThat(Path.of("x.onnx")).doesNotExist();
  }

  @Test
  void an_optimized_folder_opens_with_djl_alone_and_says_the_same() throws Exception {
    List<String> labels = List.of("apple", "bread", "cheese", "date", "egg");
    Path image = image("image.png", 3);
    String expected;
    try (Model model = Fovea.newModel("convnext_atto", labels.size())) {
      // Images of the size already, so that no filter of an engine has a part in it.
      Translators.describe(model, Preprocess.exact(80, 80, Resample.BILINEAR), labels);
      Fovea.save(model, folder.resolve("saved"), Map.of());
      try (Predictor<Image, Classifications> predictor =
          model.newPredictor(Translators.of(model, Image.class, Classifications.class, Map.of()))) {
        expected = String.valueOf(best(predictor, image).getProbability());
      }
    }
    assertThat(
            run(
                "optimize",
                "--model",
                path("saved"),
                "--input",
                "1,3,80,80",
                "--output",
                path("fast")))
        .as(err.toString())
        .isZero();
    assertThat(out.toString()).contains("agrees with saved on 100.00 %");

    Properties properties = new Properties();
    properties.load(Files.newBufferedReader(folder.resolve("fast/serving.properties")));
    assertThat(properties)
        .containsEntry("engine", "OnnxRuntime")
        .containsEntry("width", "80")
        .containsEntry("synsetFileName", "synset.txt");
    assertThat(Files.readAllLines(folder.resolve("fast/synset.txt"))).isEqualTo(labels);

    String got = plainDjl(folder.resolve("fast"), image);
    assertThat(Double.parseDouble(got.substring(got.lastIndexOf(' '))))
        .isCloseTo(Double.parseDouble(expected), within(1e-4));
    assertThat(Files.readAllLines(folder.resolve("fast/synset.txt")))
        .contains(got.substring(0, got.lastIndexOf(' ')));
  }

  private static Classifications.Classification best(
      Predictor<Image, Classifications> predictor, Path image) throws Exception {
    return predictor.predict(ImageFactory.getInstance().fromFile(image)).best();
  }

  /** In a process whose class path has everything but this library. */
  private String plainDjl(Path model, Path image) throws Exception {
    String name = PlainDjl.class.getName().replace('.', '/') + ".class";
    Path program = folder.resolve("program").resolve(name);
    Files.createDirectories(program.getParent());
    Files.copy(PlainDjl.class.getResourceAsStream("/" + name), program);
    String others =
        Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
            .filter(
                entry ->
                    entry.endsWith(".jar")
                        && !Path.of(entry).getFileName().toString().startsWith("fovea-"))
            .collect(Collectors.joining(File.pathSeparator));
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx512m",
                "-cp",
                folder.resolve("program") + File.pathSeparator + others,
                PlainDjl.class.getName(),
                model.toString(),
                image.toString())
            .redirectError(folder.resolve("errors").toFile())
            .start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(Files.readString(folder.resolve("errors"))).isZero();
    return output.strip().lines().reduce((a, b) -> b).orElseThrow();
  }

  @Test
  void int8_keeps_what_it_may_lose() throws IOException {
    for (int i = 0; i < 4; i++) {
      image("images/" + i + ".png", i * 1000);
    }
    assertThat(
            run(
                "optimize",
                "--model",
                "convnext_atto",
                "--input",
                "1,3,64,64",
                "--output",
                path("int8"),
                "--precision",
                "int8",
                "--calibrate",
                path("images"),
                "--samples",
                "3",
                "--max-drop",
                "100"))
        .as(err.toString())
        .isZero();
    assertThat(out.toString())
        .contains("of 3 images", "compute in 8-bit integers", "alone in integers", "0 were given");
    assertThat(Files.size(folder.resolve("int8/model.onnx"))).isLessThan(8_000_000);
  }

  @Test
  void a_segmenter_is_exported_without_a_translator_that_djl_has_not() throws IOException {
    assertThat(
            run(
                "optimize",
                "--model",
                "segformer_nano",
                "--input",
                "1,3,64,64",
                "--output",
                path("segmenter")))
        .as(err.toString())
        .isZero();
    assertThat(Files.readString(folder.resolve("segmenter/serving.properties")))
        .contains("engine=OnnxRuntime")
        .doesNotContain("translatorFactory");
  }

  @Test
  void benchmark_shows_each_mode_with_its_agreement() throws IOException {
    assertThat(
            run(
                "benchmark",
                "segformer_nano",
                "--input",
                "1,3,64,64",
                "--modes",
                "pytorch,onnxruntime",
                "--niter",
                "10",
                "--pc",
                "--memory",
                "--json",
                "--report",
                path("report")))
        .as(err.toString())
        .isZero();
    JsonObject result = JsonParser.parseString(out.toString()).getAsJsonObject();
    JsonObject model = result.getAsJsonArray("models").get(0).getAsJsonObject();
    assertThat(model.getAsJsonArray("modes"))
        .extracting(m -> m.getAsJsonObject().get("mode").getAsString())
        .containsExactly("eager", "pytorch", "onnxruntime");
    JsonObject fast = model.getAsJsonArray("modes").get(2).getAsJsonObject();
    assertThat(fast.get("error").getAsDouble()).isBetween(0.0, 1e-4);
    assertThat(fast.get("agreement").getAsDouble()).isGreaterThan(99);
    assertThat(fast.get("compileMillis").getAsDouble()).isPositive();
    JsonObject times = fast.getAsJsonObject("latency");
    assertThat(times.get("count").getAsInt()).isEqualTo(10);
    assertThat(times.get("p99").getAsDouble())
        .isGreaterThanOrEqualTo(times.get("p90").getAsDouble());
    assertThat(fast.getAsJsonArray("layers"))
        .extracting(l -> l.getAsJsonObject().get("source").getAsString())
        .contains("decode_head.classifier");
    if (Files.isReadable(Path.of("/proc/self/clear_refs")) || Files.exists(Path.of("/proc/self"))) {
      assertThat(fast.get("peakMegabytes").getAsDouble()).isPositive();
    }
    assertThat(JsonParser.parseString(Files.readString(folder.resolve("report/results.json"))))
        .isEqualTo(result);
    assertThat(ImageIO.read(folder.resolve("report/segformer_nano.png").toFile()).getWidth())
        .isGreaterThan(400);
    assertThat(Files.readString(folder.resolve("report/report.html")))
        .contains("Layers of segformer_nano, onnxruntime", "decode_head.classifier")
        .doesNotContain("<script");
  }

  @Test
  void benchmark_sends_several_at_a_time() {
    assertThat(
            run(
                "benchmark",
                "convnext_atto",
                "--input",
                "1,3,64,64",
                "--modes",
                "onnxruntime",
                "--hint",
                "throughput",
                "--nireq",
                "2",
                "--batch",
                "2",
                "--niter",
                "20"))
        .as(err.toString())
        .isZero();
    assertThat(out.toString()).contains("input (2, 3, 64, 64)", "onnxruntime x2", "images/s");
  }

  @Test
  void doctor_says_what_works() {
    assertThat(run("doctor")).isZero();
    assertThat(out.toString())
        .contains("onnxruntime  ok", "pytorch      ok", "openvino", "used by default works");
    if (Files.isReadable(Path.of("/proc/cpuinfo"))
        && System.getProperty("os.arch").equals("amd64")) {
      assertThat(out.toString()).containsPattern("(has|lacks): .*avx512_vnni");
    }
    out.getBuffer().setLength(0);
    assertThat(run("doctor", "--json")).isZero();
    JsonObject found = JsonParser.parseString(out.toString()).getAsJsonObject();
    assertThat(found.get("works").getAsBoolean()).isTrue();
    assertThat(found.getAsJsonArray("parts").size()).isGreaterThan(6);
  }
}
