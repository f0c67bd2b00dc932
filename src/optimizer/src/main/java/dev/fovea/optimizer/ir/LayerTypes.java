package dev.fovea.optimizer.ir;

import java.util.ArrayList;
import java.util.List;

/** The types of the results of layers. */
final class LayerTypes extends OperandTypes implements OpVisitor.Layers<Type> {
  LayerTypes(List<Type> operands) {
    super(operands);
  }

  @Override
  public Type conv(LayerOp.Conv op) {
    sameElements(operands);
    requireRank(x, 4);
    Type weight = operands.get(1);
    requireRank(weight, 4);
    Sizes.require(
        x.dims().get(1) == Type.DYNAMIC || x.dims().get(1) == weight.dims().get(1) * op.groups(),
        "the weight expects " + weight.dims().get(1) * op.groups() + " channels");
    List<Long> dims = new ArrayList<>(List.of(x.dims().get(0), weight.dims().get(0)));
    for (int i = 0; i < 2; i++) {
      long span = op.dilations().get(i) * (weight.dims().get(2 + i) - 1) + 1;
      long pads = op.pads().get(i) + op.pads().get(i + 2);
      dims.add(Sizes.windows(x.dims().get(2 + i), span, op.strides().get(i), pads));
    }
    return x.withDims(dims);
  }

  @Override
  public Type matMul(LayerOp.MatMul op) {
    sameElements(operands);
    Type b = operands.get(1);
    int m = x.rank();
    int n = b.rank();
    Sizes.require(m >= 2 && n >= 2, "two axes or more are needed");
    long inner = x.dims().get(m - 1);
    long other = b.dims().get(n - 2);
    Sizes.require(Sizes.fits(inner, other), "inner sizes " + inner + " and " + other + " differ");
    List<Long> dims = Sizes.broadcast(x.dims().subList(0, m - 2), b.dims().subList(0, n - 2));
    dims.add(x.dims().get(m - 2));
    dims.add(b.dims().get(n - 1));
    return x.withDims(dims);
  }

  @Override
  public Type softmax(LayerOp.Softmax op) {
    requireAxis(op.axis());
    return floating();
  }

  @Override
  public Type layerNormalization(LayerOp.LayerNormalization op) {
    sameElements(operands);
    requireAxis(op.axis());
    List<Long> normalized = x.dims().subList(op.axis(), x.rank());
    Sizes.require(
        operands.get(1).dims().equals(normalized) && operands.get(2).dims().equals(normalized),
        "scale and bias must be " + normalized);
    return floating();
  }

  @Override
  public Type batchNormalization(LayerOp.BatchNormalization op) {
    sameElements(operands);
    requireAxis(1);
    List<Long> channels = List.of(x.dims().get(1));
    Sizes.require(
        operands.stream().skip(1).allMatch(t -> t.dims().equals(channels)),
        "scale, bias, mean and variance must be " + channels);
    return floating();
  }

  @Override
  public Type resize(LayerOp.Resize op) {
    requireRank(x, 4);
    List<Long> dims = new ArrayList<>(x.dims().subList(0, 2));
    op.sizes().forEach(size -> dims.add(Math.max(size, Type.DYNAMIC)));
    return x.withDims(dims);
  }

  @Override
  public Type maxPool(LayerOp.MaxPool op) {
    return pool(op.kernel(), op.strides(), op.pads(), op.ceil());
  }

  @Override
  public Type averagePool(LayerOp.AveragePool op) {
    return pool(op.kernel(), op.strides(), op.pads(), op.ceil());
  }

  private Type pool(List<Long> kernel, List<Long> strides, List<Long> pads, boolean ceil) {
    requireRank(x, 4);
    List<Long> dims = new ArrayList<>(x.dims().subList(0, 2));
    for (int i = 0; i < 2; i++) {
      long size = x.dims().get(2 + i);
      long stride = strides.get(i);
      long pad = pads.get(i) + pads.get(i + 2);
      long out = Sizes.windows(size, kernel.get(i), stride, pad + (ceil ? stride - 1 : 0));
      // A last, partial window has to start in the image or in the padding before it.
      boolean outside = ceil && size != Type.DYNAMIC && (out - 1) * stride >= size + pads.get(i);
      dims.add(outside ? out - 1 : out);
    }
    return x.withDims(dims);
  }
}
