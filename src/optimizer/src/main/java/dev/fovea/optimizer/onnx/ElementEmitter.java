package dev.fovea.optimizer.onnx;

import dev.fovea.optimizer.ir.ElementOp;
import dev.fovea.optimizer.ir.Node;
import dev.fovea.optimizer.ir.Op;
import dev.fovea.optimizer.ir.OpVisitor;
import java.util.ArrayList;
import java.util.List;

/** What operations on each element become in ONNX. */
final class ElementEmitter extends Emitter implements OpVisitor.Elements<String> {
  ElementEmitter(GraphEmitter graph, Node node) {
    super(graph, node);
  }

  @Override
  public String binary(ElementOp.Binary op) {
    return last(
        switch (op.kind()) {
          case ADD -> "Add";
          case SUB -> "Sub";
          case MUL -> "Mul";
          case DIV -> "Div";
          case POW -> "Pow";
          case MIN -> "Min";
          case MAX -> "Max";
        },
        inputs);
  }

  @Override
  public String unary(ElementOp.Unary op) {
    return switch (op.kind()) {
      case RELU -> last("Relu", inputs);
      case GELU -> gelu();
      case SIGMOID -> last("Sigmoid", inputs);
      case TANH -> last("Tanh", inputs);
      case ERF -> last("Erf", inputs);
      case EXP -> last("Exp", inputs);
      case LOG -> last("Log", inputs);
      case SQRT -> last("Sqrt", inputs);
      case NEG -> last("Neg", inputs);
      case ABS -> last("Abs", inputs);
      case SILU -> last("Mul", List.of(inputs.get(0), step("Sigmoid", inputs)));
      case FLOOR -> last("Floor", inputs);
      case CEIL -> last("Ceil", inputs);
      case ROUND -> last("Round", inputs);
      case SIN -> last("Sin", inputs);
      case COS -> last("Cos", inputs);
      case TAN -> last("Tan", inputs);
      case ASIN -> last("Asin", inputs);
      case ACOS -> last("Acos", inputs);
      case ATAN -> last("Atan", inputs);
      case SINH -> last("Sinh", inputs);
      case COSH -> last("Cosh", inputs);
      case SIGN -> last("Sign", inputs);
      case NOT -> last("Not", inputs);
    };
  }

  @Override
  public String clip(ElementOp.Clip op) {
    List<String> operands = new ArrayList<>(inputs);
    operands.add(Double.isInfinite(op.low()) ? "" : graph.scalar(type, op.low()));
    if (!Double.isInfinite(op.high())) {
      operands.add(graph.scalar(type, op.high()));
    }
    return last("Clip", operands);
  }

  @Override
  public String cast(ElementOp.Cast op) {
    return last("Cast", inputs, Attributes.integer("to", GraphEmitter.elementType(op.to())));
  }

  @Override
  public String quantizeLinear(ElementOp.QuantizeLinear op) {
    return quantization("QuantizeLinear", op.axis());
  }

  @Override
  public String dequantizeLinear(ElementOp.DequantizeLinear op) {
    return quantization("DequantizeLinear", op.axis());
  }

  /** The operator Gelu exists from set 20 on; run-times recognize these five nodes. */
  private String gelu() {
    String x = inputs.get(0);
    String y = step("Div", List.of(x, graph.scalar(type, Math.sqrt(2))));
    y = step("Erf", List.of(y));
    y = step("Add", List.of(y, graph.scalar(type, 1.0)));
    y = step("Mul", List.of(x, y));
    return last("Mul", List.of(y, graph.scalar(type, 0.5)));
  }

  private String quantization(String opType, int axis) {
    return axis == Op.PER_TENSOR
        ? last(opType, inputs)
        : last(opType, inputs, Attributes.integer("axis", axis));
  }

  @Override
  public String compare(ElementOp.Compare op) {
    return last(
        switch (op.kind()) {
          case EQUAL -> "Equal";
          case GREATER -> "Greater";
          case GREATER_OR_EQUAL -> "GreaterOrEqual";
          case LESS -> "Less";
          case LESS_OR_EQUAL -> "LessOrEqual";
        },
        inputs);
  }

  @Override
  public String logic(ElementOp.Logic op) {
    return last(
        switch (op.kind()) {
          case AND -> "And";
          case OR -> "Or";
          case XOR -> "Xor";
        },
        inputs);
  }

  @Override
  public String where(ElementOp.Where op) {
    return last("Where", inputs);
  }
}
