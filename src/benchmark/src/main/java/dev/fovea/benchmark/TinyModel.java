package dev.fovea.benchmark;

import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.core.Linear;
import dev.fovea.optimizer.Optimizer;
import dev.fovea.optimizer.backend.Backend;
import dev.fovea.optimizer.backend.openvino.OpenVinoCall;

/**
 * A linear map of 8 numbers, as a whole prediction and as the run-time's call alone: the difference
 * is what surrounds a call.
 */
final class TinyModel implements AutoCloseable {

  private static final int SIZE = 8;
  private static final Shape SHAPE = new Shape(1, SIZE);

  private final Model model = Model.newInstance("tiny", "PyTorch");
  private final NDManager manager = NDManager.newBaseManager("PyTorch");
  private final Linear block = Linear.builder().setUnits(SIZE).build();
  private final NDArray input = manager.ones(SHAPE);

  TinyModel() {
    block.initialize(model.getNDManager(), DataType.FLOAT32, SHAPE);
    model.setBlock(block);
  }

  private Optimizer optimizer(String backend) {
    return Optimizer.of(model).backend(backend).fixedInput(SHAPE);
  }

  /** Whole predictions; closed by the caller. */
  LatencyMode whole(String backend) {
    return new LatencyMode(backend, optimizer(backend).optimize(), true, new NDList(input));
  }

  /** The call alone; closed by the caller. */
  RawCall raw(String backend) {
    return switch (backend) {
      case Backend.PYTORCH ->
          new PyTorchCall(
              input,
              block.getParameters().get("weight").getArray(),
              block.getParameters().get("bias").getArray());
      case Backend.ONNX_RUNTIME -> new OnnxRuntimeCall(optimizer(backend).rewritten().graph());
      case Backend.OPENVINO -> {
        OpenVinoCall call = new OpenVinoCall(optimizer(backend).rewritten().graph());
        yield new RawCall() {
          @Override
          public void run() {
            call.run();
          }

          @Override
          public void close() {
            call.close();
          }
        };
      }
      default ->
          throw new IllegalArgumentException(
              "The call alone is known of pytorch, onnxruntime and openvino, got " + backend);
    };
  }

  @Override
  public void close() {
    model.close();
    manager.close();
  }
}
