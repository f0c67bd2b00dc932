package dev.fovea.testkit;

import ai.djl.MalformedModelException;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.training.ParameterStore;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/** What a block must keep; each check works on a block of its own. */
final class BlockChecks {

  private final Supplier<? extends Block> blocks;
  private final List<Shape> shapes;
  private final List<Shape> outputs;
  private final Set<String> withoutEffect;

  BlockChecks(
      Supplier<? extends Block> blocks,
      List<Shape> shapes,
      List<Shape> outputs,
      Set<String> withoutEffect) {
    this.blocks = blocks;
    this.shapes = shapes;
    this.outputs = outputs;
    this.withoutEffect = withoutEffect;
  }

  void addTo(Checks checks) {
    BlockGradients gradients = new BlockGradients(blocks, shapes, withoutEffect);
    checks.add("gives the shapes that it announces", this::outputShapes);
    checks.add(
        "has the gradient of finite differences for every parameter", gradients::finiteDifferences);
    checks.add("keeps its gradient through a garbage collection", gradients::garbage);
    checks.add("makes of a batch of two what it makes of two batches of one", this::batches);
    checks.add("gives the same again", this::repeatable);
    checks.add("is the same after saving and loading", this::saveAndLoad);
    checks.add("leaves its inputs as they are", this::inputs);
    checks.add("leaves nothing behind", this::leaks);
    checks.add("records no graph when it predicts on a new thread", this::graph);
  }

  private void outputShapes() {
    try (BlockTrial trial = new BlockTrial(blocks, shapes, DataType.FLOAT32)) {
      List<Shape> got =
          trial.predict(BlockTrial.inputs(shapes)).stream().map(Tensor::shape).toList();
      List<Shape> announced =
          Arrays.asList(trial.block().getOutputShapes(shapes.toArray(Shape[]::new)));
      if (!got.equals(announced)) {
        throw new AssertionError(
            "getOutputShapes says " + announced + ", but forward gives " + got);
      }
      if (!outputs.isEmpty() && !got.equals(outputs)) {
        throw new AssertionError("outputs are " + got + ", expected " + outputs);
      }
    }
  }

  private void batches() {
    List<Tensor> inputs = BlockTrial.inputs(shapes);
    try (BlockTrial trial = new BlockTrial(blocks, shapes, DataType.FLOAT32)) {
      List<Tensor> together = trial.predict(inputs.stream().map(x -> x.rows(0, 1)).toList());
      List<Tensor> first = trial.predict(inputs.stream().map(x -> x.rows(0)).toList());
      List<Tensor> second = trial.predict(inputs.stream().map(x -> x.rows(1)).toList());
      for (int i = 0; i < together.size(); i++) {
        Tensor one = first.get(i).then(second.get(i));
        Tensor both = together.get(i);
        if (!one.shape().equals(both.shape())) {
          throw new AssertionError(
              "output "
                  + i
                  + " is "
                  + both.shape()
                  + " for a batch of two, but "
                  + one.shape()
                  + " for two batches of one");
        }
        Comparison.overall(both, one, 1e-5, 1e-6)
            .check("output " + i, "batch of two", "two batches of one", "");
      }
    }
  }

  private void repeatable() {
    List<Tensor> inputs = BlockTrial.inputs(shapes);
    try (BlockTrial trial = new BlockTrial(blocks, shapes, DataType.FLOAT32)) {
      List<Tensor> first = trial.predict(inputs);
      trial.predict(inputs.stream().map(x -> x.map(v -> 2 * v)).toList());
      same(trial.predict(inputs), first, "a second prediction from the same input differs");
    }
  }

  private static void same(List<Tensor> got, List<Tensor> expected, String message) {
    for (int i = 0; i < expected.size(); i++) {
      if (!got.get(i).sameBits(expected.get(i))) {
        throw new AssertionError(message + " in output " + i);
      }
    }
  }

  private void saveAndLoad() throws IOException, MalformedModelException {
    List<Tensor> inputs = BlockTrial.inputs(shapes);
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    try (BlockTrial trial = new BlockTrial(blocks, shapes, DataType.FLOAT32)) {
      trial.block().saveParameters(new DataOutputStream(file));
      Block loaded = blocks.get();
      loaded.loadParameters(
          trial.owner(), new DataInputStream(new ByteArrayInputStream(file.toByteArray())));
      try (NDManager manager = NDManager.newBaseManager()) {
        List<Tensor> got = trial.predict(loaded, manager, inputs).stream().map(Tensor::of).toList();
        same(got, trial.predict(inputs), "a block that was saved and loaded differs");
      }
    }
  }

  private void inputs() {
    List<Tensor> inputs = BlockTrial.inputs(shapes);
    try (BlockTrial trial = new BlockTrial(blocks, shapes, DataType.FLOAT32);
        NDManager manager = NDManager.newBaseManager()) {
      NDList arrays = trial.on(manager, inputs);
      trial.block().forward(BlockTrial.store(manager), new NDList(arrays), false);
      for (int i = 0; i < inputs.size(); i++) {
        if (!Tensor.of(arrays.get(i)).sameBits(inputs.get(i))) {
          throw new AssertionError("the block overwrites its input " + i);
        }
      }
    }
  }

  /** Whatever a pass makes must die with the manager of its inputs. */
  private void leaks() {
    List<Tensor> inputs = BlockTrial.inputs(shapes);
    try (BlockTrial trial = new BlockTrial(blocks, shapes, DataType.FLOAT32);
        NDManager shared = NDManager.newBaseManager()) {
      ParameterStore store = BlockTrial.store(shared);
      int before = 0;
      for (int call = 0; call < 3; call++) {
        try (NDManager manager = NDManager.newBaseManager()) {
          trial.block().forward(store, trial.on(manager, inputs), false);
        }
        int now = trial.owner().getManagedArrays().size() + shared.getManagedArrays().size();
        if (call > 0 && now > before) {
          throw new AssertionError(
              String.format(
                  "a prediction leaves %d arrays on the manager of the parameters, where they stay:"
                      + " let an operation start from the input, or attach its result",
                  now - before));
        }
        before = now;
      }
    }
  }

  /** A thread starts with gradients switched on, so a parameter that requires one drags a graph. */
  private void graph() {
    try (BlockTrial trial = new BlockTrial(blocks, shapes, DataType.FLOAT32)) {
      CompletableFuture<Boolean> recorded = new CompletableFuture<>();
      Thread thread = new Thread(() -> recorded.complete(records(trial)));
      thread.setUncaughtExceptionHandler((where, e) -> recorded.completeExceptionally(e));
      thread.start();
      if (recorded.join()) {
        throw new AssertionError(
            "a prediction on a new thread records a graph, which costs memory and time: outside"
                + " training, use stopGradient() of parameters that require a gradient");
      }
    }
  }

  private boolean records(BlockTrial trial) {
    try (NDManager manager = NDManager.newBaseManager()) {
      List<Tensor> inputs = BlockTrial.inputs(shapes);
      return Evaluation.isRecorded(trial.predict(trial.block(), manager, inputs).head());
    }
  }
}
