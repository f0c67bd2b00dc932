package dev.fovea;

import dev.fovea.hub.HubOptions;
import dev.fovea.hub.LoadOptions;
import java.net.URI;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.stream.Collectors;

/**
 * {@link LoadOptions} as arguments of DJL's {@code Criteria} or of a folder's {@code
 * serving.properties}: {@code load.classes} for {@link LoadOptions#classes}, and so on. They have a
 * prefix of their own, as the others are the translator's, whose names nobody knows; so a name that
 * does not exist is refused.
 */
final class LoadArguments {
  private static final String PREFIX = "load.";

  private static final Map<String, BiFunction<LoadOptions, String, LoadOptions>> KNOWN =
      Map.of(
          "classes", (options, v) -> options.withClasses(number("classes", v)),
          "inputChannels", (options, v) -> options.withInputChannels(number("inputChannels", v)),
          "imageSize", (options, v) -> options.withImageSize(number("imageSize", v)),
          "preset", LoadOptions::withPreset,
          "dialect", LoadOptions::withDialect,
          "endpoint", (options, v) -> options.withHub(hub(options).withEndpoint(URI.create(v))),
          "cache",
              (options, v) ->
                  options.withHub(hub(options).withCaches(Path.of(v), hub(options).otherCaches())),
          "offline", (options, v) -> options.withHub(hub(options).withOffline(flag("offline", v))));

  private LoadArguments() {}

  /**
   * Reads the options.
   *
   * @throws IllegalArgumentException if one does not exist or its value is wrong
   */
  static LoadOptions read(Map<String, ?> arguments) {
    LoadOptions options = LoadOptions.DEFAULT;
    for (Map.Entry<String, ?> argument : arguments.entrySet()) {
      if (!argument.getKey().toLowerCase(Locale.ROOT).startsWith(PREFIX)) {
        continue;
      }
      BiFunction<LoadOptions, String, LoadOptions> option =
          argument.getKey().startsWith(PREFIX)
              ? KNOWN.get(argument.getKey().substring(PREFIX.length()))
              : null;
      if (option == null) {
        throw new IllegalArgumentException(
            "argument "
                + argument.getKey()
                + " does not exist; there are "
                + KNOWN.keySet().stream()
                    .sorted()
                    .map(PREFIX::concat)
                    .collect(Collectors.joining(", ")));
      }
      options = option.apply(options, String.valueOf(argument.getValue()).strip());
    }
    return options;
  }

  private static HubOptions hub(LoadOptions options) {
    return options.hub().orElseGet(HubOptions::fromEnvironment);
  }

  /** Also 6.0, which DJL makes of a number in JSON. */
  private static int number(String name, String value) {
    if (!value.matches("[0-9]{1,9}(\\.0)?")) {
      throw wrong(name, value, "a number from 0 to 999999999");
    }
    return Integer.parseInt(value.replace(".0", ""));
  }

  private static boolean flag(String name, String value) {
    if (!value.equals("true") && !value.equals("false")) {
      throw wrong(name, value, "true or false");
    }
    return value.equals("true");
  }

  private static IllegalArgumentException wrong(String name, String value, String expected) {
    return new IllegalArgumentException(
        "argument " + PREFIX + name + " is \"" + value + "\", expected " + expected);
  }
}
