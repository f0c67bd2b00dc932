package dev.fovea.benchmark;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;

/** The engine's operation alone, of a linear map. */
final class PyTorchCall implements RawCall {

  private final NDManager manager;
  private final NDArray input;
  private final NDArray weight;
  private final NDArray bias;

  /** A map of the same sizes as another one. */
  PyTorchCall(NDArray input, NDArray weight, NDArray bias) {
    manager = input.getManager().newSubManager();
    this.input = copy(input);
    this.weight = copy(weight);
    this.bias = copy(bias);
  }

  private NDArray copy(NDArray array) {
    NDArray copy = array.duplicate().stopGradient();
    copy.attach(manager);
    return copy;
  }

  @Override
  public void run() {
    input.getNDArrayInternal().linear(input, weight, bias).close();
  }

  @Override
  public void close() {
    manager.close();
  }
}
