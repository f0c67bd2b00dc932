package dev.fovea.cli;

import ai.djl.ndarray.types.Shape;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads an option that says what a model is given. */
final class InputShape implements ITypeConverter<Shape> {

  @Override
  public Shape convert(String value) {
    String[] sizes = value.strip().split("\\s*,\\s*", -1);
    long[] dims = new long[sizes.length];
    for (int i = 0; i < dims.length; i++) {
      try {
        dims[i] = Long.parseLong(sizes[i]);
      } catch (NumberFormatException e) {
        dims[i] = 0;
      }
      if (dims[i] < 1 && dims[i] != -1) {
        throw new TypeConversionException(
            "sizes such as 1,3,224,224, with -1 for one that stays open, got " + value);
      }
    }
    return new Shape(dims);
  }
}
