package dev.fovea.optimizer.backend.pytorch;

import ai.djl.engine.Engine;
import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Block;
import dev.fovea.optimizer.backend.Backend;
import dev.fovea.optimizer.backend.CompiledBlock;
import dev.fovea.optimizer.backend.KernelTime;
import dev.fovea.optimizer.ir.ElementOp;
import dev.fovea.optimizer.ir.Graph;
import dev.fovea.optimizer.ir.Interpreter;
import dev.fovea.optimizer.ir.Op;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

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
  public Map<String, String> diagnose() {
    try {
      Engine engine = Engine.getInstance();
      Map<String, String> found = new LinkedHashMap<>();
      found.put("engine", engine.getEngineName() + " " + engine.getVersion());
      found.put("device", engine.defaultDevice().toString());
      return found;
    } catch (EngineException | LinkageError e) {
      throw new IllegalStateException(
          "No engine of DJL works: "
              + e.getMessage()
              + ". Put an engine such as ai.djl.pytorch:pytorch-engine and its native library on"
              + " the class path",
          e);
    }
  }

  @Override
  public Block compile(Graph graph, Options options, NDManager owner) {
    refuse(options);
    options.requireBoundsOf(graph);
    return new InterpretedBlock(graph, options, new Interpreter(graph, owner));
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
    Options rest = // either hint is computed in the same way
        options.withHint(Options.DEFAULT.hint()).withBounds(List.of());
    if (!rest.withProfiling().equals(Options.DEFAULT.withProfiling())) {
      throw new IllegalArgumentException(
          "The PyTorch back end computes in F32 on the device of the model and has no streams,"
              + " pinning or cache, got "
              + options
              + ". Use Backend.OPENVINO");
    }
  }

  private static final class InterpretedBlock extends CompiledBlock {

    private final Interpreter interpreter; // closed with its owner

    InterpretedBlock(Graph graph, Options options, Interpreter interpreter) {
      super(graph.inputs(), graph.outputs(), graph.nodes(), options);
      this.interpreter = interpreter;
    }

    @Override
    protected NDList run(NDList inputs) {
      return interpreter.run(inputs);
    }

    @Override
    protected List<KernelTime> time(NDList inputs, int warmUps, int runs) {
      List<KernelTime> times = new ArrayList<>();
      String engine = inputs.head().getManager().getEngine().getEngineName();
      for (int i = 0; i < warmUps + runs; i++) {
        boolean counts = i >= warmUps;
        Interpreter.Timer timer =
            (node, nanos) -> {
              if (counts) {
                times.add(new KernelTime(node.output().name(), name(node.op()), engine, nanos));
              }
            };
        interpreter.run(inputs, timer).close();
      }
      return times;
    }

    private static String name(Op op) {
      String kind =
          op instanceof ElementOp.Unary unary
              ? " " + unary.kind()
              : op instanceof ElementOp.Binary binary ? " " + binary.kind() : "";
      return op.getClass().getSimpleName() + kind.toLowerCase(Locale.ROOT);
    }

    @Override
    public void close() {
      interpreter.close();
    }
  }
}
