package dev.fovea.optimizer.ir;

import java.util.List;

/**
 * One operation applied to values.
 *
 * @param op what is computed, with its attributes
 * @param inputs operands, in the order that {@code op} documents
 * @param outputs results; every operation here has exactly one
 * @param source path of the block or parameter that this node was traced from, for messages and
 *     profiles; empty if unknown
 */
public record Node(Op op, List<Value> inputs, List<Value> outputs, String source) {

  /**
   * Copies the lists and checks their lengths.
   *
   * @param op what is computed, with its attributes
   * @param inputs operands, in the order that {@code op} documents
   * @param outputs results; every operation here has exactly one
   * @param source path of the block or parameter that this node was traced from, for messages and
   *     profiles; empty if unknown
   * @throws IllegalArgumentException if the operation takes another number of operands, or if there
   *     is not exactly one result
   */
  public Node {
    inputs = List.copyOf(inputs);
    outputs = List.copyOf(outputs);
    if (outputs.size() != 1) {
      throw new IllegalArgumentException(op + " has one result, got " + outputs);
    }
    OperandCount.Range operands = op.accept(new OperandCount());
    if (!operands.contains(inputs.size())) {
      throw new IllegalArgumentException(
          op
              + " takes "
              + operands.least()
              + " to "
              + operands.most()
              + " operands, got "
              + inputs);
    }
  }

  /**
   * Makes a node from its single result.
   *
   * @param op what is computed
   * @param inputs operands, in the order that {@code op} documents
   * @param output the result
   * @param source path of the block or parameter; empty if unknown
   * @return the node
   */
  public static Node of(Op op, List<Value> inputs, Value output, String source) {
    return new Node(op, inputs, List.of(output), source);
  }

  /**
   * Returns the single result.
   *
   * @return the first and only output
   */
  public Value output() {
    return outputs.get(0);
  }
}
