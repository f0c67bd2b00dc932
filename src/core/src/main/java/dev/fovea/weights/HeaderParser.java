package dev.fovea.weights;

import ai.djl.ndarray.types.Shape;
import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import com.google.gson.stream.MalformedJsonException;
import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CharsetEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads the JSON of a header; any fault becomes the one exception type. */
final class HeaderParser {
  final Map<String, String> metadata = new LinkedHashMap<>();
  final Map<String, SafeTensorsHeader.Entry> entries = new HashMap<>();
  private final String source;
  private final JsonReader json;
  private final CharsetEncoder utf8 = StandardCharsets.UTF_8.newEncoder();
  private @Nullable String tensor;

  HeaderParser(String source, HeaderText text) {
    this.source = source;
    json = new JsonReader(text);
    json.setStrictness(Strictness.STRICT);
  }

  void parse() throws IOException {
    try {
      json.beginObject();
      boolean described = false;
      while (json.hasNext()) {
        String name = wellFormed(json.nextName());
        tensor = name;
        if (name.equals(SafeTensorsHeader.METADATA)) {
          if (described) {
            throw fault("stands twice in the header");
          }
          described = true;
          readMetadata();
        } else {
          if (entries.size() == SafeTensorsHeader.MOST_TENSORS) {
            throw new WeightsFormatException(
                source, "more than " + SafeTensorsHeader.MOST_TENSORS + " tensors");
          }
          if (entries.put(name, readEntry()) != null) {
            throw fault("stands twice in the header");
          }
        }
        tensor = null;
      }
      json.endObject();
      if (json.peek() != JsonToken.END_DOCUMENT) {
        throw new WeightsFormatException(source, "text after the header's object");
      }
    } catch (CharacterCodingException e) {
      throw new WeightsFormatException(source, "header is not UTF-8", e);
    } catch (MalformedJsonException | EOFException | IllegalStateException e) {
      throw new WeightsFormatException(source, "header is not strict JSON: " + firstLine(e), e);
    }
  }

  private void readMetadata() throws IOException {
    if (json.peek() == JsonToken.NULL) {
      json.nextNull();
      return;
    }
    json.beginObject();
    while (json.hasNext()) {
      if (metadata.put(wellFormed(json.nextName()), string()) != null) {
        throw fault("has a key that stands twice");
      }
    }
    json.endObject();
  }

  private SafeTensorsHeader.Entry readEntry() throws IOException {
    StoredType type = null;
    long[] dims = null;
    long[] offsets = null;
    expect(JsonToken.BEGIN_OBJECT);
    json.beginObject();
    while (json.hasNext()) {
      String key = json.nextName();
      boolean again =
          switch (key) {
            case "dtype" -> type != null;
            case "shape" -> dims != null;
            case "data_offsets" -> offsets != null;
            default -> false;
          };
      if (again) {
        throw fault("has " + key + " twice");
      }
      switch (key) {
        case "dtype" -> {
          String name = string();
          type = StoredType.named(name);
          if (type == null) {
            throw fault("has unknown dtype '" + WeightsFormatException.printable(name) + "'");
          }
        }
        case "shape" -> dims = numbers(key, SafeTensorsHeader.MOST_DIMENSIONS);
        case "data_offsets" -> offsets = numbers(key, 2);
        default -> json.skipValue();
      }
    }
    json.endObject();
    if (type == null || dims == null || offsets == null) {
      throw fault("needs dtype, shape and data_offsets");
    }
    if (offsets.length != 2) {
      throw fault("has " + offsets.length + " data_offsets, expected 2");
    }
    long begin = offsets[0];
    long end = offsets[1];
    long bytes = byteSize(type, dims);
    if (end < begin || end - begin != bytes) {
      String given = "data_offsets " + Arrays.toString(offsets);
      throw fault(described(type, dims) + " takes " + bytes + " bytes, not " + given);
    }
    return new SafeTensorsHeader.Entry(type, new Shape(dims), begin, end);
  }

  private long byteSize(StoredType type, long[] dims) throws IOException {
    boolean empty = false;
    try {
      // Without the zeros: an engine computes strides from the other axes of an empty tensor,
      // too.
      long bits = type.bits;
      for (long dim : dims) {
        bits = Math.multiplyExact(bits, Math.max(dim, 1));
        empty |= dim == 0;
      }
      if (empty) {
        return 0;
      }
      if (bits % Byte.SIZE != 0) {
        throw fault(described(type, dims) + " does not end on a whole byte");
      }
      return bits / Byte.SIZE;
    } catch (ArithmeticException e) {
      throw fault(described(type, dims) + " is larger than any file");
    }
  }

  private static String described(StoredType type, long[] dims) {
    return "of " + type + " " + Arrays.toString(dims);
  }

  /** Whole numbers written as digits only: 1e3, 1.0 and -0 are read differently by readers. */
  private long[] numbers(String key, int most) throws IOException {
    long[] values = new long[4];
    int count = 0;
    expect(JsonToken.BEGIN_ARRAY);
    json.beginArray();
    while (json.hasNext()) {
      if (count == most) {
        throw fault("has more than " + most + " numbers in " + key);
      }
      expect(JsonToken.NUMBER);
      String digits = json.nextString();
      if (!isDigits(digits)) {
        throw fault("has " + digits + " in " + key + ", expected digits only");
      }
      if (count == values.length) {
        values = Arrays.copyOf(values, 2 * count);
      }
      try {
        values[count++] = Long.parseLong(digits);
      } catch (NumberFormatException e) {
        throw fault("has " + digits + " in " + key + ", which is over 2^63 - 1");
      }
    }
    json.endArray();
    return Arrays.copyOf(values, count);
  }

  /** Without a stream: a header has thousands of numbers, read before anything is compiled. */
  private static boolean isDigits(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) < '0' || text.charAt(i) > '9') {
        return false;
      }
    }
    return true;
  }

  private String string() throws IOException {
    expect(JsonToken.STRING);
    return wellFormed(json.nextString());
  }

  private String wellFormed(String text) throws IOException {
    if (hasSurrogates(text) && !utf8.canEncode(text)) {
      throw new WeightsFormatException(source, "half of a surrogate pair in the header");
    }
    return text;
  }

  private static boolean hasSurrogates(String text) {
    int length = text.length();
    for (int i = 0; i < length; i++) {
      char c = text.charAt(i);
      if (c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE) {
        return true;
      }
    }
    return false;
  }

  private void expect(JsonToken token) throws IOException {
    JsonToken found = json.peek();
    if (found != token) {
      throw fault("has " + found + " where " + token + " belongs");
    }
  }

  private WeightsFormatException fault(String reason) {
    return tensor == null
        ? new WeightsFormatException(source, reason)
        : new WeightsFormatException(source, tensor, reason);
  }

  /** Gson adds a link to its troubleshooting page on a second line. */
  private static String firstLine(Exception e) {
    return String.valueOf(e.getMessage()).lines().findFirst().orElse("");
  }
}
