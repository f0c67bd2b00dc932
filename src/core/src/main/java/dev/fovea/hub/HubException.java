package dev.fovea.hub;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** A file could not be had; the message says which one, why, and what to do. */
public final class HubException extends IOException {
  private static final long serialVersionUID = 1;

  /** Why a file could not be had. */
  public enum Reason {
    /** No network is allowed, and the caches do not have the file. */
    OFFLINE,
    /** The server wants a token, or another one. */
    UNAUTHORIZED,
    /** The repository's owner wants to be asked first. */
    GATED,
    /** There is no such repository, or the token may not see it. */
    NO_REPOSITORY,
    /** The repository has no such branch, tag or commit. */
    NO_REVISION,
    /** The repository or the server has no such file. */
    NO_FILE,
    /** The server asks for patience for longer than the client has. */
    BUSY,
    /** No connection, a silent server, or one that answers with errors. */
    UNREACHABLE,
    /** The server's answer breaks a rule: redirects, names, sizes. */
    UNTRUSTED,
    /** The bytes are not those that were promised. */
    DAMAGED,
    /** The file is larger than the options allow. */
    TOO_LARGE,
    /** The disk has no room for the file. */
    DISK_FULL
  }

  private final Reason reason;

  HubException(Reason reason, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.reason = reason;
  }

  HubException(Reason reason, String message) {
    this(reason, message, null);
  }

  /**
   * Returns why the file could not be had.
   *
   * @return the reason
   */
  public Reason reason() {
    return reason;
  }
}
