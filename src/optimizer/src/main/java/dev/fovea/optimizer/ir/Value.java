package dev.fovea.optimizer.ir;

/**
 * One tensor of a graph, defined once: by an input, by a constant or by the node that computes it.
 *
 * @param id number that no other value of the graph has
 * @param name readable name; unique in the graph, and the tensor's name in an exported file
 * @param type element type and dimensions
 */
public record Value(int id, String name, Type type) {

  /** The number alone, which no other value of a graph has: graphs look values up very often. */
  @Override
  public int hashCode() {
    return id;
  }

  @Override
  public String toString() {
    return "%" + name;
  }
}
