package dev.fovea.weights;

import java.io.IOException;
import java.util.List;
import java.util.stream.Stream;

/**
 * A published way to name the tensors of a network, as rules that lead to the library's own naming
 * and back.
 *
 * <p>For each tensor the first rule that matches is taken; a tensor that none matches keeps its
 * name.
 *
 * <pre>{@code
 * Dialect facebook = Dialect.of("facebook",
 *     Rule.rename("stages.{s}.{b}.dwconv.{*}", "stages.{s}.blocks.{b}.conv_dw.{*}"),
 *     Rule.reshape("stages.{s}.{b}.grn.gamma", "1 1 1 C", "stages.{s}.blocks.{b}.mlp.grn.weight", "C"),
 *     Rule.drop("{*}.num_batches_tracked"));
 * try (SafeTensors file = SafeTensors.open(path)) {
 *   StateDict.of(model).load(facebook.toOwn(file), manager);
 * }
 * }</pre>
 *
 * @param name the dialect's name: the project or organization that publishes files in it
 * @param rules the rules, the first that matches is taken
 */
public record Dialect(String name, List<Rule> rules) {

  /**
   * Creates a dialect.
   *
   * @param name the dialect's name
   * @param rules the rules, the first that matches is taken
   */
  public Dialect {
    rules = List.copyOf(rules);
  }

  /**
   * Creates a dialect; one without rules is the library's own naming.
   *
   * @param name the dialect's name
   * @param rules the rules, the first that matches is taken
   * @return the dialect
   */
  public static Dialect of(String name, Rule... rules) {
    return new Dialect(name, List.of(rules));
  }

  /**
   * Returns a dialect with more rules after these.
   *
   * @param more the rules to add
   * @return a dialect of the same name
   */
  public Dialect and(List<Rule> more) {
    return new Dialect(name, Stream.concat(rules.stream(), more.stream()).toList());
  }

  /**
   * Shows a file of this dialect under the library's own names. Nothing is read yet.
   *
   * @param file the checkpoint in this dialect
   * @return a view of it
   * @throws WeightsFormatException if a rule does not fit the tensors that it matches, or two
   *     tensors get the same name
   */
  public Checkpoint toOwn(Checkpoint file) throws IOException {
    return RuledView.of(file, rules);
  }

  /**
   * Shows tensors with the library's own names as a file of this dialect. Nothing is read yet.
   *
   * <p>What {@link Rule#drop} leaves out on the way in is not made up on the way out.
   *
   * @param own the checkpoint with our names
   * @return a view of it
   * @throws WeightsFormatException if a rule does not fit the tensors that it matches, or two
   *     tensors get the same name
   * @throws IllegalStateException if the file would not be read back as what was given, because the
   *     rules contradict each other
   */
  public Checkpoint toFile(Checkpoint own) throws IOException {
    Checkpoint file = RuledView.of(own, rules.stream().map(Rule::inverse).toList());
    if (!toOwn(file).tensors().equals(own.tensors())) {
      throw new IllegalStateException(
          "dialect '" + name + "' does not lead back to the names of " + own.source());
    }
    return file;
  }
}
