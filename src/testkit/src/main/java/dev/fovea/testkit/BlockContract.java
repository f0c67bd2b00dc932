package dev.fovea.testkit;

import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;

/**
 * What every block should keep, as tests of one block: its shapes, the right gradient for every
 * parameter, save = load, a batch of two = two batches of one, nothing left behind.
 *
 * <pre>{@code
 * @TestFactory
 * Stream<DynamicTest> gated_layer() {
 *   return BlockContract.of("GatedLayer", () -> new GatedLayer(8)).inputs(new Shape(2, 8)).tests();
 * }
 * }</pre>
 *
 * <p>Inputs are random floating-point arrays. Parameters are filled with random values, whatever
 * their initializers say: a layer scale that starts at 0 would hide everything behind it. The
 * engine is seeded before every pass, so dropout draws the same each time.
 */
public final class BlockContract {

  private final String name;
  private final Supplier<? extends Block> block;
  private List<Shape> inputs = List.of();
  private List<Shape> outputs = List.of();
  private final Map<String, String> withoutEffect = new LinkedHashMap<>();
  private final Map<String, String> omitted = new LinkedHashMap<>();

  private BlockContract(String name, Supplier<? extends Block> block) {
    this.name = name;
    this.block = block;
  }

  /**
   * Starts from a way to build the block.
   *
   * @param name what messages call it
   * @param block builds a new block, not yet initialized, at every call
   * @return the contract
   */
  public static BlockContract of(String name, Supplier<? extends Block> block) {
    return new BlockContract(name, block);
  }

  /**
   * Sets the shapes of the inputs.
   *
   * @param shapes one per input; the first dimension is the batch, 2 or more
   * @return this
   */
  public BlockContract inputs(Shape... shapes) {
    for (Shape shape : shapes) {
      if (shape.dimension() < 1 || shape.get(0) < 2) {
        throw new IllegalArgumentException(
            "An input must have a batch of 2 or more, but is " + shape);
      }
    }
    inputs = List.of(shapes);
    return this;
  }

  /**
   * Sets the shapes that the outputs must have.
   *
   * @param shapes one per output, for the given inputs
   * @return this
   */
  public BlockContract outputs(Shape... shapes) {
    outputs = List.of(shapes);
    return this;
  }

  /**
   * States that a parameter has no effect on the output, so that no gradient is expected.
   *
   * @param parameter its path as {@code getParameters()} gives it
   * @param reason why, such as a bias in front of a normalization
   * @return this
   */
  public BlockContract withoutEffect(String parameter, String reason) {
    withoutEffect.put(parameter, reason);
    return this;
  }

  /**
   * Skips a check that the block is known not to keep; it is reported as skipped.
   *
   * @param check its name: that of the test without the name of the block
   * @param reason why the block does not keep it
   * @return this
   */
  public BlockContract without(String check, String reason) {
    omitted.put(check, reason);
    return this;
  }

  /**
   * Makes the tests.
   *
   * @return one test per check, for a {@link org.junit.jupiter.api.TestFactory}
   * @throws IllegalArgumentException if no input shape is given, or a check that is to be skipped
   *     does not exist
   */
  public Stream<DynamicTest> tests() {
    if (inputs.isEmpty()) {
      throw new IllegalArgumentException(name + ": give the shapes of the inputs");
    }
    Checks checks = new Checks();
    new BlockChecks(block, inputs, outputs, withoutEffect.keySet()).addTo(checks);
    checks.omit(omitted);
    return checks.tests(name);
  }
}
