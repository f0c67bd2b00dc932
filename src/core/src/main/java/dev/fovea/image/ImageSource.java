package dev.fovea.image;

import java.io.IOException;
import java.io.InputStream;
import java.net.MalformedURLException;
import java.net.URI;
import java.net.URL;
import java.net.URLConnection;
import java.nio.file.Path;
import java.util.List;

/**
 * Reads the images that a value of some type stands for.
 *
 * @param <I> the type
 */
@FunctionalInterface
interface ImageSource<I> {
  /** The types that {@link #of} knows. */
  List<Class<?>> TYPES =
      List.of(Path.class, URL.class, InputStream.class, String.class, byte[].class, Pixels.class);

  /** Milliseconds that a server may be silent. */
  int PATIENCE = 30_000;

  Pixels read(I input) throws IOException;

  static <I> ImageSource<I> of(Class<I> type, ImageDecoder decoder) {
    if (!TYPES.contains(type)) {
      throw new IllegalArgumentException("images do not come from " + type + " but from " + TYPES);
    }
    return input -> read(input, decoder);
  }

  private static Pixels read(Object input, ImageDecoder decoder) throws IOException {
    if (input instanceof Path path) {
      return decoder.decode(path);
    }
    if (input instanceof URL url) {
      return fetch(url, decoder);
    }
    if (input instanceof InputStream stream) {
      return decoder.decode(stream, "the stream");
    }
    if (input instanceof byte[] bytes) {
      return decoder.decode(bytes, "the bytes");
    }
    if (input instanceof String text) {
      return text.matches("(?i)(https?|file|jar):.*")
          ? fetch(url(text), decoder)
          : decoder.decode(Path.of(text));
    }
    return (Pixels) input;
  }

  private static URL url(String text) throws MalformedURLException {
    try {
      return URI.create(text).toURL();
    } catch (IllegalArgumentException e) {
      throw new MalformedURLException(text + ": " + e.getMessage());
    }
  }

  private static Pixels fetch(URL url, ImageDecoder decoder) throws IOException {
    URLConnection connection = url.openConnection();
    connection.setConnectTimeout(PATIENCE);
    connection.setReadTimeout(PATIENCE);
    try (InputStream in = connection.getInputStream()) {
      return decoder.decode(in, url.toString());
    }
  }
}
