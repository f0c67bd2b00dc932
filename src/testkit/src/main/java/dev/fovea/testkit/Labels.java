package dev.fovea.testkit;

/** What a loss compares predictions with. */
public enum Labels {
  /** Exclusive classes: logits (N, C, d1, ...), labels (N, d1, ...) in 0 to C - 1, INT64. */
  CLASSES,
  /** Independent decisions: labels 0 or 1 of the shape and type of the logits. */
  BINARY,
  /** Decisions as a margin loss takes them: labels -1 or 1 of the shape and type of the logits. */
  SIGNS,
  /** Real numbers: labels of the shape and type of the predictions. */
  VALUES,
  /** Boxes: predictions and labels (N, 4) as x1 y1 x2 y2. */
  BOXES
}
