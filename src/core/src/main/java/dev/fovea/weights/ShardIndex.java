package dev.fovea.weights;

import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import com.google.gson.stream.MalformedJsonException;
import java.io.EOFException;
import java.io.IOException;
import java.io.StringReader;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/**
 * The checked index of a sharded checkpoint, {@code model.safetensors.index.json} on the hub: which
 * file beside it holds which tensor.
 *
 * @param files the file of every tensor, by name
 * @param bytes of all tensors, or -1 where the index does not say
 */
record ShardIndex(Map<String, String> files, long bytes) {
  static final int MOST_BYTES = 16 << 20;
  static final int MOST_FILES = 1024;
  private static final int LONGEST_NAME = 255;

  /**
   * Whether a file starts as an index: JSON has no byte 0 where a header's length must have some.
   */
  static boolean isIndex(byte[] first) {
    return first[0] == '{' && first[Long.BYTES - 1] != 0;
  }

  static ShardIndex read(TensorBytes file) throws IOException {
    if (file.size() > MOST_BYTES) {
      throw new WeightsFormatException(
          file.source(), "is an index of over " + MOST_BYTES + " bytes");
    }
    ByteBuffer text = ByteBuffer.allocate((int) file.size());
    file.readFully(text, 0);
    try {
      String decoded = StandardCharsets.UTF_8.newDecoder().decode(text.flip()).toString();
      JsonReader json = new JsonReader(new StringReader(decoded));
      json.setStrictness(Strictness.STRICT);
      return new Parser(file.source(), json).parse();
    } catch (CharacterCodingException e) {
      throw new WeightsFormatException(file.source(), "is not UTF-8", e);
    } catch (MalformedJsonException | EOFException | IllegalStateException e) {
      String reason = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
      throw new WeightsFormatException(file.source(), "is not a strict JSON index: " + reason, e);
    }
  }

  /** The files, each once, in the order in which they first stand in the index. */
  Set<String> names() {
    return new LinkedHashSet<>(files.values());
  }

  private static final class Parser {
    private final String source;
    private final JsonReader json;
    private final Map<String, String> files = new LinkedHashMap<>();
    private final Set<String> names = new LinkedHashSet<>();
    private long bytes = -1;

    Parser(String source, JsonReader json) {
      this.source = source;
      this.json = json;
    }

    ShardIndex parse() throws IOException {
      Set<String> keys = new LinkedHashSet<>();
      json.beginObject();
      while (json.hasNext()) {
        String key = json.nextName();
        if (!keys.add(key)) {
          throw fault("has '" + WeightsFormatException.printable(key) + "' twice");
        }
        switch (key) {
          case "weight_map" -> readMap();
          case "metadata" -> readMetadata();
          default -> json.skipValue();
        }
      }
      json.endObject();
      if (json.peek() != JsonToken.END_DOCUMENT) {
        throw fault("has text after its object");
      }
      if (!keys.contains("weight_map")) {
        throw fault("is JSON, but no index: it has no 'weight_map'");
      }
      return new ShardIndex(files, bytes);
    }

    private void readMap() throws IOException {
      json.beginObject();
      while (json.hasNext()) {
        String tensor = json.nextName();
        if (json.peek() != JsonToken.STRING) {
          throw fault(tensor, "has " + json.peek() + " where the name of a file belongs");
        }
        String name = json.nextString();
        if (!isPlain(name)) {
          String shown = WeightsFormatException.printable(name);
          throw fault(tensor, "is in '" + shown + "', which is not the plain name of a file");
        }
        if (names.add(name) && names.size() > MOST_FILES) {
          throw fault("names over " + MOST_FILES + " files");
        }
        if (files.put(tensor, name) != null) {
          throw fault(tensor, "stands twice in the index");
        }
        if (files.size() > SafeTensorsHeader.MOST_TENSORS) {
          throw fault("names over " + SafeTensorsHeader.MOST_TENSORS + " tensors");
        }
      }
      json.endObject();
    }

    /** Only files beside the index are opened. */
    private static boolean isPlain(String name) {
      return !name.isEmpty()
          && name.length() <= LONGEST_NAME
          && !name.startsWith(".")
          && name.chars().noneMatch(c -> c == '/' || c == '\\' || c == ':' || c < ' ');
    }

    private void readMetadata() throws IOException {
      json.beginObject();
      while (json.hasNext()) {
        String key = json.nextName();
        if (!key.equals("total_size")) {
          json.skipValue();
          continue;
        }
        if (bytes >= 0) {
          throw fault("has 'total_size' twice");
        }
        String digits = json.peek() == JsonToken.NUMBER ? json.nextString() : "";
        // Some writers count in floating point: 123.0.
        String whole = digits.endsWith(".0") ? digits.substring(0, digits.length() - 2) : digits;
        if (!whole.matches("[0-9]{1,18}")) {
          throw fault("has a 'total_size' that is not a number of bytes");
        }
        bytes = Long.parseLong(whole);
      }
      json.endObject();
    }

    private WeightsFormatException fault(String reason) {
      return new WeightsFormatException(source, reason);
    }

    private WeightsFormatException fault(String tensor, String reason) {
      return new WeightsFormatException(source, tensor, reason);
    }
  }
}
