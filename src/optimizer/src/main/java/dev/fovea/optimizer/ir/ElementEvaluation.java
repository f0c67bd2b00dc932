package dev.fovea.optimizer.ir;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.DataType;

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
}
