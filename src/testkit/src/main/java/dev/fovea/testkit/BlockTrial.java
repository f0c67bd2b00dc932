package dev.fovea.testkit;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.training.ParameterStore;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;

/** A block with random parameters, and where they live. */
final class BlockTrial implements AutoCloseable {

  private final NDManager owner = NDManager.newBaseManager();
  private final Block block;
  private final DataType type;

  BlockTrial(Supplier<? extends Block> blocks, List<Shape> shapes, DataType type) {
    this.type = type;
    block = blocks.get();
    block.setInitializer(BlockTrial::fill, parameter -> true);
    block.initialize(owner, type, shapes.toArray(Shape[]::new));
  }

  Block block() {
    return block;
  }

  /** Where the parameters live. */
  NDManager owner() {
    return owner;
  }

  static ParameterStore store(NDManager manager) {
    return new ParameterStore(manager, false);
  }

  /** Random inputs. */
  static List<Tensor> inputs(List<Shape> shapes) {
    Random random = new Random(1);
    return shapes.stream().map(shape -> Tensor.random(shape, random, -1, 1)).toList();
  }

  NDList on(NDManager manager, List<Tensor> inputs) {
    NDList arrays = new NDList();
    inputs.forEach(input -> arrays.add(input.on(manager, type)));
    return arrays;
  }

  /** A prediction, in Java's memory. */
  List<Tensor> predict(List<Tensor> inputs) {
    try (NDManager manager = NDManager.newBaseManager()) {
      return predict(block, manager, inputs).stream().map(Tensor::of).toList();
    }
  }

  NDList predict(Block with, NDManager manager, List<Tensor> inputs) {
    return with.forward(store(manager), on(manager, inputs), false);
  }

  /**
   * Values of usual size: near 1 where something is multiplied one by one, else as wide as the
   * number of summands allows.
   */
  private static NDArray fill(NDManager manager, Shape shape, DataType type) {
    Random random = new Random(shape.hashCode());
    boolean vector = shape.dimension() < 2;
    double bound = vector ? 0.3 : Math.sqrt(3.0 / shape.slice(1).size());
    double centre = vector ? 1 : 0;
    return Tensor.random(shape, random, centre - bound, centre + bound).on(manager, type);
  }

  @Override
  public void close() {
    owner.close();
  }
}
