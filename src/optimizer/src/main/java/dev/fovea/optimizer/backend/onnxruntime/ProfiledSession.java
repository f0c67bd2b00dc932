package dev.fovea.optimizer.backend.onnxruntime;

import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.nio.file.Path;

/** Makes a session that can be profiled; a session can be profiled once. */
@FunctionalInterface
interface ProfiledSession {

  /** Makes one whose profile goes to a file in a folder. */
  OrtSession open(Path folder) throws OrtException;
}
