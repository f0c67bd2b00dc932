package dev.fovea.hub;

import ai.djl.Model;
import dev.fovea.backbone.ConfigFields;
import dev.fovea.backbone.Registry;
import dev.fovea.image.Preprocess;
import dev.fovea.weights.SafeTensors;
import dev.fovea.weights.WeightFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Opens models: of a folder, a file, a repository of the hub, or the catalogue. */
public final class ModelOpener {

  /** Name of the weight file in a folder of this library, and in most repositories of the hub. */
  public static final String WEIGHTS = "model.safetensors";

  private static final String CONFIG = "config.json";
  private static final String PREPROCESSOR = "preprocessor_config.json";
  private static final String SHARDS = "model.safetensors.index.json";
  private static final String TORCH = "pytorch_model.bin";
  private static final String TORCH_SHARDS = "pytorch_model.bin.index.json";

  private final Registry registry;
  private final LoadOptions options;

  /**
   * Creates an opener.
   *
   * @param registry the networks that there are
   * @param options what is wanted other than the files say
   */
  public ModelOpener(Registry registry, LoadOptions options) {
    this.registry = registry;
    this.options = options;
  }

  /**
   * Opens a folder or a file.
   *
   * @param path a folder with weights that say what they are or with a {@code config.json}, or a
   *     file of weights
   * @return a DJL model; the caller closes it
   * @throws IOException if something is absent, broken, or of an unknown kind
   */
  public Model open(Path path) throws IOException {
    if (!Files.isDirectory(path)) {
      return file(path, fileName(path), Map.of());
    }
    LocalFolder folder = new LocalFolder(path);
    Optional<Path> weights = weights(folder);
    if (weights.isEmpty()) {
      weights = folder.onlyWeights();
    }
    if (weights.isEmpty()) {
      throw new NoSuchFileException(
          path.resolve(WEIGHTS).toString(), null, "nor is there another file of weights");
    }
    return described(folder, weights.get(), description(folder));
  }

  /** What stands beside the weights: the network, and properties of the model. */
  private record Description(Blueprint<?> blueprint, Map<String, String> properties) {}

  private Optional<Description> description(ModelFiles files) throws IOException {
    Optional<Path> config = files.find(CONFIG);
    if (config.isEmpty()) {
      return Optional.empty();
    }
    ConfigFields fields = ConfigFields.read(config.get());
    Optional<Preprocess> preprocess = Optional.empty();
    if (fields.has("pretrained_cfg")) {
      preprocess = Optional.of(Preprocess.fromJson(fields.toString(), fields.source()));
    } else {
      Optional<Path> processor = files.find(PREPROCESSOR);
      if (processor.isPresent()) {
        preprocess = Optional.of(Preprocess.fromJson(processor.get()));
      }
    }
    String licence = fields.object("pretrained_cfg").text("license", "");
    return Optional.of(
        new Description(
            Blueprint.described(registry, fields, preprocess),
            licence.isEmpty() ? Map.of() : Map.of(ModelProperties.LICENCE, licence)));
  }

  private Optional<Path> weights(ModelFiles files) throws IOException {
    Optional<Path> single = files.find(WEIGHTS);
    if (single.isPresent()) {
      return single;
    }
    Optional<Path> index = files.find(SHARDS);
    if (index.isPresent()) {
      for (String shard : shards(index.get())) {
        if (files.find(shard).isEmpty()) {
          throw new IOException(index.get() + ": names " + shard + ", which is not there");
        }
      }
      return index;
    }
    Optional<Path> torch = files.find(TORCH);
    if (torch.isEmpty() && files.find(TORCH_SHARDS).isPresent()) {
      throw new IOException(
          files.source()
              + ": weights in several files of PyTorch cannot be read; save them as safetensors");
    }
    return torch;
  }

  /** The files that an index names, to be fetched; what it says otherwise is checked on opening. */
  private static Set<String> shards(Path index) throws IOException {
    ConfigFields map = ConfigFields.read(index).object("weight_map");
    Set<String> shards = new LinkedHashSet<>();
    for (String tensor : map.names()) {
      shards.add(map.text(tensor, ""));
    }
    return shards;
  }

  private Model described(ModelFiles files, Path weights, Optional<Description> described)
      throws IOException {
    try (WeightFile file = WeightFile.open(weights)) {
      Optional<Blueprint<?>> own = stored(file);
      Map<String, String> properties = new LinkedHashMap<>(files.origin());
      Blueprint<?> blueprint;
      if (own.isPresent()) {
        blueprint = own.get();
      } else if (described.isPresent()) {
        blueprint = described.get().blueprint();
        properties.putAll(described.get().properties());
      } else {
        blueprint = WeightNames.recognize(registry, file, options);
      }
      return finish(blueprint.load(file, options, name(files.source())), file, properties);
    }
  }

  /** Opens a file that lies alone. */
  Model file(Path path, String name, Map<String, String> origin) throws IOException {
    try (WeightFile file = WeightFile.open(path)) {
      Optional<Blueprint<?>> own = stored(file);
      Blueprint<?> blueprint =
          own.isPresent() ? own.get() : WeightNames.recognize(registry, file, options);
      return finish(blueprint.load(file, options, name), file, origin);
    }
  }

  private Optional<Blueprint<?>> stored(WeightFile file) throws IOException {
    return file instanceof SafeTensors tensors
        ? Blueprint.stored(registry, tensors.metadata(), file.source())
        : Optional.empty();
  }

  private static Model finish(Model model, WeightFile file, Map<String, String> origin) {
    if (file instanceof SafeTensors tensors) {
      for (String key :
          List.of(
              ModelProperties.SOURCE,
              ModelProperties.REVISION,
              ModelProperties.SHA256,
              ModelProperties.LICENCE)) {
        String value = tensors.metadata().get(key);
        if (value != null) {
          model.setProperty(key, value);
        }
      }
    }
    origin.forEach(model::setProperty);
    if (model.getProperty(ModelProperties.SOURCE) == null) {
      model.setProperty(ModelProperties.SOURCE, fileName(Path.of(file.source())));
    }
    return model;
  }

  private static String name(String source) {
    return fileName(Path.of(source));
  }

  private static String fileName(Path path) {
    Path name = path.getFileName();
    return name == null ? path.toString() : name.toString();
  }
}
