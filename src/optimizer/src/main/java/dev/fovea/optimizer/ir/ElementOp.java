package dev.fovea.optimizer.ir;

import ai.djl.ndarray.types.DataType;

/** Operations on each element for itself, and their broadcasts. */
public sealed interface ElementOp extends Op {

  /**
   * A function of two operands of one element type, broadcast as in NumPy.
   *
   * @param kind the function
   */
  record Binary(Binary.Kind kind) implements ElementOp {
    /** The function of the two operands. */
    public enum Kind {
      /** x + y. */
      ADD,
      /** x - y. */
      SUB,
      /** x * y. */
      MUL,
      /** x / y. */
      DIV,
      /** x to the power of y. */
      POW,
      /** The smaller one. */
      MIN,
      /** The larger one. */
      MAX
    }

    @Override
    public <R> R accept(OpVisitor<R> v) {
      return v.elements().binary(this);
    }
  }

  /**
   * A function of each element.
   *
   * @param kind the function
   */
  record Unary(Unary.Kind kind) implements ElementOp {
    /** The function of each element. */
    public enum Kind {
      /** max(x, 0). */
      RELU,
      /** x / 2 * (1 + erf(x / sqrt(2))), the exact form. */
      GELU,
      /** 1 / (1 + exp(-x)). */
      SIGMOID,
      /** Hyperbolic tangent. */
      TANH,
      /** The error function. */
      ERF,
      /** Natural exponential. */
      EXP,
      /** Natural logarithm. */
      LOG,
      /** Square root. */
      SQRT,
      /** -x. */
      NEG,
      /** Absolute value. */
      ABS,
      /** x * sigmoid(x). */
      SILU,
      /** Largest integer that is not above x. */
      FLOOR,
      /** Smallest integer that is not below x. */
      CEIL,
      /** Nearest integer, halves to the even one. */
      ROUND,
      /** Sine. */
      SIN,
      /** Cosine. */
      COS,
      /** Tangent. */
      TAN,
      /** Inverse sine. */
      ASIN,
      /** Inverse cosine. */
      ACOS,
      /** Inverse tangent. */
      ATAN,
      /** Hyperbolic sine. */
      SINH,
      /** Hyperbolic cosine. */
      COSH,
      /** -1, 0 or 1, as x is below, at or above 0. */
      SIGN,
      /** True where x, a truth value, is false. */
      NOT
    }

    @Override
    public <R> R accept(OpVisitor<R> v) {
      return v.elements().unary(this);
    }
  }

  /**
   * min(max(x, low), high).
   *
   * @param low lower bound
   * @param high upper bound
   */
  record Clip(double low, double high) implements ElementOp {
    /** {@inheritDoc} */
    public Clip {
      Checks.check(low <= high, "low <= high", low + ", " + high);
    }

    @Override
    public <R> R accept(OpVisitor<R> v) {
      return v.elements().clip(this);
    }
  }

  /**
   * Changes the element type of x.
   *
   * @param to the new element type
   */
  record Cast(DataType to) implements ElementOp {
    @Override
    public <R> R accept(OpVisitor<R> v) {
      return v.elements().cast(this);
    }
  }

  /**
   * round(x / scale) + zeroPoint, halves to the even number, clamped to the range of an integer
   * type. Operands: float32 x, scale and zeroPoint, which has the integer type.
   *
   * @param to the integer type: UINT8 or INT8
   * @param axis the axis along which scale and zero point vary, counted from 0; {@link
   *     Op#PER_TENSOR} if they are one number each
   */
  record QuantizeLinear(DataType to, int axis) implements ElementOp {
    /** {@inheritDoc} */
    public QuantizeLinear {
      Checks.check(to == DataType.UINT8 || to == DataType.INT8, "integer type", to);
      Checks.check(axis >= PER_TENSOR, "axis", axis);
    }

    @Override
    public <R> R accept(OpVisitor<R> v) {
      return v.elements().quantizeLinear(this);
    }
  }

  /**
   * (x - zeroPoint) * scale. Operands: x (UINT8, INT8 or INT32), the float32 scale and the zero
   * point, of x's type.
   *
   * @param axis the axis along which scale and zero point vary, counted from 0; {@link
   *     Op#PER_TENSOR} if they are one number each
   */
  record DequantizeLinear(int axis) implements ElementOp {
    /** {@inheritDoc} */
    public DequantizeLinear {
      Checks.check(axis >= PER_TENSOR, "axis", axis);
    }

    @Override
    public <R> R accept(OpVisitor<R> v) {
      return v.elements().dequantizeLinear(this);
    }
  }

  /**
   * Compares two operands of one element type, broadcast as in NumPy; the result is of truth
   * values.
   *
   * @param kind the comparison
   */
  record Compare(Compare.Kind kind) implements ElementOp {
    /** When the result is true. */
    public enum Kind {
      /** x = y. */
      EQUAL,
      /** x is above y. */
      GREATER,
      /** x is y or above. */
      GREATER_OR_EQUAL,
      /** x is below y. */
      LESS,
      /** x is y or below. */
      LESS_OR_EQUAL
    }

    @Override
    public <R> R accept(OpVisitor<R> v) {
      return v.elements().compare(this);
    }
  }

  /**
   * Joins two operands of truth values, broadcast as in NumPy.
   *
   * @param kind the function
   */
  record Logic(Logic.Kind kind) implements ElementOp {
    /** When the result is true. */
    public enum Kind {
      /** Both are true. */
      AND,
      /** One or both are true. */
      OR,
      /** One is true, the other is not. */
      XOR
    }

    @Override
    public <R> R accept(OpVisitor<R> v) {
      return v.elements().logic(this);
    }
  }

  /**
   * x where the condition is true, else y. Operands: the condition (truth values), x and y, of one
   * element type; all three are broadcast as in NumPy.
   */
  record Where() implements ElementOp {
    @Override
    public <R> R accept(OpVisitor<R> v) {
      return v.elements().where(this);
    }
  }
}
