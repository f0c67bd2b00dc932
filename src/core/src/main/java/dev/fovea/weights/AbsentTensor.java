package dev.fovea.weights;

/** What every checkpoint says of a name that it does not have. */
final class AbsentTensor {

  private AbsentTensor() {}

  /** The error to throw. */
  static IllegalArgumentException of(Checkpoint checkpoint, String name) {
    return new IllegalArgumentException(
        checkpoint.source() + " has no tensor '" + WeightsFormatException.printable(name) + "'");
  }
}
