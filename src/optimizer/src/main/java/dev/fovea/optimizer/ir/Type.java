package dev.fovea.optimizer.ir;

import ai.djl.ndarray.types.DataType;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Element type and dimensions of a tensor.
 *
 * @param dataType element type
 * @param dims one number per axis; {@link #DYNAMIC} where the size depends on the graph's inputs
 */
public record Type(DataType dataType, List<Long> dims) {

  /** The size of an axis that is known only when the graph runs. */
  public static final long DYNAMIC = -1;

  /**
   * Copies the dimensions.
   *
   * @param dataType element type
   * @param dims one number per axis; {@link #DYNAMIC} where the size depends on the graph's inputs
   * @throws IllegalArgumentException if a dimension is below {@link #DYNAMIC}
   */
  public Type {
    dims = List.copyOf(dims);
    if (dims.stream().anyMatch(d -> d < DYNAMIC)) {
      throw new IllegalArgumentException("A dimension is 0 or more, or DYNAMIC (-1), got " + dims);
    }
  }

  /**
   * Makes a type from a list of dimensions.
   *
   * @param dataType element type
   * @param dims one number per axis, {@link #DYNAMIC} where the size is not known
   * @return the type
   */
  public static Type of(DataType dataType, long... dims) {
    return new Type(dataType, Arrays.stream(dims).boxed().toList());
  }

  /**
   * Returns a type of the same elements.
   *
   * @param dims one number per axis, {@link #DYNAMIC} where the size is not known
   * @return the type
   */
  public Type withDims(List<Long> dims) {
    return new Type(dataType, dims);
  }

  /**
   * Returns the number of axes.
   *
   * @return the number of axes
   */
  public int rank() {
    return dims.size();
  }

  /**
   * Returns whether every axis has a fixed size.
   *
   * @return true if no axis is dynamic
   */
  public boolean isStatic() {
    return !dims.contains(DYNAMIC);
  }

  /**
   * Returns whether a tensor of another type can stand here.
   *
   * @param other element type and sizes of the tensor
   * @return true if element type and number of axes are the same and so is each size that is fixed
   *     here
   */
  public boolean accepts(Type other) {
    return dataType == other.dataType
        && rank() == other.rank()
        && IntStream.range(0, rank())
            .allMatch(i -> dims.get(i) == DYNAMIC || dims.get(i).equals(other.dims.get(i)));
  }

  /**
   * Returns the short text form, such as {@code f32[?,3,224,224]}: a question mark is a dynamic
   * axis.
   *
   * @return the text form
   */
  @Override
  public String toString() {
    return dims.stream()
        .map(d -> d == DYNAMIC ? "?" : d.toString())
        .collect(Collectors.joining(",", name(dataType) + "[", "]"));
  }

  /** Returns the short name of an element type: a letter for its kind and its bits. */
  static String name(DataType type) {
    return switch (type) {
      case FLOAT16 -> "f16";
      case FLOAT32 -> "f32";
      case FLOAT64 -> "f64";
      case INT8 -> "i8";
      case INT32 -> "i32";
      case INT64 -> "i64";
      case UINT8 -> "u8";
      case BOOLEAN -> "bool";
      default -> type.name().toLowerCase(Locale.ROOT);
    };
  }
}
