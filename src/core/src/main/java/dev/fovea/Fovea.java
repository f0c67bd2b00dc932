package dev.fovea;

import ai.djl.Model;
import dev.fovea.backbone.Backbone;
import dev.fovea.backbone.Family;
import dev.fovea.backbone.FamilyProvider;
import dev.fovea.backbone.Registry;
import dev.fovea.hub.Blueprint;
import dev.fovea.hub.LoadOptions;
import dev.fovea.hub.ModelOpener;
import dev.fovea.hub.ModelProperties;
import dev.fovea.image.ModelTranslatorFactory;
import dev.fovea.model.ConvNeXt;
import dev.fovea.model.ConvNeXtV2;
import dev.fovea.model.MaskedAutoencoder;
import dev.fovea.model.MixTransformer;
import dev.fovea.model.ResNet;
import dev.fovea.model.SegFormer;
import dev.fovea.model.VisionTransformer;
import dev.fovea.nn.Layer;
import dev.fovea.weights.Dialect;
import dev.fovea.weights.StateDict;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;

/**
 * The front door: networks by name, as DJL models.
 *
 * <pre>{@code
 * Model model = Fovea.newModel("segformer_b0", 6);           // random weights
 * Fovea.save(model, Path.of("my-model"), Map.of("data", "shapes, seed 1"));
 * try (Model again = Fovea.load(Path.of("my-model"));
 *     Predictor<Image, CategoryMask> predictor = again.newPredictor(translator)) { ... }
 * }</pre>
 */
public final class Fovea {

  /** Name of the weight file in a model's folder. */
  public static final String WEIGHTS = ModelOpener.WEIGHTS;

  /** How DJL opens the folder. */
  private static final String SERVING =
      "blockFactory="
          + FoveaBlockFactory.class.getName()
          + "\ntranslatorFactory="
          + ModelTranslatorFactory.class.getName()
          + "\noption.hasParameter=false\n";

  private static final Dialect OWN_NAMES = Dialect.of("fovea");

  /** The catalogue: one line a family. */
  private static final List<Family<?>> CATALOGUE =
      List.of(
          SegFormer.FAMILY,
          MixTransformer.FAMILY,
          ConvNeXt.FAMILY,
          ConvNeXtV2.FAMILY,
          ResNet.FAMILY,
          VisionTransformer.FAMILY,
          MaskedAutoencoder.FAMILY);

  private Fovea() {}

  /**
   * Returns all networks: the library's own, and those that {@link FamilyProvider} services add.
   *
   * @return a registry
   */
  public static Registry registry() {
    List<Family<?>> families = new ArrayList<>(CATALOGUE);
    for (FamilyProvider provider : ServiceLoader.load(FamilyProvider.class)) {
      families.addAll(provider.families());
    }
    return Registry.of(families);
  }

  /**
   * Makes a network with random weights.
   *
   * @param preset name in the registry, such as {@code segformer_b0}
   * @param classes number of logits; 0 for a network without a head
   * @return a DJL model that holds the network; the caller closes it
   * @throws IllegalArgumentException if there is no such name; names the nearest ones
   */
  public static Model newModel(String preset, int classes) {
    Model model = Blueprint.preset(registry(), preset, classes).put(Model.newInstance(preset));
    ((Layer) model.getBlock()).initialize(model.getNDManager());
    return model;
  }

  /**
   * Makes a network that gives features, without a head.
   *
   * @param preset name in the registry, such as {@code convnext_tiny}
   * @return a new network; its parameters have no values yet
   * @throws IllegalArgumentException if there is no such name, or if it is no backbone
   */
  public static Backbone backbone(String preset) {
    return registry().backbone(preset);
  }

  /**
   * Saves a model's weights as {@link #WEIGHTS}, with all its sizes, how its images are prepared
   * and what its classes are called, so that {@link #load} finds what to build.
   *
   * @param model a model that {@link #newModel} or {@link #load} made
   * @param folder where to write; made if absent. An older file is replaced in one step
   * @param provenance where the weights come from: recipe, seed, data; kept in the file
   * @return the file
   * @throws IOException if writing fails; an older file is then untouched
   * @throws IllegalArgumentException if the model was made in another way
   */
  public static Path save(Model model, Path folder, Map<String, String> provenance)
      throws IOException {
    if (model.getProperty(ModelProperties.MODEL) == null) {
      throw new IllegalArgumentException(
          "model "
              + model.getName()
              + " was not made by Fovea.newModel; save its block with StateDict instead");
    }
    Map<String, String> metadata = new LinkedHashMap<>(provenance);
    for (String key : ModelProperties.ALL) {
      String value = model.getProperty(key);
      if (value != null) {
        metadata.put(key, value);
      }
    }
    Files.createDirectories(folder);
    Path file = folder.resolve(WEIGHTS);
    StateDict.of(model.getBlock()).save(file, OWN_NAMES, metadata);
    Path serving = folder.resolve("serving.properties");
    if (!Files.exists(serving)) {
      Files.writeString(serving, SERVING);
    }
    return file;
  }

  /**
   * Opens a model that {@link #save} wrote, a copy of a repository of the hub, or a file of
   * weights.
   *
   * <p>The model's properties ({@link ModelProperties}) say what it is, and {@link
   * dev.fovea.image.Translators} need no more than them.
   *
   * @param path a folder with weights that say what they are or with a {@code config.json} of
   *     transformers or timm; or a file of weights, whose network is found by names and shapes
   * @return a DJL model; the caller closes it
   * @throws IOException if the weights are absent, broken, or not those of a network of the
   *     registry
   */
  public static Model load(Path path) throws IOException {
    return load(path, LoadOptions.DEFAULT);
  }

  /**
   * Opens a model for another use than the one it was trained for.
   *
   * @param path see {@link #load(Path)}
   * @param options another head, other images; or which network a file belongs to
   * @return a DJL model; the caller closes it
   * @throws IOException if the weights are absent, broken, or not those of a network of the
   *     registry
   * @throws IllegalArgumentException if there is no such network as the options ask for
   */
  public static Model load(Path path, LoadOptions options) throws IOException {
    return new ModelOpener(registry(), options, Model::newInstance).open(path);
  }

  /**
   * Opens published weights, or what {@link #load(Path)} opens.
   *
   * <pre>{@code
   * Fovea.load("convnext_tiny.fb_in1k");                             // a name of the catalogue
   * Fovea.load("hf://nvidia/segformer-b0-finetuned-ade-512-512");    // any repository of the hub
   * Fovea.load("https://dl.fbaipublicfiles.com/convnext/convnext_tiny_1k_224_ema.pth");
   * }</pre>
   *
   * <p>Files are fetched once and kept; {@link dev.fovea.hub.HubOptions} says where. The licence of
   * the weights is logged, as a warning if it forbids commercial use.
   *
   * @param source a name of {@link dev.fovea.hub.Catalogue}, {@code hf://owner/name[@revision]},
   *     the address of a file of weights, or a path
   * @return a DJL model; the caller closes it
   * @throws IOException if nothing is found, cannot be fetched, is broken, or is no network of the
   *     registry
   */
  public static Model load(String source) throws IOException {
    return load(source, LoadOptions.DEFAULT);
  }

  /**
   * Opens published weights for another use than the one they were trained for.
   *
   * @param source see {@link #load(String)}
   * @param options another head, other images; or which network a file belongs to
   * @return a DJL model; the caller closes it
   * @throws IOException if nothing is found, cannot be fetched, is broken, or is no network of the
   *     registry
   * @throws IllegalArgumentException if there is no such network as the options ask for
   */
  public static Model load(String source, LoadOptions options) throws IOException {
    return new ModelOpener(registry(), options, Model::newInstance).open(source);
  }
}
