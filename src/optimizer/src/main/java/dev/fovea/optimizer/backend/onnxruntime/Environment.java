package dev.fovea.optimizer.backend.onnxruntime;

import ai.djl.engine.Engine;
import ai.onnxruntime.OrtEnvironment;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The one place that asks ONNX Runtime for its environment, of which a process has one. */
final class Environment {

  private static final Pattern VERSION = Pattern.compile("(\\d+)\\.(\\d+)\\..*");
  private static final int MAJOR = 1;
  private static final int MINOR = 29;

  private Environment() {}

  static OrtEnvironment get() {
    // DJL's engine sets up thread pools, which fails if the environment exists already.
    if (Engine.hasEngine("OnnxRuntime")) {
      Engine.getEngine("OnnxRuntime");
    }
    OrtEnvironment environment;
    try {
      environment = OrtEnvironment.getEnvironment();
    } catch (UnsatisfiedLinkError | ExceptionInInitializerError | NoClassDefFoundError e) {
      throw new IllegalStateException(
          "The native library of ONNX Runtime does not load on "
              + System.getProperty("os.name")
              + " "
              + System.getProperty("os.arch")
              + ": "
              + root(e)
              + ". Use Backend.PYTORCH, or a com.microsoft.onnxruntime:onnxruntime for this"
              + " machine.",
          e);
    }
    requireVersion(environment.getVersion());
    return environment;
  }

  private static Throwable root(Throwable error) {
    Throwable root = error;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return root;
  }

  /**
   * Older ones read external data from outside of the model's folder: no file of theirs is safe.
   */
  static void requireVersion(String version) {
    Matcher matcher = VERSION.matcher(version);
    if (!matcher.matches()
        || Integer.parseInt(matcher.group(1)) < MAJOR
        || (Integer.parseInt(matcher.group(1)) == MAJOR
            && Integer.parseInt(matcher.group(2)) < MINOR)) {
      throw new IllegalStateException(
          "ONNX Runtime "
              + version
              + " is on the class path; "
              + MAJOR
              + "."
              + MINOR
              + " or newer is needed: com.microsoft.onnxruntime:onnxruntime");
    }
  }
}
