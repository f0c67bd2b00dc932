package dev.fovea.optimizer.ir;

/** Operations that carry a state from step to step of a sequence. */
public sealed interface RecurrentOp extends Op {

  /**
   * One recurrent layer over a sequence, in one direction or in both, with PyTorch's gates and
   * their order. Operands: x (T, B, I), the weights of the input (D, G H, I) and of the state (D, G
   * H, H), their two biases one after the other (D, 2 G H), the first state (D, B, H) and, for
   * {@link Kind#LSTM}, the first cell (D, B, H); D = 1 or 2 directions, G gates.
   *
   * @param kind the cell
   * @param bidirectional whether a second direction reads the sequence from its end
   * @param result which of the results
   */
  record Recurrent(Kind kind, boolean bidirectional, Result result) implements RecurrentOp {
    /** The cell. */
    public enum Kind {
      /** Input, forget, cell and output gate (Hochreiter and Schmidhuber, 1997). */
      LSTM(4),
      /** Reset, update and new gate (Cho et al., 2014), reset after the product. */
      GRU(3),
      /** Hyperbolic tangent. */
      TANH(1),
      /** max(x, 0). */
      RELU(1);

      private final int gates;

      Kind(int gates) {
        this.gates = gates;
      }

      /**
       * Returns G.
       *
       * @return the number of gates
       */
      public int gates() {
        return gates;
      }
    }

    /** Which of the results. */
    public enum Result {
      /** The state after each step (T, D, B, H). */
      STATES,
      /** The cell after the last step of each direction (D, B, H). */
      LAST_CELL
    }

    /** {@inheritDoc} */
    public Recurrent {
      Checks.check(kind == Kind.LSTM || result == Result.STATES, "result of " + kind, result);
    }

    @Override
    public <R> R accept(OpVisitor<R> v) {
      return v.sequences().recurrent(this);
    }
  }
}
