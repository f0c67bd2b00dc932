package dev.fovea.cli;

import dev.fovea.golden.GoldenCases;
import dev.fovea.golden.Outcome;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code fovea golden}: does this machine reproduce the reference values? */
@Command(
    name = "golden",
    description = "Runs every golden case below the folders; exit code 1 if one fails.",
    mixinStandardHelpOptions = true)
final class GoldenCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "DIR", arity = "1..*", description = "folders with golden cases")
  private List<Path> folders = List.of();

  @SuppressWarnings("NullAway.Init") // picocli fills the spec
  GoldenCommand() {}

  @Override
  public Integer call() throws IOException {
    for (Path folder : folders) {
      if (!Files.isDirectory(folder)) {
        throw new ParameterException(
            spec.commandLine(),
            folder + (Files.exists(folder) ? " is a file, no folder" : ": no such folder"));
      }
    }
    PrintWriter out = spec.commandLine().getOut();
    int passed = 0;
    int failed = 0;
    int skipped = 0;
    List<Path> cases = GoldenCases.find(folders);
    if (cases.isEmpty()) {
      throw new ParameterException(spec.commandLine(), "no golden case is below " + folders);
    }
    for (Path path : cases) {
      Outcome outcome = GoldenCases.run(path);
      out.println(outcome);
      out.flush();
      if (outcome instanceof Outcome.Pass) {
        passed++;
      } else if (outcome instanceof Outcome.Fail) {
        failed++;
      } else {
        skipped++;
      }
    }
    out.printf("%d passed, %d failed, %d skipped%n", passed, failed, skipped);
    out.flush();
    return failed == 0 ? 0 : 1;
  }
}
