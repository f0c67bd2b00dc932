package dev.fovea.cli;

import com.google.gson.GsonBuilder;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code fovea doctor}: what works on this machine, and what to do about the rest. */
@Command(
    name = "doctor",
    description =
        "Says what works on this machine and what to do about the rest; exit code 1 if what is"
            + " used by default does not work.",
    mixinStandardHelpOptions = true)
final class DoctorCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @Option(names = "--json", description = "print JSON instead of text")
  private boolean json;

  @SuppressWarnings("NullAway.Init") // picocli fills the spec
  DoctorCommand() {}

  @Override
  public Integer call() {
    Diagnosis diagnosis = Doctor.examine();
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      out.println(
          new GsonBuilder().setPrettyPrinting().disableHtmlEscaping().create().toJson(diagnosis));
    } else {
      print(diagnosis, out);
    }
    out.flush();
    return diagnosis.works() ? 0 : 1;
  }

  private static void print(Diagnosis diagnosis, PrintWriter out) {
    for (Diagnosis.Part part : diagnosis.parts()) {
      out.printf("%-12s %s%n", part.name(), part.state().name().toLowerCase(Locale.ROOT));
      part.found().forEach((name, value) -> out.printf("  %s: %s%n", name, value));
      if (!part.advice().isEmpty()) {
        out.printf("  %s%n", part.advice());
      }
    }
    out.println(
        diagnosis.works()
            ? "Everything that is used by default works."
            : "What is used by default does not work: see above.");
  }
}
