package dev.fovea.optimizer.backend.openvino;

import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;

/** OpenVINO where it is installed; elsewhere the test is skipped and says how to get it. */
final class Installed {

  private Installed() {}

  static OpenVino openVino() {
    Path library;
    try {
      library = OpenVinoLibrary.find();
    } catch (IllegalStateException e) {
      return Assumptions.abort(e.getMessage());
    }
    return OpenVino.load(library); // one that is found has to work
  }
}
