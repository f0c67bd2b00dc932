package dev.fovea.hub;

import ai.djl.Model;
import dev.fovea.backbone.ConfigFields;
import dev.fovea.backbone.ConfigJson;
import dev.fovea.backbone.Family;
import dev.fovea.backbone.ModelConfig;
import dev.fovea.backbone.Registry;
import dev.fovea.image.Preprocess;
import dev.fovea.image.Translators;
import dev.fovea.nn.Layer;
import dev.fovea.weights.Dialect;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A network that is not built yet, and how its weights are named.
 *
 * @param family the architecture
 * @param naming how the file at hand names the parameters
 * @param config all sizes
 * @param preprocess what lies between an image and the network; empty if nobody says it
 * @param labels names of the classes; empty if nobody says them
 * @param <C> the family's configuration
 */
public record Blueprint<C extends ModelConfig<C>>(
    Family<C> family,
    Dialect naming,
    C config,
    Optional<Preprocess> preprocess,
    List<String> labels) {

  private static final Dialect OWN_NAMES = Dialect.of("fovea");

  /** {@inheritDoc} */
  public Blueprint {
    labels = List.copyOf(labels);
  }

  /**
   * Plans a network of one of the presets, with the library's own names.
   *
   * @param registry where it is found
   * @param preset its name
   * @param classes number of logits; 0 for a network without a head
   * @return a plan
   * @throws IllegalArgumentException if there is no such name; names the nearest ones
   */
  public static Blueprint<?> preset(Registry registry, String preset, int classes) {
    return preset(registry.family(preset), preset, classes);
  }

  private static <C extends ModelConfig<C>> Blueprint<C> preset(
      Family<C> family, String preset, int classes) {
    C config = family.preset(preset).orElseThrow().withClasses(classes);
    return new Blueprint<>(family, OWN_NAMES, config, Optional.empty(), List.of());
  }

  /**
   * Plans the network that published weights belong to.
   *
   * @param registry where it is found
   * @param published an entry of the catalogue
   * @param labels names of its classes
   * @return a plan
   * @throws IOException if the entry has sizes that the network does not know
   */
  static Blueprint<?> published(Registry registry, PublishedModel published, List<String> labels)
      throws IOException {
    return published(registry.family(published.preset()), published, labels);
  }

  private static <C extends ModelConfig<C>> Blueprint<C> published(
      Family<C> family, PublishedModel published, List<String> labels) throws IOException {
    Family.Published<C> naming = family.published(published.dialect());
    C sizes = family.preset(published.preset()).orElseThrow().withClasses(published.classes());
    C config =
        ConfigJson.read(naming.numerics().apply(sizes), published.changes(), published.name());
    return new Blueprint<>(
        family, naming.dialect(), config, Optional.of(published.preprocess()), labels);
  }

  /**
   * Plans the network that a file of this library belongs to.
   *
   * @param registry where it is found
   * @param metadata what the file says
   * @param source what errors call it
   * @return a plan, or empty if it does not say which network it belongs to
   * @throws IOException if it says something that cannot be understood
   */
  static Optional<Blueprint<?>> stored(
      Registry registry, Map<String, String> metadata, String source) throws IOException {
    String model = metadata.get(ModelProperties.MODEL);
    String classes = metadata.get(ModelProperties.CLASSES);
    if (model == null || classes == null) {
      return Optional.empty();
    }
    try {
      Family<?> family =
          metadata.containsKey(ModelProperties.FAMILY)
              ? family(registry, metadata.get(ModelProperties.FAMILY))
              : registry.family(model);
      return Optional.of(stored(family, model, Integer.parseInt(classes), metadata, source));
    } catch (IllegalArgumentException e) {
      throw new IOException(
          source + ": " + model + " with " + classes + " classes: " + e.getMessage(), e);
    }
  }

  private static Family<?> family(Registry registry, String name) {
    return registry.families().stream()
        .filter(f -> f.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "no family is named "
                        + name
                        + ", only "
                        + registry.families().stream().map(Family::name).toList()));
  }

  private static <C extends ModelConfig<C>> Blueprint<C> stored(
      Family<C> family, String model, int classes, Map<String, String> metadata, String source)
      throws IOException {
    C base = family.preset(model).orElse(family.presets().get(0).config()).withClasses(classes);
    String text = metadata.get(ModelProperties.CONFIG);
    C config = text == null ? base : ConfigJson.read(base, text, source);
    String preprocess = metadata.get(Translators.PREPROCESS);
    String labels = metadata.get(Translators.LABELS);
    return new Blueprint<>(
        family,
        OWN_NAMES,
        config,
        preprocess == null
            ? Optional.empty()
            : Optional.of(Preprocess.fromJson(preprocess, source)),
        labels == null
            ? List.of()
            : ConfigFields.parse("{\"labels\":" + labels + "}", source).texts("labels"));
  }

  /**
   * Plans the network that a {@code config.json} describes.
   *
   * @param registry the networks to choose from
   * @param file the fields of the file
   * @param preprocess what another file says of images
   * @return a plan
   * @throws IOException if it describes no network of the registry, or one with parts that are not
   *     supported
   */
  static Blueprint<?> described(
      Registry registry, ConfigFields file, Optional<Preprocess> preprocess) throws IOException {
    HubLabels labels = new HubLabels(file);
    for (Family<?> family : registry.families()) {
      Optional<? extends Blueprint<?>> found = described(family, file, preprocess, labels);
      if (found.isPresent()) {
        return found.get();
      }
    }
    for (String key : List.of("architecture", "architectures", "model_type")) {
      if (file.has(key)) {
        throw file.fault(
            key,
            "no network of this library is described so; there are "
                + registry.families().stream().map(Family::name).toList());
      }
    }
    throw new IOException(
        file.source() + ": neither architecture nor architectures; this describes no network");
  }

  private static <C extends ModelConfig<C>> Optional<Blueprint<C>> described(
      Family<C> family, ConfigFields file, Optional<Preprocess> preprocess, HubLabels labels)
      throws IOException {
    for (Family.Published<C> naming : family.published()) {
      try {
        Optional<C> config = naming.described().read(file);
        if (config.isPresent()) {
          C sizes = config.get();
          List<String> names = labels.of(sizes.classes());
          int side =
              sizes.imageSize(); // an argument of the network may differ from its pre-training
          Optional<Preprocess> images =
              side == 0 ? preprocess : preprocess.map(p -> ImageSide.fit(p, side));
          return Optional.of(new Blueprint<>(family, naming.dialect(), sizes, images, names));
        }
      } catch (IllegalArgumentException e) {
        throw new IOException(file.source() + ": " + e.getMessage(), e);
      }
    }
    return Optional.empty();
  }

  /**
   * Gives a model this network, without values of its parameters, and lets it say what it is.
   *
   * @param model a DJL model without a network
   * @return the same model
   */
  public Model put(Model model) {
    Layer network = config.build();
    model.setBlock(network);
    model.setProperty(ModelProperties.MODEL, presetName().orElse(family.name()));
    model.setProperty(ModelProperties.FAMILY, family.name());
    model.setProperty(ModelProperties.CLASSES, String.valueOf(config.classes()));
    model.setProperty(ModelProperties.CONFIG, ConfigJson.write(config));
    preprocess.ifPresent(p -> model.setProperty(Translators.PREPROCESS, p.toJson()));
    if (!labels.isEmpty()) {
      Translators.label(model, labels);
    }
    return model;
  }

  /** The preset with these sizes, whatever the head; computed in one of the published ways. */
  private Optional<String> presetName() {
    for (Family.Preset<C> preset : family.presets()) {
      C sizes = preset.config();
      try {
        sizes = sizes.withClasses(config.classes());
      } catch (IllegalArgumentException e) {
        continue; // such a head is none of this network's
      }
      if (sizes.equals(config)) {
        return Optional.of(preset.name());
      }
      for (Family.Published<C> naming : family.published()) {
        if (naming.numerics().apply(sizes).equals(config)) {
          return Optional.of(preset.name());
        }
      }
    }
    return Optional.empty();
  }
}
