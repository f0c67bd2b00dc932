package dev.fovea.cli;

import ai.djl.Model;
import dev.fovea.Fovea;
import dev.fovea.hub.HubException;
import dev.fovea.hub.HubOptions;
import dev.fovea.hub.LoadOptions;
import java.io.IOException;
import java.util.OptionalInt;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/** {@code --model}: which network, with which weights. */
final class ModelOption {

  @Spec(Target.MIXEE)
  private CommandSpec spec;

  @Option(
      names = "--model",
      required = true,
      paramLabel = "MODEL",
      description =
          "a name that 'fovea models --published' lists, hf://owner/name[@revision], an https://"
              + " address of weights, a folder or a file")
  private String source;

  @Option(
      names = "--preset",
      paramLabel = "NAME",
      description = "the network of a file of weights that does not say it; 'fovea models' lists")
  private String preset = "";

  @Option(
      names = "--offline",
      description = "use what has been fetched before; never ask the network")
  private boolean offline;

  @SuppressWarnings("NullAway.Init") // picocli fills the fields
  ModelOption() {}

  /** Opens the model as its weights say; the caller closes it. */
  Model open() throws IOException {
    return open(OptionalInt.empty());
  }

  /** Opens the model with another head, 0 for none; the caller closes it. */
  Model open(OptionalInt classes) throws IOException {
    try {
      return Fovea.load(source, options(classes));
    } catch (HubException e) {
      throw e;
    } catch (IOException e) {
      throw new ParameterException(spec.commandLine(), Main.oneLine(e), e);
    }
  }

  private LoadOptions options(OptionalInt classes) {
    ProgressBar bar = ProgressBar.onStandardError("download");
    HubOptions hub =
        HubOptions.fromEnvironment()
            .withProgress(
                (file, bytes, total) -> {
                  if (total > 0) {
                    bar.update(bytes, total, file, null);
                  }
                });
    LoadOptions options = LoadOptions.DEFAULT.withHub(offline ? hub.withOffline(true) : hub);
    options = preset.isEmpty() ? options : options.withPreset(preset);
    return classes.isPresent() ? options.withClasses(classes.getAsInt()) : options;
  }
}
