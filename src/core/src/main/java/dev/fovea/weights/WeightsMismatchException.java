package dev.fovea.weights;

import java.io.IOException;

/** A well-formed checkpoint that is not one of this block. The message lists every difference. */
public final class WeightsMismatchException extends IOException {
  private static final long serialVersionUID = 1;

  private final transient LoadReport report;

  WeightsMismatchException(String source, String block, LoadReport report) {
    super(
        source
            + " does not fit "
            + block
            + ": "
            + report.loaded().size()
            + " tensors fit, "
            + report.missing().size()
            + " are missing, "
            + report.unexpected().size()
            + " unexpected, "
            + report.mismatched().size()
            + " mismatched."
            + " Check the dialect and the configuration, or name what to skip."
            + report.faults());
    this.report = report;
  }

  /**
   * Returns the differences.
   *
   * @return the report, which {@linkplain LoadReport#isClean() is not clean}
   */
  public LoadReport report() {
    return report;
  }
}
