package dev.fovea.optimizer.ir;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import java.util.List;

/** The operands of an operation as arrays. */
abstract class OperandArrays {
  final NDList operands;

  final NDArray x;

  OperandArrays(NDList operands) {
    this.operands = operands;
    this.x = operands.head();
  }

  /** The sizes, with those that are operands read. */
  long[] sizes(List<Long> sizes) {
    long[] result = new long[sizes.size()];
    int next = 1;
    for (int i = 0; i < result.length; i++) {
      result[i] = sizes.get(i) == Op.FROM_INPUT ? scalar(operands.get(next++)) : sizes.get(i);
    }
    return result;
  }

  /** Not NDArray.getLong: it leaves an array on the manager. */
  static long scalar(NDArray size) {
    return size.toLongArray()[0];
  }

  void closeUnlessOperand(NDArray array) {
    if (array != x) {
      array.close();
    }
  }

  static int[] ints(List<Integer> list) {
    return list.stream().mapToInt(Integer::intValue).toArray();
  }
}
