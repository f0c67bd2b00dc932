package dev.fovea;

import ai.djl.Model;
import ai.djl.nn.Block;
import ai.djl.nn.BlockFactory;
import dev.fovea.hub.LoadOptions;
import dev.fovea.hub.ModelOpener;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Lets DJL's {@code Criteria} open what {@link Fovea#load(String)} opens: gives the model its
 * network with weights, and the properties that its translators need.
 *
 * <p>{@link Fovea#save} names this class in the {@code serving.properties} of a folder, with {@code
 * option.hasParameter=false}, as there is no file of DJL's own format to read.
 *
 * <p>The arguments {@code load.classes}, {@code load.inputChannels}, {@code load.imageSize}, {@code
 * load.preset}, {@code load.dialect}, {@code load.endpoint}, {@code load.cache} and {@code
 * load.offline} are those of {@link LoadOptions} and {@link dev.fovea.hub.HubOptions}; another one
 * that starts with {@code load.} is refused.
 */
public final class FoveaBlockFactory implements BlockFactory {
  private static final long serialVersionUID = 1L;

  private final @Nullable String source;

  /** Creates a factory for the folder that DJL opens; DJL does it by name. */
  public FoveaBlockFactory() {
    this(null);
  }

  FoveaBlockFactory(@Nullable String source) {
    this.source = source;
  }

  /** {@inheritDoc} What is refused closes the model, as DJL itself leaves it to the collector. */
  @Override
  public Block newBlock(Model model, Path modelPath, Map<String, ?> arguments) throws IOException {
    try {
      LoadOptions options = LoadArguments.read(arguments);
      ModelOpener opener = new ModelOpener(Fovea.registry(), options, name -> model);
      Model opened = source == null ? opener.open(modelPath) : opener.open(source);
      return opened.getBlock();
    } catch (IOException | RuntimeException | Error e) {
      model.close();
      throw e;
    }
  }
}
