package dev.fovea.optimizer.planted;

import ai.djl.pytorch.engine.PtModel;
import ai.onnxruntime.OrtEnvironment;
import com.sun.jna.Pointer;
import dev.fovea.model.ConvNeXt;

/** Breaks every rule of the architecture, so that each rule can be seen to fail. */
public final class Offender {
  static int changes = 0;

  Offender() {}

  static void offend(PtModel engine, ConvNeXt model, OrtEnvironment environment, Pointer pointer) {
    System.out.println(engine + " " + model + environment + pointer + changes++);
    System.exit(1);
  }
}
