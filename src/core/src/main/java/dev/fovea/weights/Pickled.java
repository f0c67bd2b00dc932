package dev.fovea.weights;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a pickle can hold besides text, numbers and truth values.
 *
 * <p>All are compared by identity and never walked through: a pickle nests as deep as it has bytes,
 * and can hold itself.
 */
interface Pickled {

  /** Python's {@code None}. */
  Pickled NONE =
      new Pickled() {
        @Override
        public String toString() {
          return "None";
        }
      };

  /** A function or type that the pickle names. */
  enum Global implements Pickled {
    ORDERED_DICT("collections.OrderedDict"),
    SIZE("torch.Size"),
    TENSOR_V2("torch._utils._rebuild_tensor_v2"),
    TENSOR_V3("torch._utils._rebuild_tensor_v3"),
    PARAMETER("torch._utils._rebuild_parameter"),
    UNTYPED("torch.storage.UntypedStorage", StoredType.U8),
    FLOAT("torch.FloatStorage", StoredType.F32),
    DOUBLE("torch.DoubleStorage", StoredType.F64),
    HALF("torch.HalfStorage", StoredType.F16),
    BFLOAT16("torch.BFloat16Storage", StoredType.BF16),
    LONG("torch.LongStorage", StoredType.I64),
    INT("torch.IntStorage", StoredType.I32),
    SHORT("torch.ShortStorage", StoredType.I16),
    CHAR("torch.CharStorage", StoredType.I8),
    BYTE("torch.ByteStorage", StoredType.U8),
    BOOL("torch.BoolStorage", StoredType.BOOL),
    COMPLEX_FLOAT("torch.ComplexFloatStorage", StoredType.C64),
    FLOAT32_TYPE("torch.float32", StoredType.F32),
    FLOAT64_TYPE("torch.float64", StoredType.F64),
    FLOAT16_TYPE("torch.float16", StoredType.F16),
    BFLOAT16_TYPE("torch.bfloat16", StoredType.BF16),
    FLOAT8_E4M3FN_TYPE("torch.float8_e4m3fn", StoredType.F8_E4M3),
    FLOAT8_E5M2_TYPE("torch.float8_e5m2", StoredType.F8_E5M2),
    INT64_TYPE("torch.int64", StoredType.I64),
    INT32_TYPE("torch.int32", StoredType.I32),
    INT16_TYPE("torch.int16", StoredType.I16),
    INT8_TYPE("torch.int8", StoredType.I8),
    UINT8_TYPE("torch.uint8", StoredType.U8),
    UINT16_TYPE("torch.uint16", StoredType.U16),
    UINT32_TYPE("torch.uint32", StoredType.U32),
    UINT64_TYPE("torch.uint64", StoredType.U64),
    BOOL_TYPE("torch.bool", StoredType.BOOL);

    /** Module and name, joined by a dot. */
    final String path;

    /** The type of the elements, for a type of storages or elements. */
    final @Nullable StoredType elements;

    Global(String path) {
      this.path = path;
      this.elements = null;
    }

    Global(String path, StoredType elements) {
      this.path = path;
      this.elements = elements;
    }

    boolean isStorage() {
      return elements != null && path.endsWith("Storage");
    }

    /** The one list of what a file may ask for. Names are compared, nothing is looked up. */
    static @Nullable Global named(String module, String name) {
      for (Global global : values()) {
        int dot = global.path.lastIndexOf('.');
        if (dot == module.length()
            && global.path.startsWith(module)
            && global.path.substring(dot + 1).equals(name)) {
          return global;
        }
      }
      return null;
    }
  }

  /** A list; or a tuple, whose items do not change. */
  final class Sequence implements Pickled {
    final boolean tuple;
    private List<Object> items;

    Sequence(boolean tuple, List<Object> items) {
      this.tuple = tuple;
      this.items = items;
    }

    List<Object> items() {
      return items;
    }

    void addAll(List<Object> more) {
      if (items.isEmpty()) {
        items = new ArrayList<>(); // most lists and dictionaries of hostile files are empty
      }
      items.addAll(more);
    }
  }

  /** A dictionary, in the order of insertion; an equal key replaces the value, as in Python. */
  final class Dict implements Pickled {
    final boolean ordered;
    private Map<Object, Object> entries = Map.of();

    Dict(boolean ordered) {
      this.ordered = ordered;
    }

    Map<Object, Object> entries() {
      return entries;
    }

    void put(Object key, Object value) {
      if (entries.isEmpty()) {
        entries = new LinkedHashMap<>();
      }
      entries.put(key, value);
    }
  }

  /**
   * A run of elements that tensors are views of.
   *
   * @param key its name in the file
   * @param type the type of its elements
   * @param length the number of its elements, as the pickle tells it
   */
  record Storage(String key, StoredType type, long length) implements Pickled {

    /** From a persistent id of PyTorch; null if it is not one. */
    static @Nullable Storage of(List<Object> id) {
      return (id.size() == 5 || id.size() == 6)
              && id.get(0).equals("storage")
              && id.get(1) instanceof Global type
              && type.isStorage()
              && type.elements != null
              && id.get(2) instanceof String key
              && id.get(4) instanceof Long length
              && length >= 0
          ? new Storage(key, type.elements, length)
          : null;
    }

    /** The size in bytes, or -1 where it is over 2^63 - 1. */
    long bytes() {
      long size = type.bits / Byte.SIZE;
      return length > Long.MAX_VALUE / size ? -1 : length * size;
    }
  }
}
