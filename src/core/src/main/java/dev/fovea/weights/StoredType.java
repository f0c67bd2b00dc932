package dev.fovea.weights;

import ai.djl.ndarray.types.DataType;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The element types of the safetensors format, in the order of increasing alignment that its
 * reference writer sorts tensors by (safetensors 0.8, {@code enum Dtype}).
 *
 * <p>A type that LibTorch's binding has no counterpart for is widened when every value survives it,
 * and otherwise only listed.
 */
enum StoredType {
  BOOL(8, DataType.BOOLEAN),
  F4(4, DataType.UNKNOWN),
  F6_E2M3(6, DataType.UNKNOWN),
  F6_E3M2(6, DataType.UNKNOWN),
  U8(8, DataType.UINT8),
  I8(8, DataType.INT8),
  F8_E5M2(8, DataType.UNKNOWN),
  F8_E4M3(8, DataType.UNKNOWN),
  F8_E8M0(8, DataType.UNKNOWN),
  F8_E4M3FNUZ(8, DataType.UNKNOWN),
  F8_E5M2FNUZ(8, DataType.UNKNOWN),
  I16(16, DataType.INT32),
  U16(16, DataType.INT32),
  F16(16, DataType.FLOAT32),
  BF16(16, DataType.FLOAT32),
  I32(32, DataType.INT32),
  U32(32, DataType.INT64),
  F32(32, DataType.FLOAT32),
  C64(64, DataType.UNKNOWN),
  F64(64, DataType.FLOAT64),
  I64(64, DataType.INT64),
  U64(64, DataType.UNKNOWN);

  private static final Map<String, StoredType> NAMED = new HashMap<>();

  static {
    for (StoredType type : values()) {
      NAMED.put(type.name(), type);
    }
  }

  final int bits;
  final DataType loaded;

  StoredType(int bits, DataType loaded) {
    this.bits = bits;
    this.loaded = loaded;
  }

  static @Nullable StoredType named(String name) {
    return NAMED.get(name);
  }

  static StoredType of(DataType type) {
    return switch (type) {
      case BOOLEAN -> BOOL;
      case UINT8 -> U8;
      case INT8 -> I8;
      case INT32 -> I32;
      case INT64 -> I64;
      case FLOAT16 -> F16;
      case FLOAT32 -> F32;
      case FLOAT64 -> F64;
      default -> throw new IllegalArgumentException("arrays of " + type + " cannot be written");
    };
  }

  /** Whether the bytes of the file are those of the loaded array. */
  boolean isLoadedAsStored() {
    return bits == loaded.getNumOfBytes() * 8 && this != BOOL;
  }

  /**
   * Turns stored elements into loaded ones.
   *
   * @return false at a value that the type does not have
   */
  boolean convert(ByteBuffer stored, ByteBuffer loadedTo, HalfFloats halves) {
    // One loop a type, with positions of its own: hundreds of millions of elements go through it.
    int from = stored.position();
    int end = stored.limit();
    int to = loadedTo.position();
    switch (this) {
      case BOOL -> {
        for (; from < end; from++, to++) {
          byte value = stored.get(from);
          if (value != 0 && value != 1) {
            return false;
          }
          loadedTo.put(to, value);
        }
      }
      case I16 -> {
        for (; from < end; from += Short.BYTES, to += Integer.BYTES) {
          loadedTo.putInt(to, stored.getShort(from));
        }
      }
      case U16 -> {
        for (; from < end; from += Short.BYTES, to += Integer.BYTES) {
          loadedTo.putInt(to, Short.toUnsignedInt(stored.getShort(from)));
        }
      }
      case F16 -> {
        HalfFloats.widen(stored, loadedTo);
        return true;
      }
      case BF16 -> {
        halves.widenBrain(stored, loadedTo);
        return true;
      }
      case U32 -> {
        for (; from < end; from += Integer.BYTES, to += Long.BYTES) {
          loadedTo.putLong(to, Integer.toUnsignedLong(stored.getInt(from)));
        }
      }
      default -> {
        loadedTo.put(stored);
        return true;
      }
    }
    stored.position(end);
    loadedTo.position(to);
    return true;
  }
}
