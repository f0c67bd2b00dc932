package dev.fovea.cli;

import ai.djl.nn.Parameter;
import dev.fovea.Fovea;
import dev.fovea.backbone.Family;
import dev.fovea.hub.Catalogue;
import dev.fovea.hub.PublishedModel;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code fovea models}: what can be asked for by name. */
@Command(
    name = "models",
    description = "Lists the networks of the catalogue.",
    mixinStandardHelpOptions = true)
final class ModelsCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @Option(names = "--published", description = "list published weights with their licences instead")
  private boolean published;

  @SuppressWarnings("NullAway.Init") // picocli fills the spec
  ModelsCommand() {}

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    if (published) {
      printPublished(out);
    } else {
      printNetworks(out);
    }
    out.flush();
    return 0;
  }

  private static void printPublished(PrintWriter out) {
    out.printf("%-52s %-20s %-12s %-34s %s%n", "weights", "network", "names", "licence", "address");
    for (PublishedModel model : Catalogue.standard().models()) {
      out.printf(
          "%-52s %-20s %-12s %-34s %s%n",
          model.name(),
          model.preset(),
          model.dialect(),
          model.licence() + (model.nonCommercial() ? " (non-commercial)" : ""),
          model.source());
    }
  }

  private static void printNetworks(PrintWriter out) {
    out.printf("%-22s %13s  %s%n", "name", "parameters", "weights load in the names of");
    for (Family<?> family : Fovea.registry().families()) {
      String dialects =
          String.join(", ", family.published().stream().map(p -> p.dialect().name()).toList());
      for (Family.Preset<?> preset : family.presets()) {
        long parameters =
            preset.config().build().getParameters().values().stream()
                .filter(Parameter::requiresGradient)
                .mapToLong(p -> p.getShape().size())
                .sum();
        out.printf(Locale.ROOT, "%-22s %,13d  %s%n", preset.name(), parameters, dialects);
      }
    }
  }
}
