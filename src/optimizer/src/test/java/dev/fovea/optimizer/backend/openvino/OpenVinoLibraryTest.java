package dev.fovea.optimizer.backend.openvino;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OpenVinoLibraryTest {

  @TempDir Path folder;

  private Path library(String name) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    return Files.createFile(file);
  }

  /** A program that answers as Python does. */
  private Path python(String name, String... script) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, "#!/bin/sh\n" + String.join("\n", script) + "\n");
    return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwx------"));
  }

  private Path find(Map<String, String> environment) {
    return OpenVinoLibrary.find(null, environment, List.of());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "libopenvino_c.so",
        "libopenvino_c.so.2641",
        "libopenvino_c.2641.dylib",
        "openvino_c.dll"
      })
  void the_library_is_found_in_the_folder_that_is_named(String name) throws IOException {
    Path file = library(name);
    library("libopenvino.so.2641");
    library("libopenvino_c.so.txt");
    assertThat(find(Map.of("OPENVINO_LIB_DIR", folder.toString()))).isEqualTo(file);
    assertThat(OpenVinoLibrary.find(folder.toString(), Map.of(), List.of())).isEqualTo(file);
    assertThat(OpenVinoLibrary.find(file.toString(), Map.of(), List.of())).isEqualTo(file);
  }

  @Test
  void the_system_property_goes_before_the_environment() throws IOException {
    Path first = library("first/libopenvino_c.so");
    Path second = library("second/libopenvino_c.so");
    String property = String.valueOf(first.getParent());
    Map<String, String> environment =
        Map.of("OPENVINO_LIB_DIR", String.valueOf(second.getParent()));
    assertThat(OpenVinoLibrary.find(property, environment, List.of())).isEqualTo(first);
  }

  @Test
  void a_named_folder_without_the_library_is_not_passed_over() throws IOException {
    Path installed = library("usual/libopenvino_c.so").getParent();
    String empty = Files.createDirectory(folder.resolve("empty")).toString();
    assertThatIllegalStateException()
        .isThrownBy(
            () -> OpenVinoLibrary.find(null, Map.of("OPENVINO_LIB_DIR", empty), List.of(installed)))
        .withMessageContaining(empty + ", which the environment variable OPENVINO_LIB_DIR names");
  }

  @Test
  @DisabledOnOs(OS.WINDOWS)
  void it_is_found_in_the_package_of_each_python() throws IOException {
    Path file = library("site-packages/openvino/libs/libopenvino_c.so.2641");
    String answer = "echo " + folder.resolve("site-packages/openvino");
    Path python = python("venv/bin/python", answer);
    python("bin/python3", answer);
    assertThat(find(Map.of("ONNX_PYTHON", python.toString()))).isEqualTo(file);
    assertThat(find(Map.of("VIRTUAL_ENV", folder.resolve("venv").toString()))).isEqualTo(file);
    assertThat(find(Map.of("PATH", ":/nowhere:" + folder.resolve("bin")))).isEqualTo(file);
  }

  @Test
  @DisabledOnOs(OS.WINDOWS)
  void a_python_without_the_package_or_that_fails_is_passed_over() throws IOException {
    Path file = library("usual/openvino_2026/runtime/lib/intel64/libopenvino_c.so");
    Path silent = python("silent", "exit 0");
    Path failing = python("bin/python3", "echo " + folder, "exit 1");
    Map<String, String> environment =
        Map.of("ONNX_PYTHON", silent.toString(), "PATH", String.valueOf(failing.getParent()));
    List<Path> installed = List.of(folder.resolve("missing"), folder.resolve("usual"));
    assertThat(OpenVinoLibrary.find(null, environment, installed)).isEqualTo(file);
  }

  @Test
  @DisabledOnOs(OS.WINDOWS)
  void where_there_is_none_the_message_says_where_it_looked_and_how_to_get_it() throws IOException {
    Path python = python("bin/python3", "exit 0");
    assertThatIllegalStateException()
        .isThrownBy(
            () ->
                OpenVinoLibrary.find(
                    null,
                    Map.of(
                        "ONNX_PYTHON",
                        "/nowhere/python",
                        "PATH",
                        String.valueOf(python.getParent())),
                    List.of(folder.resolve("usual"))))
        .withMessageContaining("/nowhere/python, which ONNX_PYTHON names")
        .withMessageContaining("the package openvino of " + python)
        .withMessageContaining(folder.resolve("usual").toString())
        .withMessageContaining("pip install openvino")
        .withMessageContaining("-Dfovea.openvino=FOLDER or OPENVINO_LIB_DIR");
  }

  @Test
  @DisabledOnOs(OS.WINDOWS)
  void a_package_of_that_name_in_the_working_folder_is_not_taken() throws Exception {
    library("openvino/libs/libopenvino_c.so");
    library("openvino/__init__.py");
    Path message = folder.resolve("message.txt");
    ProcessBuilder child =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Find.class.getName(),
                message.toString())
            .directory(folder.toFile())
            .inheritIO();
    child.environment().keySet().removeAll(List.of("OPENVINO_LIB_DIR", "ONNX_PYTHON"));
    assertThat(child.start().waitFor()).isZero();
    assertThat(Files.readString(message)).isNotBlank().doesNotContain(folder.toString());
  }

  /** Run in a process of its own, whose working folder is another one. */
  static final class Find {
    private Find() {}

    public static void main(String[] args) throws IOException {
      String found;
      try {
        found = OpenVinoLibrary.find().toString();
      } catch (IllegalStateException e) {
        found = String.valueOf(e.getMessage());
      }
      Files.writeString(Path.of(args[0]), found);
    }
  }
}
