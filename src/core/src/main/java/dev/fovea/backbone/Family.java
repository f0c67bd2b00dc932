package dev.fovea.backbone;

import dev.fovea.weights.Dialect;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/**
 * One architecture as the registry lists it: its sizes by name, and the namings in which its
 * weights are published.
 *
 * @param name name of the architecture, such as {@code segformer}
 * @param presets its sizes, smallest first
 * @param published the namings, the library's own first
 * @param <C> its configuration
 */
public record Family<C extends ModelConfig<C>>(
    String name, List<Preset<C>> presets, List<Published<C>> published) {

  /** {@inheritDoc} */
  public Family {
    presets = List.copyOf(presets);
    published = List.copyOf(published);
  }

  /**
   * Named sizes.
   *
   * @param name under which users ask for them, such as {@code segformer_b0}
   * @param config the sizes
   * @param <C> the family's configuration
   */
  public record Preset<C extends ModelConfig<C>>(String name, C config) {}

  /**
   * One code base that publishes weights.
   *
   * @param dialect how it names parameters
   * @param numerics what else it computes differently, as a change of the configuration: epsilons
   * @param written the same naming as files of one size have it; {@code dialect} reads all sizes
   * @param described how a file beside the weights describes the network
   * @param <C> the family's configuration
   */
  public record Published<C>(
      Dialect dialect,
      UnaryOperator<C> numerics,
      Function<C, Dialect> written,
      ConfigFile<C> described) {

    /**
     * Creates an entry for a code base whose files have no description beside them.
     *
     * @param dialect how it names parameters
     * @param numerics what else it computes differently, as a change of the configuration
     * @param written the same naming as files of one size have it
     */
    public Published(Dialect dialect, UnaryOperator<C> numerics, Function<C, Dialect> written) {
      this(dialect, numerics, written, file -> Optional.empty());
    }

    /**
     * Creates an entry for a code base whose files of all sizes have one form.
     *
     * @param dialect how it names parameters
     * @param numerics what else it computes differently, as a change of the configuration
     */
    public Published(Dialect dialect, UnaryOperator<C> numerics) {
      this(dialect, numerics, size -> dialect);
    }

    /**
     * Creates an entry for a code base that computes as the presets say.
     *
     * @param dialect how it names parameters
     */
    public Published(Dialect dialect) {
      this(dialect, UnaryOperator.identity());
    }

    /**
     * Returns the same entry for files with a description beside them.
     *
     * @param file how it is read
     * @return a changed copy
     */
    public Published<C> describedBy(ConfigFile<C> file) {
      return new Published<>(dialect, numerics, written, file);
    }
  }

  /**
   * Finds the sizes of a preset.
   *
   * @param name its name, such as {@code segformer_b0}
   * @return its configuration, or empty if the family has no such preset
   */
  public Optional<C> preset(String name) {
    return presets.stream().filter(p -> p.name().equals(name)).map(Preset::config).findFirst();
  }

  /**
   * Finds a naming.
   *
   * @param dialect its name, such as {@code timm}
   * @return the naming
   * @throws IllegalArgumentException if the family is not published in it
   */
  public Published<C> published(String dialect) {
    return published.stream()
        .filter(p -> p.dialect().name().equals(dialect))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    name
                        + " has no weights in dialect "
                        + dialect
                        + ", only "
                        + published.stream().map(p -> p.dialect().name()).toList()));
  }
}
