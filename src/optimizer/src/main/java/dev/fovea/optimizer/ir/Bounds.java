package dev.fovea.optimizer.ir;

import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The sizes that one input may have: from the least to the most of each axis, both included.
 *
 * <pre>{@code
 * Bounds.of(new Shape(1, 3, 224, 224), new Shape(8, 3, 512, 512)) // [1..8,3,224..512,224..512]
 * }</pre>
 *
 * @param least the smallest size of each axis, 1 or more
 * @param most the largest size of each axis
 */
public record Bounds(List<Long> least, List<Long> most) {

  /** {@inheritDoc} */
  public Bounds {
    least = List.copyOf(least);
    most = List.copyOf(most);
    boolean fits = least.size() == most.size();
    for (int i = 0; fits && i < least.size(); i++) {
      fits = least.get(i) >= 1 && least.get(i) <= most.get(i);
    }
    if (!fits) {
      throw new IllegalArgumentException(
          "Bounds are two shapes of as many axes, with sizes of 1 or more of which the first is"
              + " not above the second, got "
              + least
              + " and "
              + most);
    }
  }

  /**
   * Makes bounds of two shapes.
   *
   * @param least the smallest size of each axis
   * @param most the largest size of each axis; an axis where both are the same is fixed
   * @return the bounds
   * @throws IllegalArgumentException if the shapes have not as many axes, or a size is below 1 or
   *     above its largest
   */
  public static Bounds of(Shape least, Shape most) {
    return new Bounds(sizes(least), sizes(most));
  }

  private static List<Long> sizes(Shape shape) {
    return Arrays.stream(shape.getShape()).boxed().toList();
  }

  /**
   * Returns the type that has these sizes.
   *
   * @param dataType element type
   * @return a type whose axis is dynamic where it has more than one size
   */
  public Type type(DataType dataType) {
    List<Long> dims = new ArrayList<>();
    for (int i = 0; i < least.size(); i++) {
      dims.add(least.get(i).equals(most.get(i)) ? least.get(i) : Long.valueOf(Type.DYNAMIC));
    }
    return new Type(dataType, dims);
  }

  /**
   * Returns whether sizes are within the bounds.
   *
   * @param dims one size per axis
   * @return true if there are as many axes, and none is too small or too large
   */
  public boolean contain(List<Long> dims) {
    return dims.size() == least.size()
        && IntStream.range(0, dims.size())
            .allMatch(i -> dims.get(i) >= least.get(i) && dims.get(i) <= most.get(i));
  }

  /**
   * Returns the short text form, such as {@code [1..8,3,224..512,224..512]}.
   *
   * @return the text form
   */
  @Override
  public String toString() {
    return IntStream.range(0, least.size())
        .mapToObj(
            i ->
                least.get(i).equals(most.get(i))
                    ? least.get(i).toString()
                    : least.get(i) + ".." + most.get(i))
        .collect(Collectors.joining(",", "[", "]"));
  }
}
