package dev.fovea.benchmark;

import ai.djl.Model;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.core.Linear;
import dev.fovea.optimizer.Optimizer;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * Whole predictions of a linear map of 8 numbers: nearly all of their time is spent around the
 * run-time's own work.
 */
@Command(
    name = "overhead",
    description = "Times predictions of a tiny model: an upper bound of what surrounds a call.",
    mixinStandardHelpOptions = true)
final class OverheadCommand implements Callable<Integer> {

  private static final int BLOCKS = 10;
  private static final int RUNS = 5000;
  private static final int SIZE = 8;

  @Spec private CommandSpec spec;

  @Option(
      names = "--backends",
      split = ",",
      defaultValue = "pytorch,onnxruntime,openvino",
      description = "Default: ${DEFAULT-VALUE}.")
  private List<String> backends;

  @SuppressWarnings("NullAway.Init") // picocli fills the fields
  OverheadCommand() {}

  @Override
  public Integer call() throws IOException {
    PrintWriter out = spec.commandLine().getOut();
    try (Model model = Model.newInstance("tiny", "PyTorch");
        NDManager manager = NDManager.newBaseManager("PyTorch")) {
      Shape shape = new Shape(1, SIZE);
      Linear block = Linear.builder().setUnits(SIZE).build();
      block.initialize(model.getNDManager(), DataType.FLOAT32, shape);
      model.setBlock(block);
      NDList input = new NDList(manager.ones(shape));
      Results results = new Results();
      for (String backend : backends) {
        Model fast = Optimizer.of(model).backend(backend).fixedInput(shape).optimize();
        try (LatencyMode mode = new LatencyMode(backend, fast, true, input)) {
          mode.block(RUNS); // until the virtual machine has compiled it
          for (int i = 0; i < BLOCKS; i++) {
            results.add(backend, mode.block(RUNS));
          }
        }
        out.printf(
            Locale.ROOT,
            "%s: median %.1f us, min %.1f us%n",
            backend,
            results.median(backend) * 1e3,
            results.min(backend) * 1e3);
      }
    }
    out.flush();
    return 0;
  }
}
