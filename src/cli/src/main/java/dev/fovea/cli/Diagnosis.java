package dev.fovea.cli;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What {@code fovea doctor} found.
 *
 * @param works whether what is used by default works
 * @param parts what was looked at
 */
record Diagnosis(boolean works, List<Part> parts) {

  Diagnosis {
    parts = List.copyOf(parts);
  }

  /** How a part is. */
  enum State {
    /** It works. */
    OK,
    /** It does not, and is not needed unless it is asked for. */
    MISSING,
    /** It does not, and nothing works without it. */
    BROKEN
  }

  /**
   * One part of the installation.
   *
   * @param name what it is
   * @param state how it is
   * @param found what was found, by name
   * @param advice what is wrong and what to do; empty if nothing is
   */
  record Part(String name, State state, Map<String, String> found, String advice) {

    Part {
      found = new LinkedHashMap<>(found); // in order
    }

    static Part ok(String name, Map<String, String> found) {
      return new Part(name, State.OK, found, "");
    }
  }
}
