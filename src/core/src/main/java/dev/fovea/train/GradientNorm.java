package dev.fovea.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.DataType;
import java.util.Collection;

/**
 * The Euclidean norm of all gradients together, and its clipping.
 *
 * <pre>norm = sqrt(sum of all squares);   g = g min(1, max / (norm + 1e-6))</pre>
 *
 * <p>Pascanu et al., ICML 2013, arXiv:1211.5063, algorithm 1; the arithmetic is that of {@code
 * torch.nn.utils.clip_grad_norm_}.
 */
public final class GradientNorm {

  private GradientNorm() {}

  /**
   * Scales gradients down, in place, if their norm is above a bound.
   *
   * @param gradients the gradients, at least one
   * @param max the bound, above 0; infinity only measures
   * @return the norm before; if it is not finite the gradients are left as they are
   */
  public static double clip(Collection<NDArray> gradients, double max) {
    if (!(max > 0)) {
      throw new IllegalArgumentException("The largest norm must be above 0, but is " + max);
    }
    try (NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      NDList norms = new NDList();
      for (NDArray gradient : gradients) {
        norms.add(gradient.norm().toType(DataType.FLOAT32, false));
      }
      double norm = NDArrays.stack(norms).norm().toType(DataType.FLOAT64, false).getDouble();
      double scale = max / (norm + 1e-6);
      if (Double.isFinite(norm) && scale < 1) {
        NDArray factor = norms.head().getManager().create(scale);
        gradients.forEach(gradient -> gradient.muli(factor));
      }
      return norm;
    }
  }
}
