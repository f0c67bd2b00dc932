package dev.fovea.optimizer.ir;

/**
 * One method per operation, in groups: the interpreter and each emitter implement them.
 *
 * @param <R> what a method returns
 */
public interface OpVisitor<R> {

  /**
   * Returns the methods of one group.
   *
   * @return those for operations of neural networks: products, convolutions, windows,
   *     normalizations
   */
  Layers<R> layers();

  /**
   * Returns the methods of one group.
   *
   * @return those for operations on each element for itself, and their broadcasts
   */
  Elements<R> elements();

  /**
   * Returns the methods of one group.
   *
   * @return those for operations that make one element of all along an axis
   */
  Reductions<R> reductions();

  /**
   * Returns the methods of one group.
   *
   * @return those for operations that leave the elements as they are and give them another shape
   */
  Shapes<R> shapes();

  /**
   * Returns the methods of one group.
   *
   * @return those for operations that choose or join elements by their places
   */
  Indexing<R> indexing();

  /**
   * Returns the methods of one group.
   *
   * @return those for operations that carry a state from step to step of a sequence
   */
  Sequences<R> sequences();

  /**
   * Operations of neural networks: products, convolutions, windows, normalizations.
   *
   * @param <R> what a method returns
   */
  interface Layers<R> {
    /**
     * {@return the result for a convolution}
     *
     * @param op the operation
     */
    R conv(LayerOp.Conv op);

    /**
     * {@return the result for a matrix product}
     *
     * @param op the operation
     */
    R matMul(LayerOp.MatMul op);

    /**
     * {@return the result for a softmax}
     *
     * @param op the operation
     */
    R softmax(LayerOp.Softmax op);

    /**
     * {@return the result for a layer normalization}
     *
     * @param op the operation
     */
    R layerNormalization(LayerOp.LayerNormalization op);

    /**
     * {@return the result for a batch normalization}
     *
     * @param op the operation
     */
    R batchNormalization(LayerOp.BatchNormalization op);

    /**
     * {@return the result for a max pooling}
     *
     * @param op the operation
     */
    R maxPool(LayerOp.MaxPool op);

    /**
     * {@return the result for an average pooling}
     *
     * @param op the operation
     */
    R averagePool(LayerOp.AveragePool op);

    /**
     * {@return the result for a resize}
     *
     * @param op the operation
     */
    R resize(LayerOp.Resize op);
  }

  /**
   * Operations on each element for itself, and their broadcasts.
   *
   * @param <R> what a method returns
   */
  interface Elements<R> {
    /**
     * {@return the result for a function of two operands}
     *
     * @param op the operation
     */
    R binary(ElementOp.Binary op);

    /**
     * {@return the result for a function of each element}
     *
     * @param op the operation
     */
    R unary(ElementOp.Unary op);

    /**
     * {@return the result for a limit to a range}
     *
     * @param op the operation
     */
    R clip(ElementOp.Clip op);

    /**
     * {@return the result for a change of the element type}
     *
     * @param op the operation
     */
    R cast(ElementOp.Cast op);

    /**
     * {@return the result for a quantization}
     *
     * @param op the operation
     */
    R quantizeLinear(ElementOp.QuantizeLinear op);

    /**
     * {@return the result for the reverse of a quantization}
     *
     * @param op the operation
     */
    R dequantizeLinear(ElementOp.DequantizeLinear op);

    /**
     * {@return the result for a comparison}
     *
     * @param op the operation
     */
    R compare(ElementOp.Compare op);

    /**
     * {@return the result for a function of truth values}
     *
     * @param op the operation
     */
    R logic(ElementOp.Logic op);

    /**
     * {@return the result for a choice by truth values}
     *
     * @param op the operation
     */
    R where(ElementOp.Where op);
  }

  /**
   * Operations that make one element of all along an axis.
   *
   * @param <R> what a method returns
   */
  interface Reductions<R> {
    /**
     * {@return the result for a reduction}
     *
     * @param op the operation
     */
    R reduce(ReductionOp.Reduce op);

    /**
     * {@return the result for the place of an extreme element}
     *
     * @param op the operation
     */
    R argExtreme(ReductionOp.ArgExtreme op);

    /**
     * {@return the result for a running sum}
     *
     * @param op the operation
     */
    R cumSum(ReductionOp.CumSum op);
  }

  /**
   * Operations that leave the elements as they are and give them another shape.
   *
   * @param <R> what a method returns
   */
  interface Shapes<R> {
    /**
     * {@return the result for a reshape}
     *
     * @param op the operation
     */
    R reshape(ShapeOp.Reshape op);

    /**
     * {@return the result for a transpose}
     *
     * @param op the operation
     */
    R transpose(ShapeOp.Transpose op);

    /**
     * {@return the result for a removal of axes}
     *
     * @param op the operation
     */
    R squeeze(ShapeOp.Squeeze op);

    /**
     * {@return the result for an insertion of axes}
     *
     * @param op the operation
     */
    R unsqueeze(ShapeOp.Unsqueeze op);

    /**
     * {@return the result for a broadcast}
     *
     * @param op the operation
     */
    R expand(ShapeOp.Expand op);

    /**
     * {@return the result for the size of an axis}
     *
     * @param op the operation
     */
    R size(ShapeOp.Size op);
  }

  /**
   * Operations that choose or join elements by their places.
   *
   * @param <R> what a method returns
   */
  interface Indexing<R> {
    /**
     * {@return the result for a concatenation}
     *
     * @param op the operation
     */
    R concat(IndexOp.Concat op);

    /**
     * {@return the result for a slice}
     *
     * @param op the operation
     */
    R slice(IndexOp.Slice op);

    /**
     * {@return the result for a gather}
     *
     * @param op the operation
     */
    R gather(IndexOp.Gather op);

    /**
     * {@return the result for a gather of single elements}
     *
     * @param op the operation
     */
    R gatherElements(IndexOp.GatherElements op);

    /**
     * {@return the result for a sort}
     *
     * @param op the operation
     */
    R sort(IndexOp.Sort op);
  }

  /**
   * Operations that carry a state from step to step of a sequence.
   *
   * @param <R> what a method returns
   */
  interface Sequences<R> {
    /**
     * {@return the result for a recurrent layer}
     *
     * @param op the operation
     */
    R recurrent(RecurrentOp.Recurrent op);
  }
}
