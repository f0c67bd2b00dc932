package dev.fovea.golden;

/** What became of a golden case. */
public sealed interface Outcome {

  /**
   * Returns the name of the case: its folder, or the file for cases that are single files.
   *
   * @return the name
   */
  String name();

  /**
   * Every value is as expected.
   *
   * @param name name of the case
   * @param maxError largest deviation, relative to the largest expected value of its tensor
   */
  record Pass(String name, double maxError) implements Outcome {
    @Override
    public String toString() {
      return String.format("PASS %s %.1e", name, maxError);
    }
  }

  /**
   * Something differs, or could not be computed.
   *
   * @param name name of the case
   * @param why one line
   */
  record Fail(String name, String why) implements Outcome {
    @Override
    public String toString() {
      return "FAIL " + name + " " + why;
    }
  }

  /**
   * A kind of case, or a network, that this version does not know.
   *
   * @param name name of the case
   * @param why one line
   */
  record Skip(String name, String why) implements Outcome {
    @Override
    public String toString() {
      return "SKIP " + name + " unsupported-kind: " + why;
    }
  }
}
