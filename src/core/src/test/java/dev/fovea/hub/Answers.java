package dev.fovea.hub;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** Answers of {@link LoopbackHub}, right ones and faults. */
final class Answers {
  private static final int PIECE = 1 << 16;

  private Answers() {}

  /** Sends bytes, or the range of them that is asked for. */
  static void send(HttpExchange exchange, byte[] bytes, boolean git) throws IOException {
    Headers headers = exchange.getResponseHeaders();
    String tag = "\"" + (git ? gitHash(bytes) : "s3-" + LoopbackHub.hash("SHA-1", bytes)) + "\"";
    headers.add("ETag", tag);
    headers.add("Accept-Ranges", "bytes");
    String range = exchange.getRequestHeaders().getFirst("Range");
    String condition = exchange.getRequestHeaders().getFirst("If-Range");
    int from = 0;
    if (range != null && (condition == null || condition.equals(tag))) {
      from = Integer.parseInt(range.replaceAll("bytes=([0-9]+)-", "$1"));
      if (from >= bytes.length) {
        answer(exchange, 416, "");
        return;
      }
      headers.add("Content-Range", "bytes " + from + "-" + (bytes.length - 1) + "/" + bytes.length);
    }
    boolean head = exchange.getRequestMethod().equals("HEAD");
    if (head) {
      headers.add("Content-Length", String.valueOf(bytes.length));
    }
    exchange.sendResponseHeaders(from > 0 ? 206 : 200, head ? -1 : length(bytes.length - from));
    try (OutputStream out = exchange.getResponseBody()) {
      if (!head) {
        // In pieces: the server copies what it is given.
        for (int at = from; at < bytes.length; at += PIECE) {
          out.write(bytes, at, Math.min(PIECE, bytes.length - at));
        }
      }
    }
  }

  /** The server's word for an empty body is -1. */
  private static long length(int bytes) {
    return bytes == 0 ? -1 : bytes;
  }

  /** An answer without a body. */
  static void answer(HttpExchange exchange, int status, String code) throws IOException {
    if (!code.isEmpty()) {
      exchange.getResponseHeaders().add("X-Error-Code", code);
      exchange.getResponseHeaders().add("X-Error-Message", "It is so: " + code);
    }
    exchange.sendResponseHeaders(status, -1);
    exchange.close();
  }

  /** Announces all bytes, sends the first ones, and breaks the connection. */
  static HttpHandler broken(byte[] bytes, int count) {
    return exchange -> {
      exchange.getResponseHeaders().add("ETag", "\"s3-" + LoopbackHub.hash("SHA-1", bytes) + "\"");
      exchange.sendResponseHeaders(200, bytes.length);
      exchange.getResponseBody().write(bytes, 0, count);
      exchange.getResponseBody().flush();
      exchange.close();
    };
  }

  /** An answer with these headers. */
  static HttpHandler with(int status, Map<String, String> headers) {
    return exchange -> {
      headers.forEach(exchange.getResponseHeaders()::add);
      answer(exchange, status, "");
    };
  }

  private static String gitHash(byte[] bytes) {
    byte[] head = ("blob " + bytes.length + "\0").getBytes(StandardCharsets.UTF_8);
    byte[] all = new byte[head.length + bytes.length];
    System.arraycopy(head, 0, all, 0, head.length);
    System.arraycopy(bytes, 0, all, head.length, bytes.length);
    return LoopbackHub.hash("SHA-1", all);
  }
}
