package dev.fovea.optimizer.backend.pytorch;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Block;
import dev.fovea.optimizer.backend.Backend;
import dev.fovea.optimizer.backend.CompiledBlock;
import dev.fovea.optimizer.ir.Graph;
import dev.fovea.optimizer.ir.Interpreter;

/**
 * Runs the rewritten graph with the operations of the DJL engine itself, on the device of the
 * model: no other run-time is needed.
 */
public final class PyTorchBackend implements Backend {

  /** Creates the back end. */
  public PyTorchBackend() {}

  @Override
  public String name() {
    return PYTORCH;
  }

  @Override
  public Block compile(Graph graph, Options options, NDManager owner) {
    refuse(options);
    return new InterpretedBlock(graph, new Interpreter(graph, owner));
  }

  private static void refuse(Options options) {
    if (options.threads() > 0) {
      throw new IllegalArgumentException(
          "The PyTorch engine has one number of threads for the whole process: set"
              + " -Dai.djl.pytorch.num_threads="
              + options.threads()
              + " instead of threads("
              + options.threads()
              + ")");
    }
    Options rest = options.withHint(Options.DEFAULT.hint()); // either is computed in the same way
    if (!rest.equals(Options.DEFAULT)) {
      throw new IllegalArgumentException(
          "The PyTorch back end computes in F32 on the device of the model and has no streams,"
              + " pinning or cache, got "
              + options
              + ". Use Backend.OPENVINO");
    }
  }

  private static final class InterpretedBlock extends CompiledBlock {

    private final Interpreter interpreter; // closed with its owner

    InterpretedBlock(Graph graph, Interpreter interpreter) {
      super(graph);
      this.interpreter = interpreter;
    }

    @Override
    protected NDList run(NDList inputs) {
      return interpreter.run(inputs);
    }

    @Override
    public void close() {
      interpreter.close();
    }
  }
}
