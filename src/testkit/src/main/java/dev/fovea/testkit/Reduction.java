package dev.fovea.testkit;

/** How a loss makes one number of single losses. */
enum Reduction {
  /** Not at all. */
  NONE,
  /** The mean over all positions; it may be weighted. */
  MEAN,
  SUM,
  /** There are no single losses: a formula over the whole batch, such as Dice. */
  JOINT
}
