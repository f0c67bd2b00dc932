package dev.fovea.weights;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;

/** Rows for some tokens, then for a square grid of patches, row by row: (1, prefix + from^2, D). */
record PositionTable(int prefix, int from, int to, PositionInterpolation interpolation) {

  /** (1, prefix + from^2, D) -> (1, prefix + to^2, D). */
  NDArray resample(NDArray given) {
    NDArray table = given.toType(DataType.FLOAT32, false);
    long dim = table.getShape().get(2);
    float[] flat = new float[to * from];
    float[][] weights = interpolation.weights(from, to);
    for (int i = 0; i < to; i++) {
      System.arraycopy(weights[i], 0, flat, i * from, from);
    }
    NDArray matrix = table.getManager().create(flat, new Shape(to, from));
    NDArray columns = table.get(":, " + prefix + ":").reshape(from, from, dim);
    NDArray rows = matrix.matMul(columns); // (to, from) (from, from, D) -> (from, to, D)
    NDArray grid = matrix.matMul(rows.reshape(from, to * dim)).reshape(1, (long) to * to, dim);
    return NDArrays.concat(new NDList(table.get(":, :" + prefix), grid), 1);
  }
}
