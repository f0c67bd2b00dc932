package dev.fovea.weights;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A tensor's path with placeholders, as {@link Rule} describes them. */
final class PathPattern {
  private static final Pattern PLACEHOLDER =
      Pattern.compile("\\{(?<name>\\*|\\*?[a-z]+)(\\+(?<offset>[0-9]))?}");
  // Without leading zeros, so that the number and its text determine each other.
  private static final Pattern NUMBER = Pattern.compile("0|[1-9][0-9]{0,8}");

  /** Literal text, then a placeholder unless it is the last part. */
  private record Part(String literal, @Nullable String name, int offset) {}

  private final String text;
  private final List<Part> parts = new ArrayList<>();
  private final Pattern regex;

  PathPattern(String text) {
    this.text = text;
    StringBuilder regex = new StringBuilder();
    Set<String> names = new LinkedHashSet<>();
    Matcher found = PLACEHOLDER.matcher(text);
    int end = 0;
    while (found.find()) {
      String name = found.group("name");
      String offset = found.group("offset");
      if (!names.add(name)) {
        throw new IllegalArgumentException("{" + name + "} stands twice in '" + text + "'");
      }
      String literal = text.substring(end, found.start());
      parts.add(new Part(literal, name, offset == null ? 0 : Integer.parseInt(offset)));
      regex.append(Pattern.quote(literal)).append(name.startsWith("*") ? "(.+)" : "([^.]+)");
      end = found.end();
    }
    String rest = text.substring(end);
    if (rest.contains("{") || rest.contains("}")) {
      throw new IllegalArgumentException("'" + text + "' has a malformed placeholder");
    }
    parts.add(new Part(rest, null, 0));
    this.regex = Pattern.compile(regex.append(Pattern.quote(rest)).toString(), Pattern.DOTALL);
  }

  Set<String> names() {
    Set<String> names = new LinkedHashSet<>();
    for (Part part : parts) {
      if (part.name != null) {
        names.add(part.name);
      }
    }
    return names;
  }

  PathPattern under(String prefix) {
    return new PathPattern(prefix + text);
  }

  /** The values of the placeholders, or null if the path is of another kind. */
  @Nullable Map<String, String> match(String path) {
    Matcher matcher = regex.matcher(path);
    if (!matcher.matches()) {
      return null;
    }
    Map<String, String> values = new HashMap<>();
    for (int i = 0; i < parts.size() - 1; i++) {
      Part part = parts.get(i);
      String value = shift(matcher.group(i + 1), -part.offset);
      if (value == null || part.name == null) {
        return null;
      }
      values.put(part.name, value);
    }
    return values;
  }

  /** The path with these values, or null if one of them would have to be a number and is not. */
  @Nullable String expand(Map<String, String> values) {
    StringBuilder path = new StringBuilder();
    for (Part part : parts) {
      path.append(part.literal);
      if (part.name != null) {
        String value = shift(values.getOrDefault(part.name, ""), part.offset);
        if (value == null) {
          return null;
        }
        path.append(value);
      }
    }
    return path.toString();
  }

  private static @Nullable String shift(String value, int by) {
    if (by == 0) {
      return value;
    }
    if (!NUMBER.matcher(value).matches()) {
      return null;
    }
    int shifted = Integer.parseInt(value) + by;
    return shifted < 0 ? null : Integer.toString(shifted);
  }

  @Override
  public String toString() {
    return text;
  }
}
