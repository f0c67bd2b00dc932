package dev.fovea.optimizer.ir;

import java.util.List;

/**
 * The type of a node's result from the types of its operands, without running anything. A size that
 * cannot be known is {@link Type#DYNAMIC}; operands that do not fit each other are refused.
 */
public final class TypeInference implements OpVisitor<Type> {
  private final List<Type> operands;

  private TypeInference(List<Type> operands) {
    this.operands = operands;
  }

  /**
   * Infers the type of a result.
   *
   * @param op the operation
   * @param operands the types of its operands
   * @return the type of its result
   * @throws IllegalArgumentException if the operands do not fit the operation; the message names
   *     both
   */
  public static Type infer(Op op, List<Type> operands) {
    try {
      return op.accept(new TypeInference(operands));
    } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
      throw new IllegalArgumentException(
          GraphText.of(op) + " does not take " + operands + ": " + e.getMessage(), e);
    }
  }

  @Override
  public OpVisitor.Layers<Type> layers() {
    return new LayerTypes(operands);
  }

  @Override
  public OpVisitor.Elements<Type> elements() {
    return new ElementTypes(operands);
  }

  @Override
  public OpVisitor.Reductions<Type> reductions() {
    return new ReductionTypes(operands);
  }

  @Override
  public OpVisitor.Shapes<Type> shapes() {
    return new ShapeTypes(operands);
  }

  @Override
  public OpVisitor.Indexing<Type> indexing() {
    return new IndexTypes(operands);
  }

  @Override
  public OpVisitor.Sequences<Type> sequences() {
    return new RecurrentTypes(operands);
  }
}
