package dev.fovea.weights;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** A tensor of a PyTorch file: a view of a storage by offset, shape and strides, in elements. */
final class TorchTensor implements Pickled {
  /**
   * A tensor whose elements share memory, such as an expanded one, becomes larger than the file
   * that it came from. Bounded, so that a small file cannot ask for all memory.
   */
  static final long MOST_SHARING = 1 << 20;

  final Storage storage;
  final StoredType type;
  private final long offset;
  private final long[] sizes;
  private final long[] strides;

  private TorchTensor(Storage storage, StoredType type, long offset, long[] sizes, long[] strides) {
    this.storage = storage;
    this.type = type;
    this.offset = offset;
    this.sizes = sizes;
    this.strides = strides;
  }

  /**
   * From the arguments of PyTorch's functions: storage, offset, sizes, strides, requires_grad,
   * hooks and, where it is not that of the storage, the type of the elements.
   *
   * @return null if the arguments are others
   */
  static @Nullable TorchTensor of(List<Object> arguments) {
    if (arguments.size() < 6
        || arguments.size() > 7
        || !(arguments.get(0) instanceof Storage storage)
        || !(arguments.get(1) instanceof Long offset)
        || !(arguments.get(2) instanceof Sequence sizes)
        || !(arguments.get(3) instanceof Sequence strides)
        || sizes.items().size() != strides.items().size()
        || sizes.items().size() > SafeTensorsHeader.MOST_DIMENSIONS
        || !sizes.items().stream().allMatch(Long.class::isInstance)
        || !strides.items().stream().allMatch(Long.class::isInstance)) {
      return null;
    }
    StoredType type = storage.type();
    if (arguments.size() == 7) {
      if (!(arguments.get(6) instanceof Global given)
          || given.isStorage()
          || given.elements == null) {
        return null;
      }
      type = given.elements;
    }
    return new TorchTensor(storage, type, offset, numbers(sizes), numbers(strides));
  }

  private static long[] numbers(Sequence sequence) {
    return sequence.items().stream().mapToLong(Long.class::cast).toArray();
  }

  Shape shape() {
    return new Shape(sizes);
  }

  /** Says what is wrong with the view, or gives null. */
  @Nullable String fault() {
    if (offset < 0
        || Arrays.stream(sizes).anyMatch(s -> s < 0)
        || Arrays.stream(strides).anyMatch(s -> s < 0)) {
      return "has a negative number in " + this;
    }
    try {
      long elements = type.bits / Byte.SIZE;
      long last = offset;
      for (int i = 0; i < sizes.length; i++) {
        elements = Math.multiplyExact(elements, Math.max(sizes[i], 1));
        last = Math.addExact(last, Math.multiplyExact(Math.max(sizes[i], 1) - 1, strides[i]));
      }
      long held = storage.bytes() / (type.bits / Byte.SIZE);
      if (isEmpty() || last < held) {
        return null;
      }
      return "with " + this + " reaches element " + last + " of a storage of " + held;
    } catch (ArithmeticException e) {
      return "with " + this + " is larger than any file";
    }
  }

  private boolean isEmpty() {
    return Arrays.stream(sizes).anyMatch(s -> s == 0);
  }

  private boolean isContiguous() {
    long[] expected = rowMajor();
    return IntStream.range(0, sizes.length)
        .allMatch(i -> sizes[i] == 1 || strides[i] == expected[i]);
  }

  private long[] rowMajor() {
    long[] result = new long[sizes.length];
    long step = 1;
    for (int i = sizes.length - 1; i >= 0; i--) {
      result[i] = step;
      step *= sizes[i];
    }
    return result;
  }

  /** Axes with more than one index, the one of the largest stride first. */
  private int[] axesByStride() {
    return IntStream.range(0, sizes.length)
        .filter(i -> sizes[i] > 1)
        .boxed()
        .sorted(Comparator.comparing((Integer i) -> strides[i]).reversed())
        .mapToInt(i -> i)
        .toArray();
  }

  /** Whether two indices can mean the same element: a stride is within the span of smaller ones. */
  private boolean shares() {
    int[] axes = axesByStride();
    long span = 0;
    for (int i = axes.length - 1; i >= 0; i--) {
      if (strides[axes[i]] <= span) {
        return true;
      }
      span += (sizes[axes[i]] - 1) * strides[axes[i]];
    }
    return false;
  }

  /** Says why the tensor cannot be read, or gives null. */
  @Nullable String refusal() {
    if (!isEmpty() && shares() && shape().size() > MOST_SHARING) {
      return "with "
          + this
          + " repeats elements of its storage and has over "
          + MOST_SHARING
          + " of them; save it with .contiguous()";
    }
    return null;
  }

  /** Reads the tensor from a storage that starts at a byte of the file. */
  NDArray read(TensorBytes file, long start, String name, NDManager manager) throws IOException {
    if (isContiguous()) {
      long begin = start + offset * (type.bits / Byte.SIZE);
      return file.array(manager, name, type, shape(), begin);
    }
    TensorBytes.Filler filler = array -> fill(file, start, name, TensorBytes.memory(array));
    return file.array(manager, name, type, shape(), filler);
  }

  /** Row by row, from elements that lie in another order. */
  private void fill(TensorBytes file, long start, String name, ByteBuffer memory)
      throws IOException {
    int size = type.bits / Byte.SIZE;
    long end = start + storage.bytes();
    // The largest stride outermost, so that the file is read from front to back in one pass.
    int[] axes = axesByStride();
    long[] target = rowMajor();
    long[] index = new long[axes.length];
    long from = offset;
    long to = 0;
    HalfFloats halves = new HalfFloats();
    ByteBuffer window = ByteBuffer.allocate(TensorBytes.CHUNK).order(ByteOrder.LITTLE_ENDIAN);
    long windowStart = 0;
    int filled = 0;
    for (long left = shape().size(); left > 0; left--) {
      long position = start + from * size;
      if (position < windowStart || position + size > windowStart + filled) {
        filled = (int) Math.min(TensorBytes.CHUNK, end - position);
        windowStart = position;
        file.readFully(window.clear().limit(filled), windowStart);
      }
      int at = (int) (position - windowStart);
      memory.position(Math.toIntExact(to * type.loaded.getNumOfBytes()));
      file.convert(window.limit(at + size).position(at), memory, name, type, halves);
      for (int i = axes.length - 1; i >= 0; i--) {
        int axis = axes[i];
        from += strides[axis];
        to += target[axis];
        if (++index[i] < sizes[axis]) {
          break;
        }
        index[i] = 0;
        from -= sizes[axis] * strides[axis];
        to -= sizes[axis] * target[axis];
      }
    }
  }

  @Override
  public String toString() {
    return "offset "
        + offset
        + ", shape "
        + Arrays.toString(sizes)
        + ", strides "
        + Arrays.toString(strides);
  }
}
