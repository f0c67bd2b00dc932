package dev.fovea.benchmark;

import picocli.CommandLine;
import picocli.CommandLine.Command;

/** Starts the benchmarks. */
@Command(
    name = "benchmark",
    description = "Measures the optimizer beside its peers.",
    mixinStandardHelpOptions = true,
    subcommands = {SideBySideCommand.class, OverheadCommand.class, CompileCommand.class})
final class Main {

  private Main() {}

  /**
   * Runs one and ends the process.
   *
   * @param args command line
   */
  public static void main(String[] args) {
    System.exit(new CommandLine(new Main()).execute(args));
  }
}
