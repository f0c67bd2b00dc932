package dev.fovea.benchmark;

import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import dev.fovea.Fovea;
import dev.fovea.backbone.Family;
import dev.fovea.backbone.ModelConfig;
import dev.fovea.nn.Layer;
import dev.fovea.weights.Dialect;
import dev.fovea.weights.StateDict;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;

/** The models that are measured; the peer in Python builds the same from a published library. */
enum Subject {
  CONVNEXT_TINY("timm", 1000, 224),
  SEGFORMER_B0("huggingface", 150, 512),
  VIT_BASE("timm", 1000, 224);

  private final String dialect;
  private final int classes;
  private final int side;

  Subject(String dialect, int classes, int side) {
    this.dialect = dialect;
    this.classes = classes;
    this.side = side;
  }

  /** The name of the preset. */
  String preset() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** One image. */
  Shape shape() {
    return new Shape(1, 3, side, side);
  }

  /**
   * Builds the model with weights that keep the values of every layer in range, and writes them in
   * the names of the peer's library.
   */
  Model open(Path weights) throws IOException {
    return open(Fovea.registry().family(preset()), weights);
  }

  private <C extends ModelConfig<C>> Model open(Family<C> family, Path weights) throws IOException {
    Family.Published<C> published = family.published(dialect);
    C config =
        family.presets().stream()
            .filter(p -> p.name().equals(preset()))
            .map(Family.Preset::config)
            .findFirst()
            .orElseThrow();
    Layer network = published.numerics().apply(config).withClasses(classes).build();
    Model model = Model.newInstance(preset(), "PyTorch");
    network.initialize(model.getNDManager());
    model.getNDManager().getEngine().setRandomSeed(1);
    fill(network, model.getNDManager());
    model.setBlock(network);
    Dialect names = published.dialect();
    StateDict.of(network).save(weights, names, Map.of());
    return model;
  }

  /** Matrices keep the variance of what they are given; scales are near 1, the rest near 0. */
  private static void fill(Layer network, NDManager manager) {
    for (var entry : network.getParameters()) {
      Parameter parameter = entry.getValue();
      NDArray array = parameter.getArray();
      Shape shape = array.getShape();
      try (NDManager scope = manager.newSubManager()) {
        if (shape.dimension() >= 2) {
          float bound = (float) Math.sqrt(3.0 * shape.get(0) / shape.size());
          copy(scope.randomUniform(-bound, bound, shape, DataType.FLOAT32), array);
        } else {
          float centre = isScale(parameter) ? 1 : 0;
          copy(scope.randomUniform(centre - 0.1f, centre + 0.1f, shape, DataType.FLOAT32), array);
        }
      }
    }
  }

  private static boolean isScale(Parameter parameter) {
    return switch (parameter.getType()) {
      case GAMMA, RUNNING_VAR -> true;
      default -> parameter.getName().contains("scale");
    };
  }

  private static void copy(NDArray from, NDArray to) {
    from.copyTo(to);
  }
}
