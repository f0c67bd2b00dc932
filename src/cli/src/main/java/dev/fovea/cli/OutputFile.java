package dev.fovea.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads an option that names a file to write, which replaces one that exists. */
final class OutputFile implements ITypeConverter<Path> {

  @Override
  public Path convert(String value) {
    Path file = Path.of(value);
    if (value.isBlank() || Files.isDirectory(file)) {
      throw new TypeConversionException(
          value.isBlank() ? "no name of a file" : value + " is a folder; give a file");
    }
    return file;
  }
}
