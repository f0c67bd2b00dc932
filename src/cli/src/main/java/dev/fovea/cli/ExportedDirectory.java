package dev.fovea.cli;

import ai.djl.Model;
import ai.djl.modality.cv.translator.ImageClassificationTranslatorFactory;
import ai.djl.ndarray.types.Shape;
import com.google.gson.Gson;
import com.google.gson.reflect.TypeToken;
import dev.fovea.image.LabelSet;
import dev.fovea.image.Normalize;
import dev.fovea.image.Preprocess;
import dev.fovea.image.Resample;
import dev.fovea.image.ResizeRule;
import dev.fovea.image.Translators;
import dev.fovea.optimizer.Optimizer;
import dev.fovea.optimizer.Precision;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A folder that DJL opens with its engine for ONNX Runtime, without a class of this library: the
 * graph, the names of the classes, and {@code serving.properties}, which says what DJL's own
 * translator has to do.
 */
final class ExportedDirectory {

  static final String GRAPH = "model.onnx";
  static final String PROPERTIES = "serving.properties";
  static final String CLASSES = "synset.txt";

  private ExportedDirectory() {}

  /** Writes the folder; {@link #PROPERTIES} comes last and in one step, so that no half is open. */
  static void write(
      Path folder, Optimizer optimizer, Precision storage, Model model, Shape input, int classes)
      throws IOException {
    Files.createDirectories(folder);
    optimizer.export(folder.resolve(GRAPH), storage);
    Map<String, String> properties = new LinkedHashMap<>();
    properties.put("engine", "OnnxRuntime");
    properties.put("option.modelName", "model");
    if (classes > 0 && !NamedModel.isSegmenter(model)) {
      replace(folder.resolve(CLASSES), labels(model, classes));
      properties.put("application", "cv/image_classification");
      properties.put("translatorFactory", ImageClassificationTranslatorFactory.class.getName());
      properties.put("synsetFileName", CLASSES);
      properties.put("applySoftmax", "true");
      properties.putAll(arguments(preprocess(model, input), input));
    }
    replace(
        folder.resolve(PROPERTIES),
        properties.entrySet().stream().map(e -> e.getKey() + "=" + e.getValue()).toList());
  }

  /** What the model says, else what its kind is mostly trained on. */
  static Preprocess preprocess(Model model, Shape input) {
    int height = (int) input.get(2);
    int width = (int) input.get(3);
    return Translators.preprocess(model)
        .filter(p -> p.inputShape().isPresent())
        .orElseGet(
            () ->
                NamedModel.isSegmenter(model) || width != height
                    ? Preprocess.exact(width, height, Resample.BILINEAR)
                    : Preprocess.evaluation(width, 0.875, Resample.BICUBIC));
  }

  /** The same in the words of DJL's translators; the filters are those of DJL's engine. */
  private static Map<String, String> arguments(Preprocess preprocess, Shape input) {
    Map<String, String> arguments = new LinkedHashMap<>();
    arguments.put("width", String.valueOf(input.get(3)));
    arguments.put("height", String.valueOf(input.get(2)));
    ResizeRule rule = preprocess.resize();
    String filter = preprocess.filter() == Resample.BICUBIC ? "BICUBIC" : "BILINEAR";
    switch (rule.kind()) {
      case SHORTEST_EDGE, COVER ->
          arguments.put("resizeShort", Math.min(rule.width(), rule.height()) + ",-1," + filter);
      case EXACT -> arguments.put("resize", rule.width() + "," + rule.height() + "," + filter);
      case NONE, CONTAIN -> arguments.put("resize", "true");
    }
    if (preprocess.crop().isPresent()) {
      arguments.put("centerCrop", "true");
    }
    arguments.put("toTensor", "true");
    arguments.put("normalize", numbers(preprocess.normalize()));
    return arguments;
  }

  private static String numbers(Normalize normalize) {
    return Stream.concat(normalize.mean().stream(), normalize.std().stream())
        .map(String::valueOf)
        .collect(Collectors.joining(","));
  }

  private static List<String> labels(Model model, int classes) {
    String json = model.getProperty(Translators.LABELS);
    if (json != null) {
      return new Gson().fromJson(json, new TypeToken<List<String>>() {}.getType());
    }
    return LabelSet.numbered(classes).labels();
  }

  private static void replace(Path file, List<String> lines) throws IOException {
    Path part = Files.createTempFile(file.toAbsolutePath().getParent(), ".", ".tmp");
    try {
      Files.write(part, lines);
      Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(part);
    }
  }
}
