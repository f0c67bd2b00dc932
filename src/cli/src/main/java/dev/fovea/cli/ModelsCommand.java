package dev.fovea.cli;

import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import com.google.gson.Gson;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.fovea.Fovea;
import dev.fovea.backbone.Family;
import dev.fovea.hub.Catalogue;
import dev.fovea.hub.PublishedModel;
import java.io.PrintWriter;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code fovea models}: what can be asked for by name. */
@Command(
    name = "models",
    description =
        "Lists the networks of the catalogue, or the weights that are published for them.",
    mixinStandardHelpOptions = true)
final class ModelsCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @Parameters(
      paramLabel = "PATTERN",
      arity = "0..*",
      description = "only names that fit, such as 'convnext*' or '*.fb_in1k'")
  private List<String> patterns = List.of();

  @Option(names = "--family", paramLabel = "NAME", description = "only networks of this family")
  private String family = "";

  @Option(names = "--published", description = "list published weights with their licences instead")
  private boolean published;

  @Option(names = "--commercial", description = "only weights that may be used commercially")
  private boolean commercial;

  @Option(names = "--json", description = "a JSON list instead of a table")
  private boolean asJson;

  @SuppressWarnings("NullAway.Init") // picocli fills the spec
  ModelsCommand() {}

  @Override
  public Integer call() {
    Map<String, String> families = new TreeMap<>(); // of each network
    for (Family<?> f : Fovea.registry().families()) {
      f.presets().forEach(preset -> families.put(preset.name(), f.name()));
    }
    if (!family.isEmpty() && !families.containsValue(family)) {
      throw new IllegalArgumentException(
          "--family " + family + ": there are " + new TreeSet<>(families.values()));
    }
    List<JsonObject> rows = published || commercial ? publishedRows(families) : networkRows();
    PrintWriter out = spec.commandLine().getOut();
    if (asJson) {
      JsonArray list = new JsonArray();
      rows.forEach(list::add);
      out.println(new Gson().toJson(list));
    } else if (rows.isEmpty()) {
      throw new IllegalArgumentException("no name fits " + String.join(" ", patterns));
    } else if (published || commercial) {
      printPublished(rows, out);
    } else {
      printNetworks(rows, out);
    }
    out.flush();
    return 0;
  }

  private boolean wanted(String name, @Nullable String of) {
    boolean named =
        patterns.isEmpty()
            || patterns.stream().anyMatch(glob -> matcher(glob).matches(Path.of(name)));
    return named && (family.isEmpty() || family.equals(of));
  }

  private static PathMatcher matcher(String glob) {
    try {
      return FileSystems.getDefault().getPathMatcher("glob:" + glob);
    } catch (PatternSyntaxException e) {
      throw new IllegalArgumentException(
          "PATTERN " + glob + ": " + e.getDescription() + "; for example 'convnext*'", e);
    }
  }

  private List<JsonObject> networkRows() {
    List<JsonObject> rows = new ArrayList<>();
    for (Family<?> f : Fovea.registry().families()) {
      for (Family.Preset<?> preset : f.presets()) {
        if (!wanted(preset.name(), f.name())) {
          continue;
        }
        JsonObject row = new JsonObject();
        row.addProperty("name", preset.name());
        row.addProperty("family", f.name());
        row.addProperty(
            "parameters",
            preset.config().build().getParameters().values().stream()
                .filter(Parameter::requiresGradient)
                .mapToLong(p -> p.getShape().size())
                .sum());
        row.addProperty("imageSize", preset.config().imageSize());
        row.addProperty(
            "dialects",
            String.join(", ", f.published().stream().map(p -> p.dialect().name()).toList()));
        rows.add(row);
      }
    }
    return rows;
  }

  private List<JsonObject> publishedRows(Map<String, String> families) {
    List<JsonObject> rows = new ArrayList<>();
    for (PublishedModel model : Catalogue.standard().models()) {
      if (!wanted(model.name(), families.get(model.preset()))
          || (commercial && model.nonCommercial())) {
        continue;
      }
      JsonObject row = new JsonObject();
      row.addProperty("name", model.name());
      row.addProperty("network", model.preset());
      row.addProperty("dialect", model.dialect());
      row.addProperty("classes", model.classes());
      model
          .preprocess()
          .inputShape()
          .map(ModelsCommand::size)
          .ifPresent(size -> row.addProperty("input", size));
      model.labels().ifPresent(labels -> row.addProperty("labels", labels));
      row.addProperty("licence", model.licence());
      row.addProperty("nonCommercial", model.nonCommercial());
      row.addProperty("source", model.source().toString());
      model.sha256().ifPresent(sha -> row.addProperty("sha256", sha));
      rows.add(row);
    }
    return rows;
  }

  /** Width and height of (3, H, W). */
  private static String size(Shape shape) {
    return shape.get(2) + "x" + shape.get(1);
  }

  private static void printNetworks(List<JsonObject> rows, PrintWriter out) {
    out.printf(
        "%-22s %13s %6s  %s%n", "name", "parameters", "image", "weights load in the names of");
    for (JsonObject row : rows) {
      int side = row.get("imageSize").getAsInt();
      out.printf(
          Locale.ROOT,
          "%-22s %,13d %6s  %s%n",
          row.get("name").getAsString(),
          row.get("parameters").getAsLong(),
          side == 0 ? "any" : side,
          row.get("dialects").getAsString());
    }
  }

  private static void printPublished(List<JsonObject> rows, PrintWriter out) {
    String line = "%-52s %-20s %-12s %-9s %-34s %s%n";
    out.printf(line, "weights", "network", "names", "input", "licence", "address");
    for (JsonObject row : rows) {
      out.printf(
          line,
          row.get("name").getAsString(),
          row.get("network").getAsString(),
          row.get("dialect").getAsString(),
          row.has("input") ? row.get("input").getAsString() : "any",
          row.get("licence").getAsString()
              + (row.get("nonCommercial").getAsBoolean() ? " (non-commercial)" : ""),
          row.get("source").getAsString());
    }
  }
}
