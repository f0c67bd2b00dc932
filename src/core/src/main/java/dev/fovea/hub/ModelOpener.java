package dev.fovea.hub;

import ai.djl.Model;
import dev.fovea.backbone.ConfigFields;
import dev.fovea.backbone.Registry;
import dev.fovea.image.LabelSet;
import dev.fovea.image.Preprocess;
import dev.fovea.weights.SafeTensors;
import dev.fovea.weights.WeightFile;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/** Opens models: of a folder, a file, a repository of the hub, or the catalogue. */
public final class ModelOpener {

  /** Name of the weight file in a folder of this library, and in most repositories of the hub. */
  public static final String WEIGHTS = "model.safetensors";

  private static final String CONFIG = "config.json";
  private static final String PREPROCESSOR = "preprocessor_config.json";
  private static final String SHARDS = "model.safetensors.index.json";
  private static final String CARD = "README.md";
  private static final String TORCH = "pytorch_model.bin";
  private static final String TORCH_SHARDS = "pytorch_model.bin.index.json";

  private final Registry registry;
  private final LoadOptions options;
  private final Function<String, Model> models;

  /**
   * Creates an opener.
   *
   * @param registry the networks that there are
   * @param options what is wanted other than the files say
   * @param models makes a DJL model without a network, of a name
   */
  public ModelOpener(Registry registry, LoadOptions options, Function<String, Model> models) {
    this.registry = registry;
    this.options = options;
    this.models = models;
  }

  /**
   * Opens published weights by name or address, or a folder or a file.
   *
   * @param source a name of the catalogue; {@code hf://owner/name[@revision]}; the {@code https://}
   *     address of a file of weights; or what {@link #open(Path)} takes
   * @return a DJL model; the caller closes it
   * @throws IOException if nothing is found, cannot be fetched, or is broken
   */
  public Model open(String source) throws IOException {
    if (source.isBlank()) {
      throw new IOException("a model without a name: give one, an address or a path");
    }
    if (HubRepository.isAddress(source)) {
      return repository(HubRepository.parse(source));
    }
    Catalogue catalogue = Catalogue.standard();
    Optional<PublishedModel> published = catalogue.find(source);
    if (published.isPresent()) {
      return published(published.get());
    }
    if (source.matches("(?i)https?://.*")) {
      Optional<PublishedModel> known = catalogue.of(source);
      return known.isPresent() ? published(known.get()) : address(URI.create(source));
    }
    Path path = Path.of(source);
    if (Files.exists(path)) {
      return open(path);
    }
    throw new NoSuchFileException(
        source,
        null,
        "no folder, no file, and no published weights of that name; nearest: "
            + String.join(", ", catalogue.nearest(source))
            + (registry.names().contains(source)
                ? ". It is a network: Fovea.newModel makes it with random weights"
                : ""));
  }

  private HubClient client() {
    return new HubClient(options.hub().orElseGet(HubOptions::fromEnvironment));
  }

  private Model repository(HubRepository repository) throws IOException {
    HubSnapshot files = new HubSnapshot(client(), repository);
    Optional<Description> described = description(files);
    Path weights =
        weights(files)
            .orElseThrow(
                () ->
                    new IOException(
                        repository + " has none of the files " + List.of(WEIGHTS, SHARDS, TORCH)));
    Optional<Licence> licence = Catalogue.standard().of(files.source()).map(Licence::of);
    Optional<Path> card = licence.isPresent() ? Optional.empty() : files.find(CARD);
    if (card.isPresent()) {
      licence = Licence.ofCard(card.get());
    }
    Model model = described(files, weights, described);
    licence.ifPresent(l -> l.say(files.source()).forEach(model::setProperty));
    return model;
  }

  private Model published(PublishedModel published) throws IOException {
    List<String> labels =
        published.labels().map(set -> LabelSet.of(set).labels()).orElse(List.of());
    Blueprint<?> blueprint = Blueprint.published(registry, published, labels);
    Map<String, String> properties =
        new LinkedHashMap<>(Licence.of(published).say(published.name()));
    String source = published.source().toString();
    Path weights;
    if (HubRepository.isAddress(source)) {
      HubSnapshot files = new HubSnapshot(client(), HubRepository.parse(source));
      weights =
          weights(files).orElseThrow(() -> new IOException(source + " has no file of weights"));
      properties.putAll(files.origin());
      check(published, Optional.ofNullable(properties.get(ModelProperties.SHA256)));
    } else {
      HubFile file = client().url(published.source(), published.sha256());
      weights = file.path();
      properties.put(ModelProperties.SOURCE, source);
      file.sha256().ifPresent(sha -> properties.put(ModelProperties.SHA256, sha));
    }
    try (WeightFile file = WeightFile.open(weights)) {
      return finish(load(blueprint, file, published.name()), file, properties);
    }
  }

  private static void check(PublishedModel published, Optional<String> sha256) throws IOException {
    if (published.sha256().isPresent()
        && sha256.isPresent()
        && !sha256.get().startsWith(published.sha256().get())) {
      throw new IOException(
          published.source()
              + " is not what was published as "
              + published.name()
              + ": its SHA-256 is "
              + sha256.get()
              + ", not "
              + published.sha256().get());
    }
  }

  private Model address(URI address) throws IOException {
    HubFile file = client().url(address, Optional.empty());
    Map<String, String> properties = new LinkedHashMap<>();
    properties.put(ModelProperties.SOURCE, address.toString());
    file.sha256().ifPresent(sha -> properties.put(ModelProperties.SHA256, sha));
    return file(file.path(), fileName(Path.of(address.getPath())), properties);
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
          path.resolve(WEIGHTS).toString(), null, "no such file, nor another one of weights");
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
      return finish(load(blueprint, file, name(files.source())), file, properties);
    }
  }

  /** Opens a file that lies alone. */
  Model file(Path path, String name, Map<String, String> origin) throws IOException {
    try (WeightFile file = WeightFile.open(path)) {
      Optional<Blueprint<?>> own = stored(file);
      Blueprint<?> blueprint =
          own.isPresent() ? own.get() : WeightNames.recognize(registry, file, options);
      return finish(load(blueprint, file, name), file, origin);
    }
  }

  private Model load(Blueprint<?> blueprint, WeightFile file, String name) throws IOException {
    return FittedWeights.load(blueprint, file, options, models.apply(name));
  }

  private Optional<Blueprint<?>> stored(WeightFile file) throws IOException {
    return file instanceof SafeTensors tensors
        ? Blueprint.stored(registry, tensors.metadata(), file.source())
        : Optional.empty();
  }

  private static Model finish(Model model, WeightFile file, Map<String, String> origin) {
    if (file instanceof SafeTensors tensors) {
      for (String key : ModelProperties.ORIGIN) {
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
