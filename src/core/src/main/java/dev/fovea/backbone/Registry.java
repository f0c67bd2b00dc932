package dev.fovea.backbone;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Networks by name. Immutable: adding a family gives a new registry. */
public final class Registry {

  private final Map<String, Family<?>> families;

  private Registry(Map<String, Family<?>> families) {
    this.families = Collections.unmodifiableMap(families);
  }

  /**
   * Creates a registry.
   *
   * @param families the architectures, in the order in which they are listed
   * @return a registry of all their presets
   * @throws IllegalArgumentException if two presets have the same name
   */
  public static Registry of(List<Family<?>> families) {
    Map<String, Family<?>> byPreset = new LinkedHashMap<>();
    for (Family<?> family : families) {
      for (Family.Preset<?> preset : family.presets()) {
        Family<?> other = byPreset.put(preset.name(), family);
        if (other != null) {
          throw new IllegalArgumentException(
              preset.name() + " is given twice: by " + other.name() + " and " + family.name());
        }
      }
    }
    return new Registry(byPreset);
  }

  /**
   * Returns the names of all presets.
   *
   * @return names, in the order of the families
   */
  public Set<String> names() {
    return families.keySet();
  }

  /**
   * Returns the family of a preset.
   *
   * @param preset name such as {@code segformer_b0}
   * @return the family that lists it
   * @throws IllegalArgumentException if no family does; names the nearest ones
   */
  public Family<?> family(String preset) {
    Family<?> family = families.get(preset);
    if (family == null) {
      throw new IllegalArgumentException(
          "no model is named "
              + preset
              + "; nearest: "
              + String.join(", ", NearestNames.of(preset, names())));
    }
    return family;
  }

  /**
   * Returns the sizes of a preset.
   *
   * @param preset name such as {@code segformer_b0}
   * @return its configuration, ready to be changed and built
   * @throws IllegalArgumentException if there is none of that name; names the nearest ones
   */
  public ModelConfig<?> config(String preset) {
    return family(preset).presets().stream()
        .filter(p -> p.name().equals(preset))
        .findFirst()
        .orElseThrow()
        .config();
  }

  /**
   * Returns the families, each once.
   *
   * @return the families, in the order in which they are listed
   */
  public Set<Family<?>> families() {
    return new LinkedHashSet<>(families.values());
  }

  /**
   * Builds a network that gives features, without a head.
   *
   * @param preset name such as {@code convnext_tiny}
   * @return a new network; its parameters have no values yet
   * @throws IllegalArgumentException if there is none of that name, or if it is no backbone
   */
  public Backbone backbone(String preset) {
    ModelConfig<?> config = config(preset);
    if (config.build() instanceof Backbone && config.asBackbone().build() instanceof Backbone b) {
      return b;
    }
    throw new IllegalArgumentException(
        preset + " (" + family(preset).name() + ") gives no feature maps, so it is no backbone");
  }
}
