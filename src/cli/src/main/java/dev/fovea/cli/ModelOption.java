package dev.fovea.cli;

import ai.djl.Model;
import dev.fovea.Fovea;
import dev.fovea.hub.HubException;
import dev.fovea.hub.LoadOptions;
import dev.fovea.image.Preprocess;
import java.io.IOException;
import java.util.OptionalInt;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/** {@code --model}: which network, with which weights, for which images. */
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

  @Mixin private HubOption hub;

  @Mixin private SizeOption size;

  @SuppressWarnings("NullAway.Init") // picocli fills the fields
  ModelOption() {}

  /** Opens the model, for images of the size that was asked for; the caller closes it. */
  Model open() throws IOException {
    return open(OptionalInt.empty());
  }

  /** Opens the model with another head, 0 for none; the caller closes it. */
  Model open(OptionalInt classes) throws IOException {
    LoadOptions options = hub.loading();
    if (!preset.isEmpty()) {
      Fovea.registry().config(preset); // refuses an unknown one
      options = options.withPreset(preset);
    }
    if (classes.isPresent()) {
      options = options.withClasses(classes.getAsInt());
    }
    try {
      return size.load(source, options);
    } catch (HubException e) {
      throw e;
    } catch (IOException e) {
      throw new ParameterException(spec.commandLine(), Main.oneLine(e), e);
    }
  }

  /** How the model's images are prepared. */
  Preprocess preprocess(Model model) {
    return size.preprocess(model);
  }
}
