package dev.fovea.optimizer.ir;

import ai.djl.ndarray.types.DataType;
import java.util.ArrayList;
import java.util.List;

/**
 * The type of a node's result from the types of its operands, without running anything. A size that
 * cannot be known is {@link Type#DYNAMIC}; operands that do not fit each other are refused.
 */
public final class TypeInference implements OpVisitor<Type> {
  private final List<Type> operands;
  private final Type x;

  private TypeInference(List<Type> operands) {
    this.operands = operands;
    this.x = operands.get(0);
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
  public Type conv(Op.Conv op) {
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
  public Type matMul(Op.MatMul op) {
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
  public Type binary(Op.Binary op) {
    sameElements(operands);
    boolean real = op.kind() == Op.Binary.Kind.DIV || op.kind() == Op.Binary.Kind.POW;
    Sizes.require(!real || x.dataType().isFloating(), "floating-point elements are needed");
    return x.withDims(Sizes.broadcast(x.dims(), operands.get(1).dims()));
  }

  @Override
  public Type unary(Op.Unary op) {
    boolean any = op.kind() == Op.Unary.Kind.NEG || op.kind() == Op.Unary.Kind.ABS;
    Sizes.require(any || x.dataType().isFloating(), "floating-point elements are needed");
    return x;
  }

  @Override
  public Type clip(Op.Clip op) {
    return floating();
  }

  @Override
  public Type softmax(Op.Softmax op) {
    requireAxis(op.axis());
    return floating();
  }

  @Override
  public Type layerNormalization(Op.LayerNormalization op) {
    sameElements(operands);
    requireAxis(op.axis());
    List<Long> normalized = x.dims().subList(op.axis(), x.rank());
    Sizes.require(
        operands.get(1).dims().equals(normalized) && operands.get(2).dims().equals(normalized),
        "scale and bias must be " + normalized);
    return floating();
  }

  @Override
  public Type batchNormalization(Op.BatchNormalization op) {
    sameElements(operands);
    requireAxis(1);
    List<Long> channels = List.of(x.dims().get(1));
    Sizes.require(
        operands.stream().skip(1).allMatch(t -> t.dims().equals(channels)),
        "scale, bias, mean and variance must be " + channels);
    return floating();
  }

  @Override
  public Type reduce(Op.Reduce op) {
    boolean any = op.kind() == Op.Reduce.Kind.MAX || op.kind() == Op.Reduce.Kind.MIN;
    Sizes.require(any || x.dataType().isFloating(), "floating-point elements are needed");
    op.axes().forEach(this::requireAxis);
    List<Long> dims = new ArrayList<>();
    for (int i = 0; i < x.rank(); i++) {
      if (!op.axes().contains(i)) {
        dims.add(x.dims().get(i));
      } else if (op.keepDims()) {
        dims.add(1L);
      }
    }
    return x.withDims(dims);
  }

  @Override
  public Type reshape(Op.Reshape op) {
    List<Long> dims = new ArrayList<>();
    for (int i = 0; i < op.sizes().size(); i++) {
      long size = op.sizes().get(i);
      dims.add(size == Op.COPY ? x.dims().get(i) : Math.max(size, Type.DYNAMIC));
    }
    int inferred = op.sizes().indexOf(Op.INFER);
    boolean known = x.isStatic() && !op.sizes().contains(Op.FROM_INPUT);
    if (known && inferred >= 0) {
      dims.set(inferred, 1L);
      long rest = Sizes.product(dims);
      Sizes.require(
          rest > 0 && Sizes.product(x.dims()) % rest == 0, "the number of elements must be kept");
      dims.set(inferred, Sizes.product(x.dims()) / rest);
    } else if (known) {
      Sizes.require(
          Sizes.product(dims) == Sizes.product(x.dims()), "the number of elements must be kept");
    }
    return x.withDims(dims);
  }

  @Override
  public Type transpose(Op.Transpose op) {
    requireRank(x, op.perm().size());
    return x.withDims(op.perm().stream().map(x.dims()::get).toList());
  }

  @Override
  public Type squeeze(Op.Squeeze op) {
    List<Long> dims = new ArrayList<>(x.dims());
    for (int i = op.axes().size() - 1; i >= 0; i--) {
      long removed = dims.remove((int) op.axes().get(i));
      Sizes.require(Sizes.fits(removed, 1), "axis " + op.axes().get(i) + " is not of size 1");
    }
    return x.withDims(dims);
  }

  @Override
  public Type unsqueeze(Op.Unsqueeze op) {
    List<Long> dims = new ArrayList<>(x.dims());
    op.axes().forEach(axis -> dims.add(axis, 1L));
    return x.withDims(dims);
  }

  @Override
  public Type concat(Op.Concat op) {
    sameElements(operands);
    requireAxis(op.axis());
    List<Long> dims = new ArrayList<>(x.dims());
    for (Type next : operands.subList(1, operands.size())) {
      requireRank(next, x.rank());
      for (int i = 0; i < x.rank(); i++) {
        long a = dims.get(i);
        long b = next.dims().get(i);
        boolean unknown = a == Type.DYNAMIC || b == Type.DYNAMIC;
        if (i == op.axis()) {
          dims.set(i, unknown ? Type.DYNAMIC : a + b);
        } else {
          Sizes.require(Sizes.fits(a, b), "sizes " + a + " and " + b + " of axis " + i + " differ");
          dims.set(i, Math.max(a, b));
        }
      }
    }
    return x.withDims(dims);
  }

  @Override
  public Type slice(Op.Slice op) {
    List<Long> dims = new ArrayList<>(x.dims());
    for (int i = 0; i < op.axes().size(); i++) {
      int axis = op.axes().get(i);
      long size = dims.get(axis);
      if (size != Type.DYNAMIC) {
        long start = Sizes.bound(op.starts().get(i), size);
        long end = Sizes.bound(op.ends().get(i), size);
        dims.set(axis, -Math.floorDiv(-Math.max(end - start, 0), op.steps().get(i)));
      }
    }
    return x.withDims(dims);
  }

  @Override
  public Type gather(Op.Gather op) {
    Sizes.require(operands.get(1).dataType() == DataType.INT64, "indices are int64");
    requireAxis(op.axis());
    List<Long> dims = new ArrayList<>(x.dims());
    dims.remove(op.axis());
    dims.addAll(op.axis(), operands.get(1).dims());
    return x.withDims(dims);
  }

  @Override
  public Type resize(Op.Resize op) {
    requireRank(x, 4);
    List<Long> dims = new ArrayList<>(x.dims().subList(0, 2));
    op.sizes().forEach(size -> dims.add(Math.max(size, Type.DYNAMIC)));
    return x.withDims(dims);
  }

  @Override
  public Type maxPool(Op.MaxPool op) {
    return pool(op.kernel(), op.strides(), op.pads(), op.ceil());
  }

  @Override
  public Type averagePool(Op.AveragePool op) {
    return pool(op.kernel(), op.strides(), op.pads(), op.ceil());
  }

  @Override
  public Type cast(Op.Cast op) {
    return new Type(op.to(), x.dims());
  }

  @Override
  public Type expand(Op.Expand op) {
    List<Long> sizes = op.sizes().stream().map(size -> Math.max(size, Type.DYNAMIC)).toList();
    return x.withDims(Sizes.broadcast(x.dims(), sizes));
  }

  @Override
  public Type size(Op.Size op) {
    requireAxis(op.axis());
    return new Type(DataType.INT64, List.of());
  }

  @Override
  public Type quantizeLinear(Op.QuantizeLinear op) {
    Sizes.require(x.dataType() == DataType.FLOAT32, "float32 elements are needed");
    Quantization.check(op.axis(), op.to(), operands);
    return new Type(op.to(), x.dims());
  }

  @Override
  public Type dequantizeLinear(Op.DequantizeLinear op) {
    Quantization.check(op.axis(), x.dataType(), operands);
    return new Type(DataType.FLOAT32, x.dims());
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

  private Type floating() {
    Sizes.require(x.dataType().isFloating(), "floating-point elements are needed");
    return x;
  }

  private void requireAxis(int axis) {
    Sizes.require(axis >= 0 && axis < x.rank(), "there is no axis " + axis);
  }

  private static void requireRank(Type type, int rank) {
    Sizes.require(type.rank() == rank, type + " does not have " + rank + " axes");
  }

  private static void sameElements(List<Type> types) {
    Sizes.require(
        types.stream().map(Type::dataType).distinct().count() == 1, "element types differ");
  }
}
