package dev.fovea.optimizer.ir;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Arithmetic of sizes, any of which may be {@link Type#DYNAMIC}. */
final class Sizes {
  private Sizes() {}

  /** Returns how many windows of a span fit into a size. */
  static long windows(long size, long span, long stride, long pads) {
    if (size == Type.DYNAMIC) {
      return Type.DYNAMIC;
    }
    require(size + pads >= span, "size " + size + " is below the kernel's span " + span);
    return (size + pads - span) / stride + 1;
  }

  /** Broadcasts as NumPy does. */
  static List<Long> broadcast(List<Long> a, List<Long> b) {
    List<Long> dims = new ArrayList<>();
    for (int i = 1; i <= Math.max(a.size(), b.size()); i++) {
      long m = i <= a.size() ? a.get(a.size() - i) : 1;
      long n = i <= b.size() ? b.get(b.size() - i) : 1;
      require(m == 1 || n == 1 || fits(m, n), "sizes " + m + " and " + n + " do not broadcast");
      // DYNAMIC with a size above 1 can only be that size or 1.
      dims.add(m == 1 ? n : n == 1 ? m : Math.max(m, n));
    }
    Collections.reverse(dims);
    return dims;
  }

  /** Returns whether two sizes may be the same. */
  static boolean fits(long m, long n) {
    return m == n || m == Type.DYNAMIC || n == Type.DYNAMIC;
  }

  /** Counts a negative index from the back, and clamps. */
  static long bound(long index, long size) {
    return Math.max(0, Math.min(size, index < 0 ? index + size : index));
  }

  /** Returns the number of elements. */
  static long product(List<Long> dims) {
    return dims.stream().reduce(1L, Math::multiplyExact);
  }

  /** Refuses operands that do not fit. */
  static void require(boolean fits, String otherwise) {
    if (!fits) {
      throw new IllegalArgumentException(otherwise);
    }
  }
}
