package dev.fovea.testkit.planted;

import ai.djl.pytorch.engine.PtModel;
import dev.fovea.model.ConvNeXt;

/** Breaks every rule of the architecture, so that each rule can be seen to fail. */
public final class Offender {
  static int changes = 0;

  Offender() {}

  static void offend(PtModel engine, ConvNeXt model) {
    System.out.println(engine + " " + model + changes++);
    System.exit(1);
  }
}
