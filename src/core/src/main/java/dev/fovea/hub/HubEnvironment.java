package dev.fovea.hub;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Reads {@link HubOptions} from variables and properties; see its {@code fromEnvironment}. */
final class HubEnvironment {
  private static final String ENDPOINT = "https://huggingface.co";
  private static final Set<String> TRUE = Set.of("1", "true", "yes", "on");
  private static final int LONGEST_TOKEN = 4096;

  private final Map<String, String> variables;
  private final Function<String, @Nullable String> properties;

  HubEnvironment(Map<String, String> variables, Function<String, @Nullable String> properties) {
    this.variables = variables;
    this.properties = properties;
  }

  HubOptions options() {
    Path home = folder("HF_HOME").orElseGet(() -> userCache().resolve("huggingface"));
    Path hubCache =
        folder("HF_HUB_CACHE")
            .or(() -> folder("HUGGINGFACE_HUB_CACHE"))
            .orElseGet(() -> home.resolve("hub"));
    Path own =
        property("fovea.cache")
            .map(this::expand)
            .or(() -> folder("FOVEA_CACHE"))
            .orElseGet(() -> userCache().resolve("fovea"));
    URI endpoint;
    try {
      endpoint = URI.create(variable("HF_ENDPOINT").orElse(ENDPOINT));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("HF_ENDPOINT is no address: " + e.getMessage(), e);
    }
    return new HubOptions(
        endpoint,
        token(home),
        own,
        own.equals(hubCache) ? List.of() : List.of(hubCache),
        offline(),
        HubLimits.DEFAULT,
        Progress.NONE);
  }

  private boolean offline() {
    return Stream.concat(
            Stream.of("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "DJL_OFFLINE").map(this::variable),
            Stream.of("fovea.offline", "ai.djl.offline").map(this::property))
        .flatMap(Optional::stream)
        .anyMatch(v -> TRUE.contains(v.toLowerCase(Locale.ROOT)));
  }

  private Optional<String> token(Path home) {
    Optional<String> given =
        variable("HF_TOKEN").or(() -> variable("HUGGING_FACE_HUB_TOKEN")).map(String::strip);
    if (given.isPresent()) {
      return given.filter(t -> !t.isEmpty());
    }
    Path file = folder("HF_TOKEN_PATH").orElseGet(() -> home.resolve("token"));
    if (!Files.isRegularFile(file)) {
      return Optional.empty();
    }
    try (InputStream in = Files.newInputStream(file)) {
      String text = new String(in.readNBytes(LONGEST_TOKEN), StandardCharsets.UTF_8).strip();
      return Optional.of(text).filter(t -> !t.isEmpty());
    } catch (IOException e) {
      throw new IllegalArgumentException(
          "the hub's token in " + file + " cannot be read: " + e.getMessage(), e);
    }
  }

  private Path userCache() {
    return folder("XDG_CACHE_HOME").orElseGet(() -> expand("~/.cache"));
  }

  private Optional<Path> folder(String name) {
    return variable(name).map(this::expand);
  }

  /** A leading ~ is the user's folder, as in Python. */
  private Path expand(String text) {
    String user = property("user.home").orElse(".");
    return text.equals("~") || text.startsWith("~/")
        ? Path.of(user + text.substring(1))
        : Path.of(text);
  }

  private Optional<String> variable(String name) {
    return Optional.ofNullable(variables.get(name)).filter(v -> !v.isBlank());
  }

  private Optional<String> property(String name) {
    return Optional.ofNullable(properties.apply(name)).filter(v -> !v.isBlank());
  }
}
