package dev.fovea.hub;

import dev.fovea.hub.HubException.Reason;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import javax.net.ssl.SSLException;

/** Requests with the hub's rules: redirects, the token's host, patience and its end. */
final class HubHttp {
  private static final int REDIRECTS = 10;
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(8);
  private static final Duration LONGEST_WAIT = Duration.ofSeconds(60);
  private static final Set<Integer> PASSING = Set.of(408, 429, 500, 502, 503, 504);

  private final HubOptions options;
  private final HttpClient client;

  HubHttp(HubOptions options) {
    this.options = options;
    // Redirects are followed here, as the token must not follow them. One large file gains nothing
    // from HTTP/2's windows.
    this.client =
        HttpClient.newBuilder()
            .followRedirects(HttpClient.Redirect.NEVER)
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(options.limits().connectTimeout())
            .build();
  }

  /**
   * Asks until an answer comes that time does not change, or the retries are used up.
   *
   * @param elsewhere whether redirects to other hosts are followed; else such a redirect is the
   *     reply
   */
  Reply ask(String method, URI address, Map<String, String> headers, boolean elsewhere)
      throws IOException {
    for (int attempt = 0; ; attempt++) {
      Duration pause;
      try {
        Reply reply = follow(method, address, headers, elsewhere);
        if (!PASSING.contains(reply.status()) || attempt == options.limits().retries()) {
          return reply;
        }
        pause = pause(attempt, reply);
        reply.close();
      } catch (HubException | InterruptedIOException e) {
        throw e;
      } catch (SSLException e) {
        throw unreachable(address, e.toString(), e);
      } catch (IOException e) {
        if (attempt == options.limits().retries()) {
          throw unreachable(address, e.toString(), e);
        }
        pause = pause(attempt);
      }
      sleep(pause);
    }
  }

  static HubException unreachable(URI address, String why, IOException cause) {
    return new HubException(
        Reason.UNREACHABLE,
        address.getHost() + " cannot be reached: " + why + "; try again, or work offline",
        cause);
  }

  private Reply follow(String method, URI start, Map<String, String> headers, boolean elsewhere)
      throws IOException {
    List<HttpHeaders> trail = new ArrayList<>();
    URI at = start;
    while (true) {
      HttpResponse<InputStream> response = send(method, at, headers);
      trail.add(response.headers());
      Reply reply = new Reply(response.statusCode(), at, trail, response.body());
      if (!reply.isRedirect()) {
        return reply;
      }
      URI next = target(at, reply.header("Location"));
      if (!elsewhere && !sameOrigin(at, next)) {
        return reply;
      }
      reply.close();
      if (trail.size() > REDIRECTS) {
        throw new HubException(
            Reason.UNTRUSTED, start + " redirects more than " + REDIRECTS + " times");
      }
      at = next;
    }
  }

  private static URI target(URI from, Optional<String> location) throws HubException {
    URI next;
    try {
      next = from.resolve(URI.create(location.orElse("")));
    } catch (IllegalArgumentException e) {
      throw new HubException(Reason.UNTRUSTED, from + " redirects to what is no address", e);
    }
    String scheme = String.valueOf(next.getScheme()).toLowerCase(Locale.ROOT);
    boolean secure = scheme.equals("https");
    boolean wasSecure = from.getScheme().equalsIgnoreCase("https");
    if (location.orElse("").isBlank()
        || next.getHost() == null
        || !(secure || (scheme.equals("http") && !wasSecure))) {
      throw new HubException(
          Reason.UNTRUSTED,
          from + " redirects to \"" + Words.of(next.toString()) + "\", which is not followed");
    }
    return next;
  }

  private HttpResponse<InputStream> send(String method, URI at, Map<String, String> headers)
      throws IOException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(at)
            .timeout(options.limits().silence())
            .method(method, HttpRequest.BodyPublishers.noBody())
            .header("User-Agent", "fovea")
            // The length of a compressed body is not the file's.
            .header("Accept-Encoding", "identity");
    headers.forEach(request::header);
    if (sameOrigin(at, options.endpoint())) {
      options.token().ifPresent(t -> request.header("Authorization", "Bearer " + t));
    }
    try {
      return client.send(request.build(), info -> new PatientBody(options.limits().silence()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw (IOException) new InterruptedIOException("interrupted").initCause(e);
    }
  }

  static boolean sameOrigin(URI a, URI b) {
    return a.getScheme().equalsIgnoreCase(b.getScheme())
        && a.getHost().equalsIgnoreCase(b.getHost())
        && port(a) == port(b);
  }

  private static int port(URI uri) {
    return uri.getPort() >= 0
        ? uri.getPort()
        : uri.getScheme().equalsIgnoreCase("https") ? 443 : 80;
  }

  Duration pause(int attempt) {
    Duration pause = options.limits().pause().multipliedBy(1L << Math.min(attempt, 10));
    return pause.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : pause;
  }

  /** Retry-After is a number of seconds or a date (RFC 9110, 10.2.3). */
  private Duration pause(int attempt, Reply reply) throws HubException {
    Duration own = pause(attempt);
    Optional<String> wish = reply.header("Retry-After");
    if (wish.isEmpty()) {
      return own;
    }
    Duration wait;
    try {
      wait =
          wish.get().matches("[0-9]{1,9}")
              ? Duration.ofSeconds(Long.parseLong(wish.get()))
              : Duration.between(
                  Instant.now(),
                  ZonedDateTime.parse(wish.get(), DateTimeFormatter.RFC_1123_DATE_TIME));
    } catch (DateTimeParseException e) {
      return own;
    }
    if (wait.compareTo(LONGEST_WAIT) > 0) {
      throw new HubException(
          Reason.BUSY,
          reply.uri().getHost()
              + " answers with status "
              + reply.status()
              + " and asks for a pause of "
              + wait.toSeconds()
              + " s; try again then");
    }
    return wait.compareTo(own) > 0 ? wait : own;
  }

  static void sleep(Duration pause) throws InterruptedIOException {
    try {
      Thread.sleep(pause.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw (InterruptedIOException) new InterruptedIOException("interrupted").initCause(e);
    }
  }
}
