package dev.fovea.optimizer.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** ONNX's own checker, with shape inference, from the Python that {@code ONNX_PYTHON} names. */
public final class OnnxChecker {

  private static final String PROGRAM =
      """
      import onnx, pathlib, sys
      files = sorted(pathlib.Path(sys.argv[1]).glob("*.onnx"))
      for file in files:
          try:
              onnx.checker.check_model(str(file), full_check=True)
          except Exception as e:
              print(file.name, e)
      print(len(files), "files")
      """;

  private OnnxChecker() {}

  /** Asserts that it accepts all files of a folder; skips the test where there is no checker. */
  public static void accepts(Path folder, int files) throws Exception {
    String python = System.getenv("ONNX_PYTHON");
    assumeTrue(python != null, "ONNX_PYTHON names no Python that has the package onnx");
    Process process =
        new ProcessBuilder(python, "-c", PROGRAM, folder.toString())
            .redirectErrorStream(true)
            .start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(said).isZero();
    assertThat(said).isEqualTo(files + " files\n");
  }
}
