package dev.fovea.optimizer.trace;

import org.jspecify.annotations.Nullable;

/** A block cannot be traced; the message names the call or the value, and where it stands. */
public final class TraceException extends UnsupportedOperationException {
  private static final long serialVersionUID = 1L;

  /**
   * Creates an exception.
   *
   * @param message what cannot be traced, where, and the way out
   */
  public TraceException(String message) {
    super(message);
  }

  /**
   * Creates an exception with a cause.
   *
   * @param message what cannot be traced, where, and the way out
   * @param cause what was thrown, or null
   */
  public TraceException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
