package dev.fovea.optimizer.rewrite;

import dev.fovea.optimizer.ir.Graph;

/**
 * One change that leaves what a graph computes as it is. The Javadoc of each rewrite shows the
 * graph before and after, and when it must not fire.
 */
public interface Rewrite {

  /**
   * Fires wherever the pattern is found.
   *
   * @param graph any graph
   * @return the changed graph; the very same object if the pattern was not found
   */
  Graph apply(Graph graph);

  /**
   * The name used in reports.
   *
   * @return the name of the class
   */
  default String name() {
    return getClass().getSimpleName();
  }
}
