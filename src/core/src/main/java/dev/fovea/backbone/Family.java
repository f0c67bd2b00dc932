package dev.fovea.backbone;

import dev.fovea.weights.Dialect;
import java.util.List;
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
   * @param <C> the family's configuration
   */
  public record Published<C>(
      Dialect dialect, UnaryOperator<C> numerics, Function<C, Dialect> written) {

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
