package dev.fovea.benchmark;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/**
 * The same model in a process of Python: eager PyTorch, and both run-times on the graph that
 * torch.onnx.export makes. It computes only while it is asked to.
 */
final class PythonPeer implements AutoCloseable {

  private static final String PROGRAM = "peer.py";

  private final Process process;
  private final BufferedReader answers;
  private final Writer questions;
  private final JsonObject facts;

  /** Starts the peer on a folder with the weights, the input and what Java makes of it. */
  PythonPeer(String python, Subject subject, Path folder, List<String> modes) throws IOException {
    Path program = folder.resolve(PROGRAM);
    try (InputStream source =
        Objects.requireNonNull(PythonPeer.class.getResourceAsStream(PROGRAM))) {
      Files.copy(source, program, StandardCopyOption.REPLACE_EXISTING);
    }
    process =
        new ProcessBuilder(
                python,
                program.toString(),
                subject.preset(),
                folder.toString(),
                String.join(",", modes))
            .redirectError(folder.resolve("peer.log").toFile())
            .start();
    answers =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    questions = new OutputStreamWriter(process.getOutputStream(), StandardCharsets.UTF_8);
    facts = answer();
  }

  private JsonObject answer() throws IOException {
    String line = answers.readLine();
    if (line == null) {
      throw new IOException("The peer in Python has ended; see the file peer.log of its folder");
    }
    return JsonParser.parseString(line).getAsJsonObject();
  }

  /** Versions, and how far its results are from Java's. */
  JsonObject facts() {
    return facts;
  }

  List<Mode> modes() {
    return facts.getAsJsonArray("modes").asList().stream()
        .map(name -> (Mode) new Remote(name.getAsString()))
        .toList();
  }

  @Override
  public void close() {
    process.destroy();
    try {
      process.waitFor(10, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private final class Remote implements Mode {

    private final String name;

    Remote(String name) {
      this.name = name;
    }

    @Override
    public String name() {
      return "python " + name;
    }

    @Override
    public double[] block(int runs) throws IOException {
      questions.write(name + " " + WARM_UPS + " " + runs + "\n");
      questions.flush();
      JsonArray times = answer().getAsJsonArray("ms");
      return times.asList().stream().mapToDouble(t -> t.getAsDouble()).toArray();
    }

    @Override
    public void close() {
      // The process ends as a whole.
    }
  }
}
