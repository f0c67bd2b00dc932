package dev.fovea.optimizer.backend.openvino;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Finds OpenVINO on this machine; nothing is downloaded. Looked at, in this order:
 *
 * <ol>
 *   <li>the system property {@value #PROPERTY}, then the environment variable {@value #VARIABLE}: a
 *       folder with the library of OpenVINO's C interface, or that file. If one is set, nothing
 *       else is looked at;
 *   <li>the package {@code openvino} of the Python that {@code ONNX_PYTHON} names, of the virtual
 *       environment {@code VIRTUAL_ENV} and of the {@code python3} on the {@code PATH};
 *   <li>where the installers put it: {@code /opt/intel/openvino*} and {@code
 *       /usr/lib/x86_64-linux-gnu}.
 * </ol>
 */
public final class OpenVinoLibrary {

  /** The system property that names the folder of the library. */
  public static final String PROPERTY = "fovea.openvino";

  /** The environment variable that names the folder of the library. */
  public static final String VARIABLE = "OPENVINO_LIB_DIR";

  /** How to get it. */
  static final String ADVICE =
      "Install it with: pip install openvino (2026.4 or newer), or name the folder of"
          + " libopenvino_c with -D"
          + PROPERTY
          + "=FOLDER or "
          + VARIABLE;

  /** libopenvino_c.so, libopenvino_c.so.2641, libopenvino_c.2641.dylib, openvino_c.dll. */
  private static final Pattern NAME =
      Pattern.compile("(lib)?openvino_c(\\.\\d+)*\\.(so|dylib|dll)(\\.\\d+)*");

  /**
   * Prints the folder of the package without importing it. The working folder, which Python looks
   * at first, is left out: it may be anyone's.
   */
  private static final String PROGRAM =
      """
      import sys
      sys.path = [folder for folder in sys.path if folder]
      from importlib.util import find_spec
      package = find_spec("openvino")
      if package and package.submodule_search_locations:
          print(package.submodule_search_locations[0])
      """;

  private static final int SECONDS = 20;

  private static final List<Path> INSTALLED =
      List.of(Path.of("/opt/intel"), Path.of("/usr/lib/x86_64-linux-gnu"));

  private final Map<String, String> environment;
  private final List<Path> installed;
  private final List<String> looked = new ArrayList<>();

  private OpenVinoLibrary(Map<String, String> environment, List<Path> installed) {
    this.environment = environment;
    this.installed = installed;
  }

  /**
   * Finds the library of OpenVINO's C interface.
   *
   * @return the file
   * @throws IllegalStateException if there is none; the message says where it was looked for and
   *     how to get it
   */
  public static Path find() {
    return find(System.getProperty(PROPERTY), System.getenv(), INSTALLED);
  }

  /** The same in another environment. */
  static Path find(
      @Nullable String property, Map<String, String> environment, List<Path> installed) {
    return new OpenVinoLibrary(environment, installed).search(property);
  }

  private Path search(@Nullable String property) {
    String variable = environment.get(VARIABLE);
    Optional<Path> found;
    if (property != null) {
      found = named("the system property " + PROPERTY, property);
    } else if (variable != null) {
      found = named("the environment variable " + VARIABLE, variable);
    } else {
      found = ofPython().or(this::ofInstaller);
    }
    return found.orElseThrow(
        () ->
            new IllegalStateException(
                "OpenVINO was not found. Looked at: "
                    + String.join("; ", looked)
                    + ". "
                    + ADVICE
                    + "."));
  }

  private Optional<Path> named(String setting, String value) {
    try {
      Path path = Path.of(value);
      looked.add(value + ", which " + setting + " names");
      return Files.isRegularFile(path) && isLibrary(path) ? Optional.of(real(path)) : in(path);
    } catch (InvalidPathException e) {
      looked.add(setting + ", which is no path: " + e.getMessage());
      return Optional.empty();
    }
  }

  private Optional<Path> ofPython() {
    for (Path python : pythons()) {
      looked.add("the package openvino of " + python);
      Optional<Path> library = packageOf(python).flatMap(folder -> in(folder.resolve("libs")));
      if (library.isPresent()) {
        return library;
      }
    }
    return Optional.empty();
  }

  private List<Path> pythons() {
    List<Path> pythons = new ArrayList<>();
    add(pythons, "ONNX_PYTHON", environment.get("ONNX_PYTHON"), "");
    String virtual = environment.get("VIRTUAL_ENV");
    add(
        pythons,
        "VIRTUAL_ENV",
        virtual,
        File.separatorChar == '\\' ? "Scripts/python.exe" : "bin/python");
    int before = pythons.size();
    for (String folder : environment.getOrDefault("PATH", "").split(File.pathSeparator, -1)) {
      if (pythons.size() == before && !folder.isEmpty()) { // an empty one is the working folder
        addIfExecutable(pythons, folder, File.separatorChar == '\\' ? "python3.exe" : "python3");
      }
    }
    if (pythons.size() == before) {
      looked.add("PATH, where there is no python3");
    }
    return pythons;
  }

  private void add(List<Path> pythons, String variable, @Nullable String folder, String program) {
    if (folder != null && !addIfExecutable(pythons, folder, program)) {
      looked.add(folder + ", which " + variable + " names and where there is no Python");
    }
  }

  private static boolean addIfExecutable(List<Path> pythons, String folder, String program) {
    try {
      Path python = Path.of(folder, program);
      boolean found = Files.isRegularFile(python) && Files.isExecutable(python);
      if (found) {
        pythons.add(python);
      }
      return found;
    } catch (InvalidPathException e) {
      return false;
    }
  }

  private static Optional<Path> packageOf(Path python) {
    try {
      Process process =
          new ProcessBuilder(python.toString(), "-c", PROGRAM)
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      try {
        process.getOutputStream().close();
        if (!process.waitFor(SECONDS, TimeUnit.SECONDS) || process.exitValue() != 0) {
          return Optional.empty();
        }
        byte[] output = process.getInputStream().readAllBytes(); // a line: it fits the pipe
        String folder = new String(output, StandardCharsets.UTF_8).strip();
        return folder.isEmpty() ? Optional.empty() : Optional.of(Path.of(folder));
      } finally {
        process.destroyForcibly();
      }
    } catch (IOException | InvalidPathException e) {
      return Optional.empty(); // no Python that answers
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    }
  }

  private Optional<Path> ofInstaller() {
    for (Path folder : installed) {
      looked.add(folder.toString());
      List<Path> folders = new ArrayList<>(List.of(folder));
      for (Path version : list(folder, f -> f.getFileName().toString().startsWith("openvino"))) {
        folders.add(version.resolve("runtime/lib/intel64"));
      }
      Optional<Path> library = folders.stream().flatMap(f -> in(f).stream()).findFirst();
      if (library.isPresent()) {
        return library;
      }
    }
    return Optional.empty();
  }

  private static Optional<Path> in(Path folder) {
    return list(folder, OpenVinoLibrary::isLibrary).stream().findFirst().map(OpenVinoLibrary::real);
  }

  /** What is in a folder, the highest version first. */
  private static List<Path> list(Path folder, DirectoryStream.Filter<Path> filter) {
    List<Path> found = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, filter)) {
      files.forEach(found::add);
    } catch (IOException | DirectoryIteratorException e) {
      return List.of(); // not there, or not ours to read: as good as empty
    }
    found.sort(Comparator.reverseOrder());
    return found;
  }

  private static boolean isLibrary(Path file) {
    return NAME.matcher(String.valueOf(file.getFileName())).matches();
  }

  private static Path real(Path file) {
    return file.toAbsolutePath().normalize();
  }
}
