package dev.fovea.optimizer.ir;

import java.util.Collections;
import java.util.List;

/** How many operands an operation takes. */
final class OperandCount
    implements OpVisitor<OperandCount.Range>,
        OpVisitor.Layers<OperandCount.Range>,
        OpVisitor.Elements<OperandCount.Range>,
        OpVisitor.Reductions<OperandCount.Range>,
        OpVisitor.Shapes<OperandCount.Range>,
        OpVisitor.Indexing<OperandCount.Range>,
        OpVisitor.Sequences<OperandCount.Range> {
  private static final Range ONE = new Range(1, 1);
  private static final Range TWO = new Range(2, 2);
  private static final Range THREE = new Range(3, 3);

  record Range(int least, int most) {
    boolean contains(int count) {
      return least <= count && count <= most;
    }
  }

  private static Range sized(List<Long> sizes) {
    int count = 1 + Collections.frequency(sizes, Op.FROM_INPUT);
    return new Range(count, count);
  }

  @Override
  public Range conv(LayerOp.Conv op) {
    return new Range(2, 3);
  }

  @Override
  public Range matMul(LayerOp.MatMul op) {
    return TWO;
  }

  @Override
  public Range binary(ElementOp.Binary op) {
    return TWO;
  }

  @Override
  public Range unary(ElementOp.Unary op) {
    return ONE;
  }

  @Override
  public Range clip(ElementOp.Clip op) {
    return ONE;
  }

  @Override
  public Range softmax(LayerOp.Softmax op) {
    return ONE;
  }

  @Override
  public Range layerNormalization(LayerOp.LayerNormalization op) {
    return new Range(3, 3);
  }

  @Override
  public Range batchNormalization(LayerOp.BatchNormalization op) {
    return new Range(5, 5);
  }

  @Override
  public Range reduce(ReductionOp.Reduce op) {
    return ONE;
  }

  @Override
  public Range reshape(ShapeOp.Reshape op) {
    return sized(op.sizes());
  }

  @Override
  public Range transpose(ShapeOp.Transpose op) {
    return ONE;
  }

  @Override
  public Range squeeze(ShapeOp.Squeeze op) {
    return ONE;
  }

  @Override
  public Range unsqueeze(ShapeOp.Unsqueeze op) {
    return ONE;
  }

  @Override
  public Range concat(IndexOp.Concat op) {
    return new Range(1, Integer.MAX_VALUE);
  }

  @Override
  public Range slice(IndexOp.Slice op) {
    return ONE;
  }

  @Override
  public Range gather(IndexOp.Gather op) {
    return TWO;
  }

  @Override
  public Range resize(LayerOp.Resize op) {
    return sized(op.sizes());
  }

  @Override
  public Range maxPool(LayerOp.MaxPool op) {
    return ONE;
  }

  @Override
  public Range averagePool(LayerOp.AveragePool op) {
    return ONE;
  }

  @Override
  public Range cast(ElementOp.Cast op) {
    return ONE;
  }

  @Override
  public Range expand(ShapeOp.Expand op) {
    return sized(op.sizes());
  }

  @Override
  public Range size(ShapeOp.Size op) {
    return ONE;
  }

  @Override
  public Range quantizeLinear(ElementOp.QuantizeLinear op) {
    return THREE;
  }

  @Override
  public Range dequantizeLinear(ElementOp.DequantizeLinear op) {
    return THREE;
  }

  @Override
  public OpVisitor.Layers<Range> layers() {
    return this;
  }

  @Override
  public OpVisitor.Elements<Range> elements() {
    return this;
  }

  @Override
  public OpVisitor.Reductions<Range> reductions() {
    return this;
  }

  @Override
  public OpVisitor.Shapes<Range> shapes() {
    return this;
  }

  @Override
  public OpVisitor.Indexing<Range> indexing() {
    return this;
  }

  @Override
  public OpVisitor.Sequences<Range> sequences() {
    return this;
  }

  @Override
  public Range compare(ElementOp.Compare op) {
    return TWO;
  }

  @Override
  public Range logic(ElementOp.Logic op) {
    return TWO;
  }

  @Override
  public Range where(ElementOp.Where op) {
    return THREE;
  }

  @Override
  public Range argExtreme(ReductionOp.ArgExtreme op) {
    return ONE;
  }

  @Override
  public Range cumSum(ReductionOp.CumSum op) {
    return ONE;
  }

  @Override
  public Range gatherElements(IndexOp.GatherElements op) {
    return TWO;
  }

  @Override
  public Range sort(IndexOp.Sort op) {
    return ONE;
  }

  @Override
  public Range recurrent(RecurrentOp.Recurrent op) {
    int count = op.kind() == RecurrentOp.Recurrent.Kind.LSTM ? 6 : 5;
    return new Range(count, count);
  }
}
