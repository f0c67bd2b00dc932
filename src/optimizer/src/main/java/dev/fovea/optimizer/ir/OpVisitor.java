package dev.fovea.optimizer.ir;

/**
 * One method per operation: the interpreter and each emitter implement it.
 *
 * @param <R> what a method returns
 */
public interface OpVisitor<R> {
  /**
   * {@return the result for a convolution}
   *
   * @param op the operation
   */
  R conv(Op.Conv op);

  /**
   * {@return the result for a matrix product}
   *
   * @param op the operation
   */
  R matMul(Op.MatMul op);

  /**
   * {@return the result for a function of two operands}
   *
   * @param op the operation
   */
  R binary(Op.Binary op);

  /**
   * {@return the result for a function of each element}
   *
   * @param op the operation
   */
  R unary(Op.Unary op);

  /**
   * {@return the result for a limit to a range}
   *
   * @param op the operation
   */
  R clip(Op.Clip op);

  /**
   * {@return the result for a softmax}
   *
   * @param op the operation
   */
  R softmax(Op.Softmax op);

  /**
   * {@return the result for a layer normalization}
   *
   * @param op the operation
   */
  R layerNormalization(Op.LayerNormalization op);

  /**
   * {@return the result for a batch normalization}
   *
   * @param op the operation
   */
  R batchNormalization(Op.BatchNormalization op);

  /**
   * {@return the result for a reduction}
   *
   * @param op the operation
   */
  R reduce(Op.Reduce op);

  /**
   * {@return the result for a reshape}
   *
   * @param op the operation
   */
  R reshape(Op.Reshape op);

  /**
   * {@return the result for a transpose}
   *
   * @param op the operation
   */
  R transpose(Op.Transpose op);

  /**
   * {@return the result for a removal of axes}
   *
   * @param op the operation
   */
  R squeeze(Op.Squeeze op);

  /**
   * {@return the result for an insertion of axes}
   *
   * @param op the operation
   */
  R unsqueeze(Op.Unsqueeze op);

  /**
   * {@return the result for a concatenation}
   *
   * @param op the operation
   */
  R concat(Op.Concat op);

  /**
   * {@return the result for a slice}
   *
   * @param op the operation
   */
  R slice(Op.Slice op);

  /**
   * {@return the result for a gather}
   *
   * @param op the operation
   */
  R gather(Op.Gather op);

  /**
   * {@return the result for a resize}
   *
   * @param op the operation
   */
  R resize(Op.Resize op);

  /**
   * {@return the result for a max pooling}
   *
   * @param op the operation
   */
  R maxPool(Op.MaxPool op);

  /**
   * {@return the result for an average pooling}
   *
   * @param op the operation
   */
  R averagePool(Op.AveragePool op);

  /**
   * {@return the result for a change of the element type}
   *
   * @param op the operation
   */
  R cast(Op.Cast op);

  /**
   * {@return the result for a broadcast}
   *
   * @param op the operation
   */
  R expand(Op.Expand op);

  /**
   * {@return the result for the size of an axis}
   *
   * @param op the operation
   */
  R size(Op.Size op);

  /**
   * {@return the result for a quantization}
   *
   * @param op the operation
   */
  R quantizeLinear(Op.QuantizeLinear op);

  /**
   * {@return the result for the reverse of a quantization}
   *
   * @param op the operation
   */
  R dequantizeLinear(Op.DequantizeLinear op);
}
