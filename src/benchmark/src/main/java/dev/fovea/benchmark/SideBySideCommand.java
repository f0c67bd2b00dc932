package dev.fovea.benchmark;

import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import com.google.gson.GsonBuilder;
import dev.fovea.weights.SafeTensors;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Modes of one model take turns, in this process and in the peer's. */
@Command(
    name = "side-by-side",
    description = "Times models in this process and in a peer of Python, taking turns.",
    mixinStandardHelpOptions = true)
final class SideBySideCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @Mixin private SubjectOptions subjects;

  @Option(
      names = "--modes",
      split = ",",
      defaultValue = "pytorch,onnxruntime,openvino",
      description =
          "Back ends, each with any of -open, -int8, -throughput behind it. Default:"
              + " ${DEFAULT-VALUE}.")
  private List<String> modes;

  @Option(
      names = "--rounds",
      defaultValue = "3",
      description = "Blocks of each mode. Default: ${DEFAULT-VALUE}.")
  private int rounds;

  @Option(
      names = "--runs",
      defaultValue = "10",
      description = "Runs in a block. Default: ${DEFAULT-VALUE}.")
  private int runs;

  @Option(
      names = "--wait",
      description =
          "Prepares, then waits for a line on standard input before timing, so that other work can"
              + " be stopped.")
  private boolean waiting;

  @Option(
      names = "--python",
      defaultValue = "$" + "{env:TORCH_PYTHON}",
      description =
          "A Python with torch, timm, transformers, onnx, onnxruntime and openvino. Default: the"
              + " environment variable TORCH_PYTHON; without it there is no peer.")
  private @Nullable String python;

  @SuppressWarnings("NullAway.Init") // picocli fills the fields
  SideBySideCommand() {}

  @Override
  public Integer call() throws IOException {
    PrintWriter out = spec.commandLine().getOut();
    Machine machine = Machine.measure();
    out.println(machine);
    for (Subject subject : subjects.models()) {
      Path folder = subjects.folder(subject);
      Map<String, Object> json = new LinkedHashMap<>();
      json.put("model", subject.preset());
      json.put("machine", machine);
      Results results = measure(subject, folder, json);
      json.put("modes", results.toJson());
      String text = new GsonBuilder().setPrettyPrinting().create().toJson(json);
      Files.writeString(folder.resolve("results.json"), text);
      String table = results.toMarkdown(subject.preset());
      Files.writeString(folder.resolve("results.md"), table);
      out.println(table);
      out.flush();
    }
    return 0;
  }

  private Results measure(Subject subject, Path folder, Map<String, Object> json)
      throws IOException {
    List<Mode> all = new ArrayList<>();
    try (Model model = subject.open(folder.resolve("weights.safetensors"));
        NDManager manager = NDManager.newBaseManager("PyTorch")) {
      NDArray pixels = manager.randomUniform(-1, 1, subject.shape(), DataType.FLOAT32);
      NDList input = new NDList(pixels);
      CalibrationSet calibration = new CalibrationSet(subject, CalibrationSet.SIZE, manager);
      calibration.write(folder.resolve("samples.safetensors"));
      FoveaModes own = new FoveaModes(subject, model, input, calibration);
      LatencyMode eager = own.eager();
      all.add(eager);
      float[] expected = eager.result();
      SafeTensors.write(
          folder.resolve("case.safetensors"),
          Map.of("pixels", pixels, "expected", manager.create(expected)),
          Map.of());
      for (String name : modes) {
        Mode mode = own.named(name, folder);
        all.add(mode);
        if (mode instanceof LatencyMode latency) {
          json.put("error " + mode.name(), error(expected, latency.result()));
        }
      }
      return python == null || python.isEmpty() || python.startsWith("$")
          ? takeTurns(all)
          : takeTurnsWithPeer(python, subject, folder, all, json);
    } finally {
      all.forEach(Mode::close);
    }
  }

  private Results takeTurnsWithPeer(
      String program, Subject subject, Path folder, List<Mode> own, Map<String, Object> json)
      throws IOException {
    try (PythonPeer peer = new PythonPeer(program, subject, folder, modes)) {
      json.put("python", peer.facts());
      List<Mode> all = new ArrayList<>();
      List<Mode> left = new ArrayList<>(peer.modes());
      for (Mode mode : own) { // each beside its like
        all.add(mode);
        String like = "python " + mode.name().substring(FoveaModes.PREFIX.length());
        left.stream().filter(m -> m.name().equals(like)).forEach(all::add);
        left.removeIf(m -> m.name().equals(like));
      }
      all.addAll(left);
      return takeTurns(all);
    }
  }

  private Results takeTurns(List<Mode> all) throws IOException {
    PrintWriter err = spec.commandLine().getErr();
    if (waiting) {
      err.println("ready");
      err.flush();
      int read = System.in.read();
      while (read >= 0 && read != '\n') {
        read = System.in.read();
      }
    }
    Results results = new Results();
    for (int round = 0; round < rounds; round++) {
      for (Mode mode : all) {
        double[] times = mode.block(runs);
        results.add(mode.name(), times);
        err.printf(Locale.ROOT, "%s: %.1f ms%n", mode.name(), Arrays.stream(times).min().orElse(0));
      }
    }
    return results;
  }

  /** The largest deviation, relative to the largest value. */
  private static double error(float[] expected, float[] got) {
    double largest = 0;
    double deviation = 0;
    for (int i = 0; i < expected.length; i++) {
      largest = Math.max(largest, Math.abs(expected[i]));
      deviation = Math.max(deviation, Math.abs(expected[i] - got[i]));
    }
    return deviation / largest;
  }
}
