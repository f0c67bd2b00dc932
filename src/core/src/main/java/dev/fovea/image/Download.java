package dev.fovea.image;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.MalformedURLException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.URL;
import java.net.URLConnection;
import java.time.Duration;
import java.util.Locale;

/**
 * Reads what an address names, from servers that are not trusted: with limits on bytes, silence,
 * duration and redirections, which never lead from https to http or to files.
 *
 * @param silence how long a server may send nothing
 * @param total how long all of it may take
 * @param redirects how many redirections are followed
 */
record Download(Duration silence, Duration total, int redirects) {
  static final Download STANDARD = new Download(Duration.ofSeconds(30), Duration.ofMinutes(5), 5);

  /** Makes an address of text. */
  static URL address(String text) throws MalformedURLException {
    try {
      return URI.create(text).toURL();
    } catch (IllegalArgumentException e) {
      throw new MalformedURLException(text + ": " + e.getMessage());
    }
  }

  byte[] read(URL url, int maxBytes) throws IOException {
    long end = System.nanoTime() + total.toNanos();
    URL at = url;
    if (url.toString().matches("(?i)(ftp|jar:(https?|ftp)):.*")) {
      throw new IOException(url + ": images are read from http, https and local addresses");
    }
    for (int i = 0; i <= redirects; i++) {
      URLConnection connection = at.openConnection();
      connection.setConnectTimeout((int) silence.toMillis());
      connection.setReadTimeout((int) silence.toMillis());
      connection.setUseCaches(false);
      if (!(connection instanceof HttpURLConnection http)) {
        return content(connection, url, maxBytes, end);
      }
      http.setInstanceFollowRedirects(false);
      try {
        int status = http.getResponseCode();
        if (status == HttpURLConnection.HTTP_OK) {
          return content(http, url, maxBytes, end);
        }
        String place = http.getHeaderField("Location");
        if (status < 300 || status > 399 || place == null) {
          throw new IOException(url + ": the server answers with status " + status);
        }
        at = redirected(at, place);
      } finally {
        http.disconnect();
      }
    }
    throw new IOException(url + ": redirected more than " + redirects + " times");
  }

  private static URL redirected(URL from, String place) throws IOException {
    URL to = address(URI.create(from.toString()).resolve(place.strip()).toString());
    String before = from.getProtocol().toLowerCase(Locale.ROOT);
    String after = to.getProtocol().toLowerCase(Locale.ROOT);
    if (!after.equals("https") && !(after.equals("http") && before.equals("http"))) {
      throw new IOException(from + ": redirected to " + to + ", which is not followed");
    }
    return to;
  }

  private byte[] content(URLConnection connection, URL url, int maxBytes, long end)
      throws IOException {
    long stated = connection.getContentLengthLong();
    if (stated > maxBytes) {
      throw tooLong(url, stated + " bytes", maxBytes);
    }
    ByteArrayOutputStream all =
        new ByteArrayOutputStream((int) Math.max(8192, Math.min(stated, 1 << 20)));
    byte[] part = new byte[1 << 16];
    try (InputStream in = connection.getInputStream()) {
      for (int n = in.read(part); n >= 0; n = in.read(part)) {
        if (n > maxBytes - all.size()) {
          throw tooLong(url, "the content", maxBytes);
        }
        all.write(part, 0, n);
        if (System.nanoTime() - end > 0) {
          throw new SocketTimeoutException(url + ": not done after " + total.toSeconds() + " s");
        }
      }
    }
    if (stated >= 0 && all.size() < stated) {
      throw new IOException(url + ": cut short after " + all.size() + " of " + stated + " bytes");
    }
    return all.toByteArray();
  }

  private static UnreadableImageException tooLong(URL url, String what, int maxBytes) {
    return new UnreadableImageException(
        url.toString(), what + " is more than the " + maxBytes + " bytes allowed", null);
  }
}
