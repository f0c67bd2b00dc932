package dev.fovea.hub;

import java.time.Duration;
import java.util.List;

/**
 * How much of time and of bytes a hub is given. Immutable.
 *
 * @param retries further attempts after a broken connection, a status 429 or 5xx
 * @param pause before the first of them; doubled each time
 * @param connectTimeout how long a server may take to accept a connection
 * @param silence how long a server may send nothing
 * @param maxBytes that one file may have
 */
public record HubLimits(
    int retries, Duration pause, Duration connectTimeout, Duration silence, long maxBytes) {

  /**
   * Four retries, half a second before the first; a connection within 10 s, 30 s of silence, 64 GiB
   * a file.
   */
  public static final HubLimits DEFAULT =
      new HubLimits(
          4, Duration.ofMillis(500), Duration.ofSeconds(10), Duration.ofSeconds(30), 64L << 30);

  /** {@inheritDoc} */
  public HubLimits {
    if (retries < 0 || maxBytes < 1) {
      throw new IllegalArgumentException(
          "retries " + retries + " and maxBytes " + maxBytes + ": at least 0 and 1 are needed");
    }
    for (Duration time : List.of(connectTimeout, silence)) {
      if (time.toMillis() < 1) {
        throw new IllegalArgumentException(
            "a server's time is " + time + ", not above a millisecond");
      }
    }
    if (pause.isNegative()) {
      throw new IllegalArgumentException("the pause is " + pause + ", less than none");
    }
  }

  /**
   * Returns the same limits with other retries.
   *
   * @param count further attempts
   * @param first pause before the first of them
   * @return the limits
   */
  public HubLimits withRetries(int count, Duration first) {
    return new HubLimits(count, first, connectTimeout, silence, maxBytes);
  }

  /**
   * Returns the same limits with others of time.
   *
   * @param connect how long a server may take to accept a connection
   * @param quiet how long it may send nothing
   * @return the limits
   */
  public HubLimits withTimeouts(Duration connect, Duration quiet) {
    return new HubLimits(retries, pause, connect, quiet, maxBytes);
  }

  /**
   * Returns the same limits with another of size.
   *
   * @param bytes that one file may have
   * @return the limits
   */
  public HubLimits withMaxBytes(long bytes) {
    return new HubLimits(retries, pause, connectTimeout, silence, bytes);
  }
}
