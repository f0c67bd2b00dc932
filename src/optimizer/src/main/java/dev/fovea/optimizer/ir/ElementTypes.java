package dev.fovea.optimizer.ir;

import ai.djl.ndarray.types.DataType;
import java.util.List;

/** The types of the results of operations on each element. */
final class ElementTypes extends OperandTypes implements OpVisitor.Elements<Type> {
  ElementTypes(List<Type> operands) {
    super(operands);
  }

  @Override
  public Type binary(ElementOp.Binary op) {
    sameElements(operands);
    boolean real = op.kind() == ElementOp.Binary.Kind.DIV || op.kind() == ElementOp.Binary.Kind.POW;
    Sizes.require(!real || x.dataType().isFloating(), "floating-point elements are needed");
    return x.withDims(Sizes.broadcast(x.dims(), operands.get(1).dims()));
  }

  @Override
  public Type unary(ElementOp.Unary op) {
    switch (op.kind()) {
      case NOT -> truth(x);
      case NEG, ABS, SIGN -> {}
      default -> floating();
    }
    return x;
  }

  @Override
  public Type clip(ElementOp.Clip op) {
    return floating();
  }

  @Override
  public Type cast(ElementOp.Cast op) {
    return new Type(op.to(), x.dims());
  }

  @Override
  public Type quantizeLinear(ElementOp.QuantizeLinear op) {
    Sizes.require(x.dataType() == DataType.FLOAT32, "float32 elements are needed");
    Quantization.check(op.axis(), op.to(), operands);
    return new Type(op.to(), x.dims());
  }

  @Override
  public Type dequantizeLinear(ElementOp.DequantizeLinear op) {
    Quantization.check(op.axis(), x.dataType(), operands);
    return new Type(DataType.FLOAT32, x.dims());
  }

  @Override
  public Type compare(ElementOp.Compare op) {
    sameElements(operands);
    return new Type(DataType.BOOLEAN, Sizes.broadcast(x.dims(), operands.get(1).dims()));
  }

  @Override
  public Type logic(ElementOp.Logic op) {
    operands.forEach(ElementTypes::truth);
    return x.withDims(Sizes.broadcast(x.dims(), operands.get(1).dims()));
  }

  @Override
  public Type where(ElementOp.Where op) {
    truth(x);
    sameElements(operands.subList(1, 3));
    List<Long> values = Sizes.broadcast(operands.get(1).dims(), operands.get(2).dims());
    return operands.get(1).withDims(Sizes.broadcast(x.dims(), values));
  }

  private static void truth(Type type) {
    Sizes.require(type.dataType() == DataType.BOOLEAN, "truth values are needed");
  }
}
