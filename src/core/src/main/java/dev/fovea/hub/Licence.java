package dev.fovea.hub;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Under which licence somebody publishes weights.
 *
 * @param name an SPDX identifier where there is one
 * @param nonCommercial whether it forbids commercial use, as far as its name tells
 */
record Licence(String name, boolean nonCommercial) {
  private static final Logger LOG = LoggerFactory.getLogger(Licence.class);
  private static final int HEAD = 64 << 10;
  private static final Pattern NON_COMMERCIAL =
      Pattern.compile("(?i).*(-nc\\b|non-?commercial|research-only).*");

  /** The header of a model card, between two lines of three dashes. */
  private static final Pattern HEADER =
      Pattern.compile("\\A\\s*---\\s*$(.*?)^---\\s*$", Pattern.MULTILINE | Pattern.DOTALL);

  private static final Pattern FIELD =
      Pattern.compile("^license(_name)?:\\s*['\"]?([\\w.+ -]{1,80})", Pattern.MULTILINE);

  static Licence of(PublishedModel published) {
    return new Licence(published.licence(), published.nonCommercial());
  }

  static Licence named(String name) {
    return new Licence(name, NON_COMMERCIAL.matcher(name).matches());
  }

  /** Reads {@code license} of a model card of the hub, or for "other" its {@code license_name}. */
  static Optional<Licence> ofCard(Path card) throws IOException {
    String text;
    try (InputStream in = Files.newInputStream(card)) {
      text = new String(in.readNBytes(HEAD), StandardCharsets.UTF_8);
    }
    Matcher header = HEADER.matcher(text);
    if (!header.find()) {
      return Optional.empty();
    }
    Matcher field = FIELD.matcher(header.group(1));
    String name = null;
    while (field.find()) {
      if (name == null || field.group(1) != null) {
        name = field.group(2).strip();
      }
    }
    return Optional.ofNullable(name).map(Licence::named);
  }

  /** Says it, as a warning if the weights may not be used commercially. */
  Map<String, String> say(String model) {
    Map<String, String> properties = new LinkedHashMap<>();
    properties.put(ModelProperties.LICENCE, name);
    if (nonCommercial) {
      properties.put(ModelProperties.NON_COMMERCIAL, "true");
      LOG.warn("{}: weights under {}, which forbids commercial use", model, name);
    } else {
      LOG.info("{}: weights under {}", model, name);
    }
    return properties;
  }
}
