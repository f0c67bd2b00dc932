package dev.fovea.optimizer.trace;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.recurrent.RNN;
import dev.fovea.optimizer.ir.IndexOp;
import dev.fovea.optimizer.ir.Op;
import dev.fovea.optimizer.ir.RecurrentOp.Recurrent;
import dev.fovea.optimizer.ir.ShapeOp;
import java.util.ArrayList;
import java.util.List;

/**
 * How DJL's recurrent layers are recorded: a node for each layer and, for LSTM, one for its last
 * cell, which is dropped where nobody asks for it.
 */
final class RecurrentCalls {
  private static final List<Integer> SWAPPED = List.of(1, 0, 2);

  private final Recorder recorder;

  RecurrentCalls(Recorder recorder) {
    this.recorder = recorder;
  }

  /** Returns the states of the last layer, the last states of all and, for LSTM, their cells. */
  List<TracedArray> result(Call call) {
    boolean rnn = call.name().equals("rnn");
    int shift = rnn ? 1 : 0; // the activation comes before the rate
    Recurrent.Kind kind =
        switch (call.name()) {
          case "lstm" -> Recurrent.Kind.LSTM;
          case "gru" -> Recurrent.Kind.GRU;
          default -> call.get(5) == RNN.Activation.TANH ? Recurrent.Kind.TANH : Recurrent.Kind.RELU;
        };
    if (call.flag(6 + shift) && call.number(5 + shift).doubleValue() > 0) {
      throw new IllegalArgumentException("it drops at random, as in training");
    }
    boolean both = call.flag(7 + shift);
    boolean batchFirst = call.flag(8 + shift);
    List<TracedArray> states =
        kind == Recurrent.Kind.LSTM
            ? call.list(1).stream().map(recorder::traced).toList()
            : List.of(recorder.traced(call.array(1)));
    TracedArray x = recorder.traced(call.array(0));
    return layers(
        new Recurrent(kind, both, Recurrent.Result.STATES),
        batchFirst ? recorder.emit(new ShapeOp.Transpose(SWAPPED), x) : x,
        states,
        call.list(2),
        call.flag(3),
        call.intAt(4),
        batchFirst);
  }

  private List<TracedArray> layers(
      Recurrent op,
      TracedArray sequence,
      List<TracedArray> states,
      NDList parameters,
      boolean biases,
      int count,
      boolean batchFirst) {
    int directions = op.bidirectional() ? 2 : 1;
    int each = parameters.size() / count;
    TracedArray x = sequence;
    List<TracedArray> last = new ArrayList<>();
    List<TracedArray> cells = new ArrayList<>();
    for (int layer = 0; layer < count; layer++) {
      List<TracedArray> operands = new ArrayList<>(List.of(x));
      NDList own = parameters.subNDList(layer * each);
      operands.addAll(weights(own, directions, biases));
      for (TracedArray state : states) {
        operands.add(recorder.emit(slice(0, (long) layer * directions, directions), state));
      }
      TracedArray all = recorder.emit(op, operands); // (T, D, B, H)
      last.addAll(lastStates(all, directions));
      if (op.kind() == Recurrent.Kind.LSTM) {
        cells.add(
            recorder.emit(
                new Recurrent(op.kind(), op.bidirectional(), Recurrent.Result.LAST_CELL),
                operands));
      }
      TracedArray turned = recorder.emit(new ShapeOp.Transpose(List.of(0, 2, 1, 3)), all);
      x =
          recorder.emit(
              new ShapeOp.Reshape(List.of(all.size(0), all.size(2), all.size(1) * all.size(3))),
              turned);
    }
    List<TracedArray> results = new ArrayList<>();
    results.add(batchFirst ? recorder.emit(new ShapeOp.Transpose(SWAPPED), x) : x);
    results.add(joined(last));
    if (!cells.isEmpty()) {
      results.add(joined(cells));
    }
    return results;
  }

  /** (D, G H, I), (D, G H, H) and the biases (D, 2 G H). */
  private List<TracedArray> weights(NDList own, int directions, boolean biases) {
    List<TracedArray> input = new ArrayList<>();
    List<TracedArray> state = new ArrayList<>();
    List<TracedArray> bias = new ArrayList<>();
    int step = biases ? 4 : 2; // the engine reads the four of a direction in a row
    for (int d = 0; d < directions; d++) {
      input.add(first(own.get(d * step)));
      state.add(first(own.get(d * step + 1)));
      if (biases) {
        TracedArray a = recorder.traced(own.get(d * step + 2));
        TracedArray b = recorder.traced(own.get(d * step + 3));
        TracedArray pair = recorder.emit(new IndexOp.Concat(0), a, b);
        bias.add(recorder.emit(new ShapeOp.Unsqueeze(List.of(0)), pair));
      } else {
        bias.add(zeros(2 * own.get(d * step).size(0)));
      }
    }
    return List.of(joined(input), joined(state), joined(bias));
  }

  private TracedArray zeros(long size) {
    return recorder.taken(recorder.real().zeros(new Shape(1, size), DataType.FLOAT32));
  }

  private TracedArray first(NDArray weight) {
    return recorder.emit(new ShapeOp.Unsqueeze(List.of(0)), recorder.traced(weight));
  }

  private TracedArray joined(List<TracedArray> parts) {
    return parts.size() == 1 ? parts.get(0) : recorder.emit(new IndexOp.Concat(0), parts);
  }

  /**
   * The state after the last step of each direction (1, B, H): the second one ends at the front.
   */
  private List<TracedArray> lastStates(TracedArray all, int directions) {
    List<TracedArray> last = new ArrayList<>();
    for (int d = 0; d < directions; d++) {
      TracedArray step = recorder.emit(slice(0, d == 0 ? all.size(0) - 1 : 0, 1), all);
      TracedArray own = recorder.emit(slice(1, d, 1), step);
      last.add(recorder.emit(new ShapeOp.Squeeze(List.of(1)), own));
    }
    return last;
  }

  private static Op slice(int axis, long start, long size) {
    return new IndexOp.Slice(List.of(axis), List.of(start), List.of(start + size), List.of(1L));
  }
}
