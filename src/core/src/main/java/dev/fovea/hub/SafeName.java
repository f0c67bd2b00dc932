package dev.fovea.hub;

import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** Names from users, repositories and servers that become paths of the disk. */
final class SafeName {
  private static final int LONGEST_PART = 255;

  private SafeName() {}

  /**
   * Refuses a relative path that could leave its folder or that some system understands otherwise.
   */
  static String checkPath(String what, String path) {
    for (String part : path.split("/", -1)) {
      if (part.isEmpty()
          || part.equals(".")
          || part.equals("..")
          || part.length() > LONGEST_PART
          || part.chars().anyMatch(c -> c < ' ' || c == 0x7f || "\\:*?\"<>|".indexOf(c) >= 0)) {
        throw new IllegalArgumentException(
            "\"" + path + "\" is no " + what + ": one or more names with / between them");
      }
    }
    return path;
  }

  /**
   * Tells whether a word of a server is fit for the name of a file: digits of a hash, as a rule.
   */
  static boolean isPlain(String word) {
    return word.matches("[A-Za-z0-9][A-Za-z0-9._-]{0,127}");
  }

  /** Percent-encodes what is not plain in a path; the slashes too, unless they are kept. */
  static String escape(String path, boolean keepSlashes) {
    StringBuilder text = new StringBuilder();
    for (byte b : path.getBytes(StandardCharsets.UTF_8)) {
      char c = (char) (b & 0xff);
      boolean plain =
          (c < 0x80 && (Character.isLetterOrDigit(c) || "-._~".indexOf(c) >= 0))
              || (c == '/' && keepSlashes);
      text.append(plain ? String.valueOf(c) : String.format(Locale.ROOT, "%%%02X", (int) c));
    }
    return text.toString();
  }
}
