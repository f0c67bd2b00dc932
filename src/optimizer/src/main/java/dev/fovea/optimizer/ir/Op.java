package dev.fovea.optimizer.ir;

/**
 * What a node computes: attributes only, no tensors. One record per operation, named after ONNX;
 * its description names the operands in their order.
 *
 * <p>Adding an operation means adding a record and a {@link OpVisitor} method; the compiler then
 * asks for it in the interpreter and in every emitter.
 */
public sealed interface Op permits LayerOp, ElementOp, ReductionOp, ShapeOp, IndexOp, RecurrentOp {

  /**
   * In {@link ShapeOp.Reshape}, {@link LayerOp.Resize} and {@link ShapeOp.Expand}: the size is the
   * next extra operand.
   */
  long FROM_INPUT = -2;

  /** In {@link ShapeOp.Reshape}: the one size that follows from the number of elements. */
  long INFER = -1;

  /** In {@link ShapeOp.Reshape}: the size of the same axis of x. */
  long COPY = 0;

  /**
   * In {@link ElementOp.QuantizeLinear} and {@link ElementOp.DequantizeLinear}: one scale for all
   * elements.
   */
  int PER_TENSOR = -1;

  /**
   * Calls the visitor's method for this operation.
   *
   * @param visitor the visitor
   * @param <R> the visitor's result type
   * @return what the visitor's method returns
   */
  <R> R accept(OpVisitor<R> visitor);
}
