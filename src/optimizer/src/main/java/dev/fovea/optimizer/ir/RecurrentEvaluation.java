package dev.fovea.optimizer.ir;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.internal.NDArrayEx;
import ai.djl.nn.recurrent.RNN;
import java.util.List;

/** Runs recurrent layers. */
final class RecurrentEvaluation extends OperandArrays implements OpVisitor.Sequences<NDArray> {
  RecurrentEvaluation(NDList operands) {
    super(operands);
  }

  @Override
  public NDArray recurrent(RecurrentOp.Recurrent op) {
    long directions = op.bidirectional() ? 2 : 1;
    try (NDManager scope = x.getManager().newSubManager()) {
      NDList results = run(op, parameters(directions, scope));
      results.attach(scope);
      NDArray result =
          op.result() == RecurrentOp.Recurrent.Result.LAST_CELL
              ? results.get(2)
              : results.get(0).reshape(x.size(0), x.size(1), directions, -1).transpose(0, 2, 1, 3);
      result.attach(x.getManager());
      return result;
    }
  }

  /** In the engine's order: of each direction the two weights, and then of each the two biases. */
  private NDList parameters(long directions, NDManager scope) {
    NDList parameters = new NDList();
    for (long d = 0; d < directions; d++) {
      NDArray biases = row(3, d, scope);
      parameters.add(row(1, d, scope));
      parameters.add(row(2, d, scope));
      parameters.addAll(biases.split(2));
    }
    return parameters;
  }

  private NDArray row(int operand, long direction, NDManager scope) {
    NDArray row = operands.get(operand).get(direction);
    row.attach(scope);
    return row;
  }

  private NDList run(RecurrentOp.Recurrent op, NDList parameters) {
    NDArrayEx engine = x.getNDArrayInternal();
    boolean both = op.bidirectional();
    NDArray state = operands.get(4);
    return switch (op.kind()) {
      case LSTM ->
          engine.lstm(
              x,
              new NDList(List.of(state, operands.get(5))),
              parameters,
              true,
              1,
              0,
              false,
              both,
              false);
      case GRU -> engine.gru(x, state, parameters, true, 1, 0, false, both, false);
      case TANH ->
          engine.rnn(x, state, parameters, true, 1, RNN.Activation.TANH, 0, false, both, false);
      case RELU ->
          engine.rnn(x, state, parameters, true, 1, RNN.Activation.RELU, 0, false, both, false);
    };
  }
}
