package dev.fovea.optimizer.ir;

import java.util.Collections;
import java.util.List;

/** How many operands an operation takes. */
final class OperandCount implements OpVisitor<OperandCount.Range> {
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
  public Range conv(Op.Conv op) {
    return new Range(2, 3);
  }

  @Override
  public Range matMul(Op.MatMul op) {
    return TWO;
  }

  @Override
  public Range binary(Op.Binary op) {
    return TWO;
  }

  @Override
  public Range unary(Op.Unary op) {
    return ONE;
  }

  @Override
  public Range clip(Op.Clip op) {
    return ONE;
  }

  @Override
  public Range softmax(Op.Softmax op) {
    return ONE;
  }

  @Override
  public Range layerNormalization(Op.LayerNormalization op) {
    return new Range(3, 3);
  }

  @Override
  public Range batchNormalization(Op.BatchNormalization op) {
    return new Range(5, 5);
  }

  @Override
  public Range reduce(Op.Reduce op) {
    return ONE;
  }

  @Override
  public Range reshape(Op.Reshape op) {
    return sized(op.sizes());
  }

  @Override
  public Range transpose(Op.Transpose op) {
    return ONE;
  }

  @Override
  public Range squeeze(Op.Squeeze op) {
    return ONE;
  }

  @Override
  public Range unsqueeze(Op.Unsqueeze op) {
    return ONE;
  }

  @Override
  public Range concat(Op.Concat op) {
    return new Range(1, Integer.MAX_VALUE);
  }

  @Override
  public Range slice(Op.Slice op) {
    return ONE;
  }

  @Override
  public Range gather(Op.Gather op) {
    return TWO;
  }

  @Override
  public Range resize(Op.Resize op) {
    return sized(op.sizes());
  }

  @Override
  public Range maxPool(Op.MaxPool op) {
    return ONE;
  }

  @Override
  public Range averagePool(Op.AveragePool op) {
    return ONE;
  }

  @Override
  public Range cast(Op.Cast op) {
    return ONE;
  }

  @Override
  public Range expand(Op.Expand op) {
    return sized(op.sizes());
  }

  @Override
  public Range size(Op.Size op) {
    return ONE;
  }

  @Override
  public Range quantizeLinear(Op.QuantizeLinear op) {
    return THREE;
  }

  @Override
  public Range dequantizeLinear(Op.DequantizeLinear op) {
    return THREE;
  }
}
