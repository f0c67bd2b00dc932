package dev.fovea.backbone;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import com.google.gson.stream.MalformedJsonException;
import java.io.EOFException;
import java.io.IOException;
import java.io.StringReader;
import java.math.BigDecimal;

/**
 * Reads a JSON object of a file that nobody vouches for: strictly, no field twice, and not nested
 * so deep that the stack could overflow.
 */
final class JsonText {
  private static final int DEEPEST = 32;
  private static final int LONGEST_NUMBER = 40;

  private final JsonReader json;

  private JsonText(JsonReader json) {
    this.json = json;
  }

  static JsonObject parse(String text, String source) throws IOException {
    JsonReader reader = new JsonReader(new StringReader(text));
    reader.setStrictness(Strictness.STRICT);
    reader.setNestingLimit(DEEPEST);
    try {
      JsonText parser = new JsonText(reader);
      JsonObject object = parser.object();
      if (reader.peek() != JsonToken.END_DOCUMENT) {
        throw new MalformedJsonException("more text after the object");
      }
      return object;
    } catch (MalformedJsonException
        | EOFException
        | IllegalStateException
        | NumberFormatException e) {
      throw new IOException(source + ": not a JSON object (" + e.getMessage() + ")", e);
    }
  }

  private JsonObject object() throws IOException {
    JsonObject object = new JsonObject();
    json.beginObject();
    while (json.hasNext()) {
      String name = json.nextName();
      if (object.has(name)) {
        throw new MalformedJsonException("a field stands twice, at " + json.getPath());
      }
      object.add(name, value());
    }
    json.endObject();
    return object;
  }

  private JsonElement value() throws IOException {
    return switch (json.peek()) {
      case BEGIN_OBJECT -> object();
      case BEGIN_ARRAY -> array();
      case STRING -> new JsonPrimitive(json.nextString());
      case BOOLEAN -> new JsonPrimitive(json.nextBoolean());
      case NULL -> {
        json.nextNull();
        yield JsonNull.INSTANCE;
      }
      default -> new JsonPrimitive(number(json.nextString()));
    };
  }

  private JsonArray array() throws IOException {
    JsonArray array = new JsonArray();
    json.beginArray();
    while (json.hasNext()) {
      array.add(value());
    }
    json.endArray();
    return array;
  }

  /** A number of a million digits takes minutes to be understood. */
  private BigDecimal number(String digits) throws IOException {
    if (digits.length() > LONGEST_NUMBER) {
      throw new MalformedJsonException("a number of " + digits.length() + " characters");
    }
    return new BigDecimal(digits);
  }
}
