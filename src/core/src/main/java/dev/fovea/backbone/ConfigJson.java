package dev.fovea.backbone;

import com.google.gson.Gson;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A configuration as text: a JSON object whose fields are the components of the record, by name.
 *
 * <p>Components are numbers, flags, texts, constants of an enum, lists of whole numbers, and
 * records of these.
 */
public final class ConfigJson {

  private ConfigJson() {}

  /**
   * Writes a configuration.
   *
   * @param config a record, as every configuration of this library is
   * @return one line of JSON, which {@link #read} turns into an equal configuration
   * @throws IllegalArgumentException if it is no record, or has a component of another type
   */
  public static String write(ModelConfig<?> config) {
    return object(config).toString();
  }

  /**
   * Reads a configuration, or changes of one.
   *
   * @param base what the components have that the text does not name
   * @param json a JSON object with components to be changed
   * @param source what errors call it
   * @param <C> the configuration
   * @return a changed copy
   * @throws IOException if the text is no JSON object, has a field that is no component, a value of
   *     another type, or one that the configuration refuses
   */
  public static <C extends ModelConfig<C>> C read(C base, String json, String source)
      throws IOException {
    return change(base, ConfigFields.parse(json, source));
  }

  private static JsonObject object(Object value) {
    JsonObject json = new JsonObject();
    for (RecordComponent component : components(value)) {
      Object part = part(value, component);
      json.add(
          component.getName(),
          part instanceof Record ? object(part) : new Gson().toJsonTree(checked(component, part)));
    }
    return json;
  }

  private static Object checked(RecordComponent component, Object part) {
    if (part instanceof Number
        || part instanceof Boolean
        || part instanceof String
        || part instanceof Enum<?>
        || isIntegers(component)) {
      return part;
    }
    throw unsupported(component);
  }

  @SuppressWarnings("unchecked") // the canonical constructor of C makes a C
  private static <C> C change(C base, ConfigFields fields) throws IOException {
    RecordComponent[] components = components(base);
    List<String> names = Arrays.stream(components).map(RecordComponent::getName).toList();
    for (String name : fields.names()) {
      if (!names.contains(name)) {
        throw fields.fault(name, "there is no such component, only " + names);
      }
    }
    Object[] parts = new Object[components.length];
    for (int i = 0; i < parts.length; i++) {
      Object old = part(base, components[i]);
      parts[i] = fields.has(names.get(i)) ? value(components[i], old, fields) : old;
    }
    Class<?>[] types =
        Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
    try {
      var constructor = base.getClass().getDeclaredConstructor(types);
      constructor.setAccessible(true);
      return (C) constructor.newInstance(parts);
    } catch (InvocationTargetException e) {
      throw new IOException(fields.source() + ": " + message(e.getCause()), e);
    } catch (ReflectiveOperationException e) {
      throw new IllegalArgumentException(base.getClass() + " cannot be made: " + e, e);
    }
  }

  private static String message(@Nullable Throwable cause) {
    return cause == null ? "refused" : Objects.requireNonNullElse(cause.getMessage(), "refused");
  }

  private static Object value(RecordComponent component, Object old, ConfigFields fields)
      throws IOException {
    String name = component.getName();
    Class<?> type = component.getType();
    if (type == int.class) {
      return fields.integer(name, 0);
    } else if (type == double.class) {
      return fields.number(name, 0);
    } else if (type == boolean.class) {
      return fields.flag(name, false);
    } else if (type == String.class) {
      return fields.text(name, "");
    } else if (type.isEnum()) {
      return constant(type, name, fields);
    } else if (isIntegers(component)) {
      return fields.integers(name, List.of());
    } else if (old instanceof Record) {
      return change(old, fields.object(name));
    }
    throw unsupported(component);
  }

  private static Object constant(Class<?> type, String name, ConfigFields fields)
      throws IOException {
    List<String> constants = new ArrayList<>();
    for (Object constant : Objects.requireNonNull(type.getEnumConstants())) {
      String text = ((Enum<?>) constant).name();
      if (text.equals(fields.text(name, ""))) {
        return constant;
      }
      constants.add(text);
    }
    throw fields.fault(name, "it is one of " + constants);
  }

  private static boolean isIntegers(RecordComponent component) {
    return component.getType() == List.class
        && component.getGenericType() instanceof ParameterizedType type
        && type.getActualTypeArguments()[0] == Integer.class;
  }

  private static RecordComponent[] components(Object value) {
    RecordComponent[] components = value.getClass().getRecordComponents();
    if (components == null) {
      throw new IllegalArgumentException(
          value.getClass().getName() + " is no record, so it has no text form");
    }
    return components;
  }

  private static Object part(Object value, RecordComponent component) {
    try {
      var accessor = component.getAccessor();
      accessor.setAccessible(true);
      return Objects.requireNonNull(accessor.invoke(value));
    } catch (ReflectiveOperationException e) {
      throw new IllegalArgumentException(component + " cannot be read: " + e, e);
    }
  }

  private static IllegalArgumentException unsupported(RecordComponent component) {
    return new IllegalArgumentException(
        component + " of " + component.getDeclaringRecord() + " is of a type without a text form");
  }
}
