package dev.fovea.weights;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** How the elements of a tensor of a file lie in ours. A tensor that it does not fit, it passes. */
interface Layout {

  /** The tensor as it is. */
  Layout SAME =
      new Layout() {
        @Override
        public Shape shape(Shape from) {
          return from;
        }

        @Override
        public NDArray values(NDArray from) {
          return from;
        }

        @Override
        public Layout inverse() {
          return this;
        }
      };

  /** Our shape for one of the file. */
  Shape shape(Shape from);

  /** Our elements, maybe a view of those given. */
  NDArray values(NDArray from);

  /** From ours to that of the file. */
  Layout inverse();

  /** Axes of length 1 that come or go: names and ones. */
  record Axes(List<String> from, List<String> to) implements Layout {
    @Override
    public Shape shape(Shape given) {
      if (given.dimension() != from.size()) {
        return given;
      }
      Map<String, Long> sizes = new HashMap<>();
      for (int i = 0; i < from.size(); i++) {
        if (from.get(i).equals("1") && given.get(i) != 1) {
          return given;
        }
        sizes.put(from.get(i), given.get(i));
      }
      return new Shape(
          to.stream().mapToLong(d -> d.equals("1") ? 1 : sizes.getOrDefault(d, 1L)).toArray());
    }

    @Override
    public NDArray values(NDArray given) {
      return given.reshape(shape(given.getShape()));
    }

    @Override
    public Layout inverse() {
      return new Axes(to, from);
    }
  }

  /**
   * Kernels of MinkowskiEngine's convolutions: (k k, I, O), of depthwise ones (k k, C). The first
   * axis goes through a column before the next one. Ours are (O, I, k, k) and (C, 1, k, k).
   */
  record SparseKernel() implements Layout {
    @Override
    public Shape shape(Shape given) {
      int rank = given.dimension();
      int side = rank == 0 ? 0 : (int) Math.round(Math.sqrt((double) given.get(0)));
      if (rank < 2 || rank > 3 || (long) side * side != given.get(0)) {
        return given;
      }
      return rank == 2
          ? new Shape(given.get(1), 1, side, side)
          : new Shape(given.get(2), given.get(1), side, side);
    }

    @Override
    public NDArray values(NDArray given) {
      Shape shape = shape(given.getShape());
      if (shape.equals(given.getShape())) {
        return given;
      }
      NDArray sides = given.reshape(shape.get(2), shape.get(3), shape.get(1), shape.get(0));
      return sides.transpose(3, 2, 1, 0); // (x, y, I, O) -> (O, I, y, x)
    }

    @Override
    public Layout inverse() {
      return new DenseKernel();
    }
  }

  /** The way back from {@link SparseKernel}. One input channel means depthwise. */
  record DenseKernel() implements Layout {
    @Override
    public Shape shape(Shape given) {
      if (given.dimension() != 4 || given.get(2) != given.get(3)) {
        return given;
      }
      long area = given.get(2) * given.get(3);
      return given.get(1) == 1
          ? new Shape(area, given.get(0))
          : new Shape(area, given.get(1), given.get(0));
    }

    @Override
    public NDArray values(NDArray given) {
      Shape shape = shape(given.getShape());
      return shape.equals(given.getShape()) ? given : given.transpose(3, 2, 1, 0).reshape(shape);
    }

    @Override
    public Layout inverse() {
      return new SparseKernel();
    }
  }
}
