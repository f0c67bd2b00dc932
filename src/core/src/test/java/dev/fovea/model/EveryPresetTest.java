package dev.fovea.model;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.ParameterStore;
import dev.fovea.Fovea;
import dev.fovea.backbone.Family;
import dev.fovea.backbone.ModelConfig;
import dev.fovea.nn.Layer;
import dev.fovea.weights.Checkpoint;
import dev.fovea.weights.SafeTensors;
import dev.fovea.weights.StateDict;
import dev.fovea.weights.TensorInfo;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every preset with all its memory, once in every naming: what is saved is what is loaded, and the
 * network computes an output of its shape. Holds one network at a time, of up to 2.7 GB, and its
 * file.
 */
@EnabledIfSystemProperty(
    named = "fovea.nightly",
    matches = "true",
    disabledReason = "takes long; mvn -Pnightly verify runs it")
class EveryPresetTest {
  @TempDir Path folder;

  static Stream<Arguments> presets_and_dialects() {
    return Fovea.registry().names().stream()
        .flatMap(
            preset ->
                Fovea.registry().family(preset).published().stream()
                    .map(published -> Arguments.of(preset, published.dialect().name())));
  }

  /** Numbers at random for a network that has none yet. */
  private record Random(Map<String, TensorInfo> tensors) implements Checkpoint {
    @Override
    public String source() {
      return "random";
    }

    @Override
    public NDArray read(NDManager manager, String name) {
      return manager.randomNormal(Objects.requireNonNull(tensors.get(name)).shape());
    }
  }

  @ParameterizedTest
  @MethodSource("presets_and_dialects")
  void what_is_saved_in_a_dialect_is_what_is_loaded(String preset, String dialect)
      throws IOException {
    check(Fovea.registry().family(preset), preset, dialect);
  }

  private <C extends ModelConfig<C>> void check(Family<C> family, String preset, String dialect)
      throws IOException {
    Family.Published<C> published = family.published(dialect);
    C sizes =
        family.presets().stream()
            .filter(p -> p.name().equals(preset))
            .findFirst()
            .orElseThrow()
            .config();
    C config = published.numerics().apply(sizes);
    Layer network = config.build();
    Path path = folder.resolve("weights.safetensors");
    try (NDManager manager = NDManager.newBaseManager()) {
      StateDict own = StateDict.of(network);
      own.load(new Random(own.tensors()), manager);
      Map<String, Long> saved = fingerprints(network);
      own.save(path, published.written().apply(config), Map.of());
      network.getParameters().values().forEach(p -> p.getArray().muli(0));
      assertThat(fingerprints(network)).isNotEqualTo(saved);
      try (SafeTensors file = SafeTensors.open(path)) {
        own.load(published.dialect().toOwn(file), manager);
      }
      assertThat(fingerprints(network)).isEqualTo(saved);

      NDList inputs = new NDList(manager.randomNormal(image(config)));
      if (config instanceof MaskedAutoencoder.Config mae) {
        inputs.add(manager.randomUniform(0, 1, new Shape(1, mae.encoder().patches())));
      }
      NDList outputs = network.forward(new ParameterStore(manager, false), inputs, false);
      assertThat(outputs.getShapes()).isEqualTo(network.getOutputShapes(inputs.getShapes()));
      if (config.classes() > 0) {
        assertThat(outputs.head().getShape().get(1)).isEqualTo(config.classes());
      }
    } finally {
      Files.deleteIfExists(path);
    }
  }

  private static Shape image(ModelConfig<?> config) {
    int side = config.imageSize() == 0 ? 64 : config.imageSize();
    return new Shape(1, config.inputChannels(), side, side);
  }

  private static Map<String, Long> fingerprints(Layer network) {
    Map<String, Long> result = new LinkedHashMap<>();
    network
        .getParameters()
        .forEach(
            entry -> {
              ByteBuffer bytes = entry.getValue().getArray().toByteBuffer(true);
              CRC32C crc = new CRC32C();
              crc.update(bytes);
              result.put(entry.getKey(), crc.getValue());
            });
    return result;
  }
}
