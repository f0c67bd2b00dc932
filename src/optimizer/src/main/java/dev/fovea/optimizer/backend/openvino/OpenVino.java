package dev.fovea.optimizer.backend.openvino;

import com.sun.jna.Library;
import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import com.sun.jna.ptr.PointerByReference;
import dev.fovea.optimizer.backend.Backend.Options;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.ToIntFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * OpenVINO's C interface with its failures as exceptions.
 *
 * @param c the functions
 */
record OpenVino(OpenVinoC c) {

  private static final Pattern VERSION = Pattern.compile("(\\d+)\\.(\\d+)\\..*");
  private static final int MAJOR = 2026;
  private static final int MINOR = 4;

  /**
   * Loads the library, once in a process.
   *
   * @param library the file of its C interface; the others are found beside it
   * @throws IllegalStateException if it does not load, or is too old; the message names it
   */
  static OpenVino load(Path library) {
    try {
      // By its full path, so that nothing else of that name can be loaded in its place.
      OpenVinoC c =
          Native.load(
              library.toString(), OpenVinoC.class, Map.of(Library.OPTION_STRING_ENCODING, "UTF-8"));
      OpenVino loaded = new OpenVino(c);
      requireVersion(loaded.version(), library);
      return loaded;
    } catch (LinkageError e) {
      throw new IllegalStateException(
          "The OpenVINO library "
              + library
              + " does not load: "
              + e.getMessage()
              + ". "
              + OpenVinoLibrary.ADVICE,
          e);
    }
  }

  String version() {
    try (Memory version = new Memory(2L * Native.POINTER_SIZE)) {
      check("tell its version", c.ov_get_openvino_version(version));
      try {
        return version.getPointer(0).getString(0, StandardCharsets.UTF_8.name());
      } finally {
        c.ov_version_free(version);
      }
    }
  }

  /** What the processor computes in, in OpenVINO's words, with spaces between them. */
  String capabilities(Pointer core) {
    return property(core, "OPTIMIZATION_CAPABILITIES");
  }

  /** The name of the processor. */
  String processor(Pointer core) {
    return property(core, "FULL_DEVICE_NAME");
  }

  private String property(Pointer core, String key) {
    return text(
        "tell what the processor has", r -> c.ov_core_get_property(core, Options.CPU, key, r));
  }

  /** The devices that it could compute on; this library uses the CPU. */
  List<String> devices(Pointer core) {
    try (Memory list = new Memory(2L * Native.POINTER_SIZE)) {
      check("tell its devices", c.ov_core_get_available_devices(core, list));
      try {
        long size = list.getLong(Native.POINTER_SIZE);
        List<String> devices = new ArrayList<>();
        for (long i = 0; i < size; i++) {
          Pointer name = list.getPointer(0).getPointer(i * Native.POINTER_SIZE);
          devices.add(name.getString(0, StandardCharsets.UTF_8.name()));
        }
        return devices;
      } finally {
        c.ov_available_devices_free(list);
      }
    }
  }

  /** Older ones number the element types differently and cannot compile without varargs. */
  static void requireVersion(String version, Path library) {
    Matcher matcher = VERSION.matcher(version);
    if (!matcher.matches()
        || Integer.parseInt(matcher.group(1)) < MAJOR
        || (Integer.parseInt(matcher.group(1)) == MAJOR
            && Integer.parseInt(matcher.group(2)) < MINOR)) {
      throw new IllegalStateException(
          String.format(
              "%s is OpenVINO %s, and %d.%d or newer is needed. %s",
              library, version, MAJOR, MINOR, OpenVinoLibrary.ADVICE));
    }
  }

  /**
   * Makes something native, which the caller frees.
   *
   * @param what what OpenVINO is to do, for the message
   * @param call writes the pointer and returns a status
   * @return the pointer
   * @throws IllegalStateException if it fails; the message is OpenVINO's
   */
  Pointer create(String what, ToIntFunction<PointerByReference> call) {
    PointerByReference result = new PointerByReference();
    check(what, call.applyAsInt(result));
    return result.getValue();
  }

  /** The same for a text, which is freed. */
  String text(String what, ToIntFunction<PointerByReference> call) {
    return take(create(what, call));
  }

  void check(String what, int status) {
    if (status != 0) {
      @Nullable Pointer last = c.ov_get_last_err_msg(); // of the process: at once, or not at all
      String reason = last == null ? "" : ": " + take(last);
      String error = c.ov_get_error_info(status).getString(0, StandardCharsets.UTF_8.name());
      throw new IllegalStateException(
          "OpenVINO cannot " + what + ": " + error + " (" + status + ")" + reason);
    }
  }

  private String take(Pointer text) {
    try {
      return text.getString(0, StandardCharsets.UTF_8.name());
    } finally {
      c.ov_free(text);
    }
  }
}
