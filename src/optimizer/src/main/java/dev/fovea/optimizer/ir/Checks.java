package dev.fovea.optimizer.ir;

import java.util.List;
import java.util.stream.IntStream;

/** What the attributes of operations have to be. */
final class Checks {
  private Checks() {}

  static void check(boolean valid, String what, Object got) {
    if (!valid) {
      throw new IllegalArgumentException("Wrong " + what + ": " + got);
    }
  }

  static <T> List<T> sized(List<T> list, int size, String what) {
    check(list.size() == size, what + ", expected " + size, list);
    return List.copyOf(list);
  }

  static List<Long> positive(List<Long> list, int size, String what) {
    check(list.stream().allMatch(n -> n > 0), what, list);
    return sized(list, size, what);
  }

  static List<Long> notNegative(List<Long> list, int size, String what) {
    check(list.stream().allMatch(n -> n >= 0), what, list);
    return sized(list, size, what);
  }

  static List<Integer> ascending(List<Integer> axes, String what) {
    boolean sorted =
        IntStream.range(0, axes.size())
            .allMatch(i -> axes.get(i) > (i == 0 ? -1 : axes.get(i - 1)));
    check(sorted, what + ", expected ascending from 0", axes);
    return List.copyOf(axes);
  }

  static boolean isPermutation(List<Integer> perm) {
    return IntStream.range(0, perm.size()).allMatch(perm::contains);
  }
}
