package dev.fovea.hub;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpHeaders;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What a server answered in the end.
 *
 * @param status of the last answer
 * @param uri that gave it
 * @param trail headers of all answers on the way, the last one's last
 * @param body of the last answer
 */
record Reply(int status, URI uri, List<HttpHeaders> trail, InputStream body)
    implements AutoCloseable {

  /** A header of the last answer. */
  Optional<String> header(String name) {
    return trail.get(trail.size() - 1).firstValue(name);
  }

  /** A header of the first answer that has it. */
  Optional<String> onTheWay(String name) {
    return trail.stream().flatMap(h -> h.firstValue(name).stream()).findFirst();
  }

  OptionalLong length() {
    return number(header("Content-Length"));
  }

  static OptionalLong number(Optional<String> text) {
    return text.map(String::strip).filter(t -> t.matches("[0-9]{1,18}")).stream()
        .mapToLong(Long::parseLong)
        .findFirst();
  }

  boolean isRedirect() {
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
  }

  boolean isSuccess() {
    return status / 100 == 2;
  }

  @Override
  public void close() throws IOException {
    body.close();
  }
}
