package dev.fovea.optimizer.ir;

import java.util.List;

/** The types of the operands, and what operations ask of them. */
abstract class OperandTypes {
  final List<Type> operands;

  final Type x;

  OperandTypes(List<Type> operands) {
    this.operands = operands;
    this.x = operands.get(0);
  }

  Type floating() {
    Sizes.require(x.dataType().isFloating(), "floating-point elements are needed");
    return x;
  }

  void requireAxis(int axis) {
    Sizes.require(axis >= 0 && axis < x.rank(), "there is no axis " + axis);
  }

  static void requireRank(Type type, int rank) {
    Sizes.require(type.rank() == rank, type + " does not have " + rank + " axes");
  }

  static void sameElements(List<Type> types) {
    Sizes.require(
        types.stream().map(Type::dataType).distinct().count() == 1, "element types differ");
  }
}
