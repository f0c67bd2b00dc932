package dev.fovea.backbone;

import com.google.gson.Gson;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The fields of a JSON object that somebody else wrote, such as a {@code config.json}. A field that
 * is absent or {@code null} has the value that the reader names. Immutable.
 *
 * <p>Errors name the file, the field, the value, and what is expected instead.
 */
public final class ConfigFields {
  // The names of 21841 classes, there and back, take 3 MB.
  private static final long LARGEST = 16 << 20;
  private static final int LONGEST_SHOWN = 80;

  private final String source;
  private final JsonObject json;

  private ConfigFields(String source, JsonObject json) {
    this.source = source;
    this.json = json;
  }

  /**
   * Reads a file.
   *
   * @param file a file with one JSON object, of at most 16 MiB
   * @return its fields
   * @throws IOException if it cannot be read, is too large, or is no JSON object
   */
  public static ConfigFields read(Path file) throws IOException {
    if (Files.size(file) > LARGEST) {
      throw new IOException(
          file + ": " + Files.size(file) + " bytes are more than a description can have");
    }
    return parse(Files.readString(file), file.toString());
  }

  /**
   * Reads a text.
   *
   * @param text one JSON object, as the standard has it: no comments, no field twice
   * @param source what errors call it
   * @return its fields
   * @throws IOException if it is no JSON object
   */
  public static ConfigFields parse(String text, String source) throws IOException {
    return new ConfigFields(source, JsonText.parse(text, source));
  }

  /**
   * Returns where the fields come from.
   *
   * @return a file name or another short description
   */
  public String source() {
    return source;
  }

  /**
   * Returns the names of all fields.
   *
   * @return names, in the order of the file
   */
  public Set<String> names() {
    return Collections.unmodifiableSet(json.keySet());
  }

  /**
   * Tells whether a field has a value.
   *
   * @param name name of the field
   * @return false if it is absent or {@code null}
   */
  public boolean has(String name) {
    return value(name) != null;
  }

  /**
   * Returns a text.
   *
   * @param name name of the field
   * @param standard its value if it is absent
   * @return the text
   * @throws IOException if it is something else
   */
  public String text(String name, String standard) throws IOException {
    JsonElement value = value(name);
    return value == null ? standard : primitive(name, value, "a text", JsonPrimitive::isString);
  }

  /**
   * Returns a whole number.
   *
   * @param name name of the field
   * @param standard its value if it is absent
   * @return the number
   * @throws IOException if it is something else
   */
  public int integer(String name, int standard) throws IOException {
    JsonElement value = value(name);
    return value == null ? standard : integer(name, value);
  }

  /**
   * Returns a number.
   *
   * @param name name of the field
   * @param standard its value if it is absent
   * @return the number
   * @throws IOException if it is something else
   */
  public double number(String name, double standard) throws IOException {
    JsonElement value = value(name);
    if (value == null) {
      return standard;
    }
    double number = Double.parseDouble(primitive(name, value, "a number", JsonPrimitive::isNumber));
    if (Double.isInfinite(number)) {
      throw fault(name, "a finite number");
    }
    return number;
  }

  /**
   * Returns yes or no.
   *
   * @param name name of the field
   * @param standard its value if it is absent
   * @return true or false
   * @throws IOException if it is something else
   */
  public boolean flag(String name, boolean standard) throws IOException {
    JsonElement value = value(name);
    return value == null
        ? standard
        : primitive(name, value, "true or false", JsonPrimitive::isBoolean).equals("true");
  }

  /**
   * Tells whether a field is a list.
   *
   * @param name name of the field
   * @return false if it is something else or absent
   */
  public boolean isList(String name) {
    JsonElement value = value(name);
    return value != null && value.isJsonArray();
  }

  /**
   * Returns a list of whole numbers.
   *
   * @param name name of the field
   * @param standard its value if it is absent
   * @return the numbers
   * @throws IOException if it is something else
   */
  public List<Integer> integers(String name, List<Integer> standard) throws IOException {
    JsonElement value = value(name);
    if (value == null) {
      return standard;
    }
    List<Integer> numbers = new ArrayList<>();
    for (JsonElement element : array(name, value)) {
      numbers.add(integer(name, element));
    }
    return List.copyOf(numbers);
  }

  /**
   * Returns a list of texts.
   *
   * @param name name of the field
   * @return the texts; empty if the field is absent
   * @throws IOException if it is something else
   */
  public List<String> texts(String name) throws IOException {
    JsonElement value = value(name);
    if (value == null) {
      return List.of();
    }
    List<String> texts = new ArrayList<>();
    for (JsonElement element : array(name, value)) {
      texts.add(primitive(name, element, "a list of texts", JsonPrimitive::isString));
    }
    return List.copyOf(texts);
  }

  /**
   * Returns the fields of an object in this one.
   *
   * @param name name of the field
   * @return its fields; none if it is absent
   * @throws IOException if it is no object
   */
  public ConfigFields object(String name) throws IOException {
    JsonElement value = value(name);
    if (value != null && !value.isJsonObject()) {
      throw fault(name, "an object");
    }
    return new ConfigFields(
        source + ", " + name, value == null ? new JsonObject() : value.getAsJsonObject());
  }

  /**
   * Refuses a field that has another value than the one that is supported.
   *
   * @param name name of the field
   * @param supported a text, number, flag, or list of these; an absent field has it
   * @throws IOException if the field has another value
   */
  public void expect(String name, Object supported) throws IOException {
    JsonElement value = value(name);
    JsonElement expected = new Gson().toJsonTree(supported);
    if (value != null && !same(value, expected)) {
      throw fault(name, "only " + expected + " is supported");
    }
  }

  /**
   * Makes the error for a field.
   *
   * @param name name of the field, which has a value
   * @param expected what is expected instead
   * @return an exception to throw
   */
  public IOException fault(String name, String expected) {
    String shown = String.valueOf(json.get(name));
    if (shown.length() > LONGEST_SHOWN) {
      shown = shown.substring(0, LONGEST_SHOWN) + "...";
    }
    return new IOException(
        source + ": " + name + " is " + shown.replaceAll("\\p{C}", "?") + "; " + expected);
  }

  /** As JSON, to be read again. */
  @Override
  public String toString() {
    return json.toString();
  }

  private @Nullable JsonElement value(String name) {
    JsonElement value = json.get(name);
    return value == null || value.isJsonNull() ? null : value;
  }

  /** Numbers are compared by value: Gson parses lazily, and 4 is 4.0. */
  private static boolean same(JsonElement a, JsonElement b) {
    if (a.isJsonArray() && b.isJsonArray() && a.getAsJsonArray().size() == size(b)) {
      for (int i = 0; i < size(b); i++) {
        if (!same(a.getAsJsonArray().get(i), b.getAsJsonArray().get(i))) {
          return false;
        }
      }
      return true;
    }
    boolean numbers = a.isJsonPrimitive() && a.getAsJsonPrimitive().isNumber();
    if (numbers && b.isJsonPrimitive() && b.getAsJsonPrimitive().isNumber()) {
      return a.getAsDouble() == b.getAsDouble();
    }
    return a.equals(b);
  }

  private static int size(JsonElement array) {
    return array.getAsJsonArray().size();
  }

  private interface Kind {
    boolean accepts(JsonPrimitive value);
  }

  private String primitive(String name, JsonElement value, String expected, Kind kind)
      throws IOException {
    if (!value.isJsonPrimitive() || !kind.accepts(value.getAsJsonPrimitive())) {
      throw fault(name, expected + " is expected");
    }
    return value.getAsString();
  }

  private int integer(String name, JsonElement value) throws IOException {
    String text = primitive(name, value, "a whole number", JsonPrimitive::isNumber);
    double number = Double.parseDouble(text);
    if (number != Math.rint(number) || Math.abs(number) > Integer.MAX_VALUE) {
      throw fault(name, "a whole number is expected");
    }
    return (int) number;
  }

  private JsonArray array(String name, JsonElement value) throws IOException {
    if (!value.isJsonArray()) {
      throw fault(name, "a list is expected");
    }
    return value.getAsJsonArray();
  }
}
