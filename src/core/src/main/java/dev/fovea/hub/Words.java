package dev.fovea.hub;

/** A server's words, fit for a message: one short line of printable characters. */
final class Words {
  private static final int LONGEST = 200;

  private Words() {}

  static String of(String text) {
    String line = text.replaceAll("[^\\x20-\\x7e]", "?");
    return line.length() > LONGEST ? line.substring(0, LONGEST) + "..." : line;
  }
}
