package dev.fovea.backbone;

import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/** What somebody may have meant who typed a name that does not exist. */
public final class NearestNames {
  private static final int COUNT = 3;
  private static final int LONGEST = 100;

  private NearestNames() {}

  /**
   * Finds the names that are most like one.
   *
   * @param name what was typed
   * @param names what there is
   * @return the three names with the smallest edit distance, nearest first
   */
  public static List<String> of(String name, Collection<String> names) {
    String typed = name.length() > LONGEST ? name.substring(0, LONGEST) : name;
    return names.stream()
        .sorted(Comparator.comparingInt(other -> distance(typed, other)))
        .limit(COUNT)
        .toList();
  }

  /** Levenshtein's edit distance. */
  private static int distance(String a, String b) {
    int[] row = new int[b.length() + 1];
    Arrays.setAll(row, i -> i);
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int above = row[j];
        int change = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        row[j] = Math.min(change, 1 + Math.min(row[j - 1], above));
        diagonal = above;
      }
    }
    return row[b.length()];
  }
}
