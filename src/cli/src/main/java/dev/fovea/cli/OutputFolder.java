package dev.fovea.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads an option that names a folder to write to, which is made if it is absent. */
final class OutputFolder implements ITypeConverter<Path> {

  @Override
  public Path convert(String value) {
    Path folder = Path.of(value);
    if (value.isBlank() || (Files.exists(folder) && !Files.isDirectory(folder))) {
      throw new TypeConversionException(
          value.isBlank() ? "no name of a folder" : value + " is a file; give a folder");
    }
    return folder;
  }
}
