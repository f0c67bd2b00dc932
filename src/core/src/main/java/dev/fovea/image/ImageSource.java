package dev.fovea.image;

import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
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
          ? fetch(Download.address(text), decoder)
          : decoder.decode(Path.of(text));
    }
    return (Pixels) input;
  }

  private static Pixels fetch(URL url, ImageDecoder decoder) throws IOException {
    return decoder.decode(Download.STANDARD.read(url, decoder.maxBytes()), url.toString());
  }
}
