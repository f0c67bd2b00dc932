package dev.fovea.hub;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A server on this machine that answers as the Hugging Face hub does: small files by a relative
 * redirect, large ones by a redirect to another host, errors with the hub's codes. Its faults are
 * planned by the test, one answer each.
 */
public final class LoopbackHub implements AutoCloseable {
  private static final Pattern RESOLVE = Pattern.compile("/([^/]+/[^/]+)/resolve/([^/]+)/(.+)");
  private static final Pattern CACHED =
      Pattern.compile("/api/resolve-cache/models/([^/]+/[^/]+)/([^/]+)/(.+)");

  /** A request that came. */
  public record Seen(
      String server, String method, String path, @Nullable String token, @Nullable String range) {}

  private final HttpServer hub = server(this::hub);
  private final HttpServer store = server(this::store);
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final Map<String, String> refs = new ConcurrentHashMap<>();
  private final Map<String, byte[]> files = new ConcurrentHashMap<>();
  private final Set<String> large = ConcurrentHashMap.newKeySet();
  private final Map<String, String> gates = new ConcurrentHashMap<>();
  private final Queue<HttpHandler> hubFaults = new ConcurrentLinkedQueue<>();
  private final Queue<HttpHandler> storeFaults = new ConcurrentLinkedQueue<>();
  private final List<Seen> seen = new CopyOnWriteArrayList<>();

  public LoopbackHub() {
    for (HttpServer server : List.of(hub, store)) {
      server.setExecutor(threads);
      server.start();
    }
  }

  private static HttpServer server(HttpHandler handler) {
    try {
      InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
      HttpServer server = HttpServer.create(any, 0);
      server.createContext("/", handler);
      return server;
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * Adds a file to a commit, small (in git) or large (on the other host), and points main to it.
   */
  public LoopbackHub add(
      String repository, String commit, String file, byte[] bytes, boolean inStore) {
    String key = repository + "@" + commit + "/" + file;
    files.put(key, bytes.clone());
    if (inStore) {
      large.add(key);
    }
    refs.put(repository + "@main", commit);
    refs.put(repository + "@" + commit, commit);
    return this;
  }

  /** Gives a commit another name. */
  public LoopbackHub name(String repository, String revision, String commit) {
    refs.put(repository + "@" + revision, commit);
    return this;
  }

  /** Shows a repository to this token alone. */
  public LoopbackHub gate(String repository, String token) {
    gates.put(repository, token);
    return this;
  }

  /** The next answer of the hub. */
  public LoopbackHub hubOnce(HttpHandler answer) {
    hubFaults.add(answer);
    return this;
  }

  /** The next answer of the host of large files. */
  public LoopbackHub storeOnce(HttpHandler answer) {
    storeFaults.add(answer);
    return this;
  }

  public URI endpoint() {
    return address(hub, "");
  }

  /** Any file of the other host, as a plain web server has it. */
  public URI web(String path) {
    return address(store, path);
  }

  private static URI address(HttpServer server, String path) {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + path);
  }

  public List<Seen> seen() {
    return List.copyOf(seen);
  }

  public List<Seen> storeGets() {
    return seen.stream().filter(s -> s.server().equals("store")).toList();
  }

  /** Options that use this server, a fresh cache, and short times. */
  public HubOptions options(Path cache) {
    return new HubOptions(
        endpoint(),
        Optional.empty(),
        cache,
        List.of(),
        false,
        new HubLimits(
            2, Duration.ofMillis(1), Duration.ofSeconds(5), Duration.ofSeconds(20), 1L << 30),
        Progress.NONE);
  }

  private void note(String server, HttpExchange exchange) {
    Headers headers = exchange.getRequestHeaders();
    seen.add(
        new Seen(
            server,
            exchange.getRequestMethod(),
            exchange.getRequestURI().toString(),
            headers.getFirst("Authorization"),
            headers.getFirst("Range")));
  }

  private void hub(HttpExchange exchange) throws IOException {
    note("hub", exchange);
    HttpHandler fault = hubFaults.poll();
    if (fault != null) {
      fault.handle(exchange);
      return;
    }
    String path = exchange.getRequestURI().getRawPath();
    Matcher small = CACHED.matcher(path);
    if (small.matches()) {
      byte[] entry =
          files.get(small.group(1) + "@" + small.group(2) + "/" + decoded(small.group(3)));
      exchange.getResponseHeaders().add("X-Repo-Commit", small.group(2));
      Answers.send(exchange, entry == null ? new byte[0] : entry, true);
      return;
    }
    Matcher match = RESOLVE.matcher(path);
    if (!match.matches()) {
      Answers.answer(exchange, 404, "");
      return;
    }
    String repository = match.group(1);
    String file = decoded(match.group(3));
    String gate = gates.get(repository);
    if (refs.keySet().stream().noneMatch(r -> r.startsWith(repository + "@"))) {
      Answers.answer(exchange, 401, "RepoNotFound");
      return;
    }
    String token = exchange.getRequestHeaders().getFirst("Authorization");
    if (gate != null && !("Bearer " + gate).equals(token)) {
      Answers.answer(exchange, token == null ? 401 : 403, "GatedRepo");
      return;
    }
    String commit = refs.get(repository + "@" + decoded(match.group(2)));
    if (commit == null) {
      Answers.answer(exchange, 404, "RevisionNotFound");
      return;
    }
    Headers headers = exchange.getResponseHeaders();
    headers.add("X-Repo-Commit", commit);
    String key = repository + "@" + commit + "/" + file;
    byte[] entry = files.get(key);
    if (entry == null) {
      Answers.answer(exchange, 404, "EntryNotFound");
      return;
    }
    if (large.contains(key)) {
      String hash = hash("SHA-256", entry);
      headers.add("X-Linked-Etag", "\"" + hash + "\"");
      headers.add("X-Linked-Size", String.valueOf(entry.length));
      headers.add("Location", web("/" + hash + "?signature=a%2Fb").toString());
      Answers.answer(exchange, 302, "");
    } else {
      headers.add(
          "Location",
          "/api/resolve-cache/models/" + repository + "/" + commit + "/" + match.group(3) + "?x=1");
      Answers.answer(exchange, 307, "");
    }
  }

  private void store(HttpExchange exchange) throws IOException {
    note("store", exchange);
    HttpHandler fault = storeFaults.poll();
    if (fault != null) {
      fault.handle(exchange);
      return;
    }
    String path = exchange.getRequestURI().getPath();
    for (Map.Entry<String, byte[]> file : files.entrySet()) {
      byte[] bytes = file.getValue();
      if (path.equals("/" + hash("SHA-256", bytes)) || path.equals("/web/" + file.getKey())) {
        Answers.send(exchange, bytes, false);
        return;
      }
    }
    Answers.answer(exchange, 404, "");
  }

  private static String decoded(String text) {
    return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
  }

  static String hash(String algorithm, byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance(algorithm).digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    hub.stop(0);
    store.stop(0);
    threads.shutdownNow();
  }
}
