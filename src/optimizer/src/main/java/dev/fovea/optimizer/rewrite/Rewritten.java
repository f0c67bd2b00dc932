package dev.fovea.optimizer.rewrite;

import dev.fovea.optimizer.ir.Graph;
import java.util.ArrayList;
import java.util.List;

/**
 * A graph after its rewrites, and what each of them did.
 *
 * @param graph the final graph
 * @param steps every application that changed the graph, in order
 */
public record Rewritten(Graph graph, List<Step> steps) {

  private static final int MAX_ROUNDS = 100;

  /**
   * One application of a rewrite.
   *
   * @param rewrite its name
   * @param before nodes of the graph that it was given
   * @param after nodes of the graph that it returned
   */
  public record Step(String rewrite, int before, int after) {}

  /** {@inheritDoc} */
  public Rewritten {
    steps = List.copyOf(steps);
  }

  /**
   * Applies a list of rewrites over and over, until none of them finds anything.
   *
   * @param graph the graph to start from
   * @param rewrites the rewrites, in order
   * @return the last graph and the steps to it
   * @throws IllegalStateException if rewrites undo each other and never come to an end
   */
  @SuppressWarnings("ReferenceEquality") // a rewrite that finds nothing returns the same object
  public static Rewritten of(Graph graph, List<Rewrite> rewrites) {
    List<Step> steps = new ArrayList<>();
    Graph current = graph;
    for (int round = 0; round < MAX_ROUNDS; round++) {
      Graph start = current;
      for (Rewrite rewrite : rewrites) {
        Graph next = rewrite.apply(current);
        if (next != current) {
          steps.add(new Step(rewrite.name(), current.nodes().size(), next.nodes().size()));
          current = next;
        }
      }
      if (current == start) {
        return new Rewritten(current, steps);
      }
    }
    throw new IllegalStateException(
        "The rewrites did not come to an end in "
            + MAX_ROUNDS
            + " rounds; the last ones were "
            + steps.subList(Math.max(0, steps.size() - 4), steps.size()));
  }
}
