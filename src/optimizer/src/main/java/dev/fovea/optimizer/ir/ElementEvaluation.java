package dev.fovea.optimizer.ir;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.List;

/** Runs operations on each element. */
final class ElementEvaluation extends OperandArrays implements OpVisitor.Elements<NDArray> {
  ElementEvaluation(NDList operands) {
    super(operands);
  }

  @Override
  public NDArray binary(ElementOp.Binary op) {
    NDArray y = operands.get(1);
    return switch (op.kind()) {
      case ADD -> x.add(y);
      case SUB -> x.sub(y);
      case MUL -> x.mul(y);
      case DIV -> x.div(y);
      case POW -> x.pow(y);
      case MIN -> x.minimum(y);
      case MAX -> x.maximum(y);
    };
  }

  @Override
  public NDArray unary(ElementOp.Unary op) {
    return switch (op.kind()) {
      case RELU -> x.getNDArrayInternal().relu();
      case GELU -> x.getNDArrayInternal().gelu();
      case SIGMOID -> x.getNDArrayInternal().sigmoid();
      case TANH -> x.tanh();
      case ERF -> x.erf();
      case EXP -> x.exp();
      case LOG -> x.log();
      case SQRT -> x.sqrt();
      case NEG -> x.neg();
      case ABS -> x.abs();
      case SILU -> silu();
      case FLOOR -> x.floor();
      case CEIL -> x.ceil();
      case ROUND -> x.round();
      case SIN -> x.sin();
      case COS -> x.cos();
      case TAN -> x.tan();
      case ASIN -> x.asin();
      case ACOS -> x.acos();
      case ATAN -> x.atan();
      case SINH -> x.sinh();
      case COSH -> x.cosh();
      case SIGN -> x.sign();
      case NOT -> x.logicalNot();
    };
  }

  /** Not NDArray.clip: the PyTorch engine leaves its two bounds on the manager. */
  @Override
  public NDArray clip(ElementOp.Clip op) {
    boolean single = x.getDataType() == DataType.FLOAT32;
    try (NDArray low = x.maximum(single ? (Number) (float) op.low() : (Number) op.low())) {
      return low.minimum(single ? (Number) (float) op.high() : (Number) op.high());
    }
  }

  @Override
  public NDArray cast(ElementOp.Cast op) {
    return x.toType(op.to(), false);
  }

  @Override
  public NDArray quantizeLinear(ElementOp.QuantizeLinear op) {
    return Quantization.quantize(op, x, operands.get(1), operands.get(2));
  }

  @Override
  public NDArray dequantizeLinear(ElementOp.DequantizeLinear op) {
    return Quantization.dequantize(op, x, operands.get(1), operands.get(2));
  }

  private NDArray silu() {
    try (NDArray gate = x.getNDArrayInternal().sigmoid()) {
      return x.mul(gate);
    }
  }

  @Override
  public NDArray compare(ElementOp.Compare op) {
    NDArray y = operands.get(1);
    return switch (op.kind()) {
      case EQUAL -> x.eq(y);
      case GREATER -> x.gt(y);
      case GREATER_OR_EQUAL -> x.gte(y);
      case LESS -> x.lt(y);
      case LESS_OR_EQUAL -> x.lte(y);
    };
  }

  @Override
  public NDArray logic(ElementOp.Logic op) {
    NDArray y = operands.get(1);
    return switch (op.kind()) {
      case AND -> x.logicalAnd(y);
      case OR -> x.logicalOr(y);
      case XOR -> x.logicalXor(y);
    };
  }

  /** The engine wants all three of one shape. */
  @Override
  public NDArray where(ElementOp.Where op) {
    List<Long> dims = dims(x);
    for (NDArray value : operands.subNDList(1)) {
      dims = Sizes.broadcast(dims, dims(value));
    }
    Shape shape = new Shape(dims);
    try (NDArray condition = x.broadcast(shape);
        NDArray a = operands.get(1).broadcast(shape);
        NDArray b = operands.get(2).broadcast(shape)) {
      return a.getNDArrayInternal().where(condition, b);
    }
  }

  private static List<Long> dims(NDArray array) {
    return Arrays.stream(array.getShape().getShape()).boxed().toList();
  }
}
