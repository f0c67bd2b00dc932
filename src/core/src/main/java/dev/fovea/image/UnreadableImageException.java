package dev.fovea.image;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** An image was refused: it is of no known format, broken, cut short, or larger than allowed. */
public final class UnreadableImageException extends IOException {
  private static final long serialVersionUID = 1L;

  private final String source;

  /**
   * Says which image was refused, and why.
   *
   * @param source the file or other origin of the image
   * @param reason what is wrong with it
   * @param cause what the decoder threw, if it threw
   */
  public UnreadableImageException(String source, String reason, @Nullable Throwable cause) {
    super(source + ": " + reason, cause);
    this.source = source;
  }

  /**
   * The file or other origin of the image.
   *
   * @return the name under which the image was opened
   */
  public String source() {
    return source;
  }
}
