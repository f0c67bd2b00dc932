package dev.fovea.hub;

import dev.fovea.hub.HubException.Reason;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Brings one file over the network to a place of its own, in as many attempts as it takes.
 *
 * @param name of the file, for messages and progress
 * @param address where it is
 * @param size in bytes, if known before
 * @param sha256 that its SHA-256 begins with; empty: unknown
 * @param refusal what to say when the server does
 */
record Download(
    String name,
    URI address,
    OptionalLong size,
    String sha256,
    Function<Reply, HubException> refusal) {

  private static final Pattern RANGE = Pattern.compile("bytes ([0-9]{1,18})-([0-9]{1,18})/(.+)");
  private static final int PIECE = 1 << 16;

  /** Bytes between two calls of the listener, and that make an attempt a success. */
  private static final long STEP = 1 << 20;

  /** The network failed in the middle; what came is kept. */
  private static final class BrokenOff extends IOException {
    private static final long serialVersionUID = 1;

    BrokenOff(String message, Throwable cause) {
      super(message, cause);
    }
  }

  /** An answer's body, and where it belongs in the file. */
  private record Piece(Reply reply, long start, OptionalLong total) {}

  /**
   * Writes the file.
   *
   * @param part where; what an earlier download left there is used if the server still agrees
   * @return the file's SHA-256 in hexadecimal digits
   */
  String to(Path part, HubHttp http, HubOptions options) throws IOException {
    Part here = new Part(part);
    int failures = 0;
    boolean afresh = here.length() == 0;
    while (true) {
      long before = here.length();
      try {
        attempt(here, http, options);
        String hash = Sha256.of(part);
        if (hash.startsWith(sha256)) {
          here.forget();
          return hash;
        }
        here.delete();
        if (afresh) {
          throw new HubException(
              Reason.DAMAGED,
              name + " from " + address.getHost() + " has SHA-256 " + hash + ", not " + sha256);
        }
        // The older part may be to blame.
        afresh = true;
      } catch (HubException e) {
        if (e.reason() == Reason.DAMAGED || e.reason() == Reason.TOO_LARGE) {
          here.delete();
        }
        throw e;
      } catch (BrokenOff e) {
        failures = here.length() - before >= STEP ? 1 : failures + 1;
        if (failures > options.limits().retries()) {
          throw HubHttp.unreachable(address, String.valueOf(e.getMessage()), e);
        }
        HubHttp.sleep(http.pause(failures - 1));
      }
    }
  }

  private void attempt(Part part, HubHttp http, HubOptions options) throws IOException {
    if (size.isPresent()) {
      limit(size.getAsLong(), options);
      if (part.length() > size.getAsLong()) {
        part.delete();
      } else if (part.length() == size.getAsLong() && part.length() > 0) {
        return;
      }
    }
    Piece piece = open(part, http);
    try (Reply reply = piece.reply()) {
      OptionalLong total = piece.total();
      if (total.isPresent() && size.isPresent() && !total.equals(size)) {
        throw new HubException(
            Reason.DAMAGED,
            name
                + ": "
                + reply.uri().getHost()
                + " has "
                + total.getAsLong()
                + " bytes of it, the repository "
                + size.getAsLong());
      }
      if (total.isPresent()) {
        limit(total.getAsLong(), options);
        room(part.path(), total.getAsLong() - piece.start());
      }
      copy(piece, part.path(), options);
    }
  }

  /** Asks for what is missing, or for everything. */
  private Piece open(Part part, HubHttp http) throws IOException {
    long have = part.length();
    // A whole hash tells in the end whether two pieces belong together; else the server must.
    boolean sure = HubCache.isSha256(sha256);
    Optional<String> tag = part.tag();
    Map<String, String> headers = new LinkedHashMap<>();
    if (have > 0 && (sure || tag.isPresent())) {
      headers.put("Range", "bytes=" + have + "-");
      tag.ifPresent(t -> headers.put("If-Range", t));
    }
    Reply reply = http.ask("GET", address, headers, true);
    if (reply.status() == 206) {
      Matcher range = RANGE.matcher(reply.header("Content-Range").orElse(""));
      if (headers.isEmpty() || !range.matches() || Long.parseLong(range.group(1)) != have) {
        reply.close();
        part.delete();
        throw new BrokenOff(
            "the server sent another range than was asked", new IOException("status 206"));
      }
      return new Piece(reply, have, Reply.number(Optional.of(range.group(3))));
    }
    if (reply.status() == 416 && !headers.isEmpty()) {
      reply.close();
      part.delete();
      throw new BrokenOff("the server has a shorter file now", new IOException("status 416"));
    }
    if (reply.status() != 200) {
      reply.close();
      throw refusal.apply(reply);
    }
    String encoding = reply.header("Content-Encoding").orElse("identity");
    if (!encoding.equals("identity")) {
      reply.close();
      throw new HubException(
          Reason.UNTRUSTED,
          name + ": " + reply.uri().getHost() + " compresses it unasked: " + Words.of(encoding));
    }
    part.begin(validator(reply));
    return new Piece(reply, 0, reply.length());
  }

  /** What tells the server later that the file is still the same (RFC 9110, 13.1.5). */
  private static Optional<String> validator(Reply reply) {
    return reply
        .header("ETag")
        .filter(t -> t.startsWith("\"") && t.length() < 512)
        .or(() -> reply.header("Last-Modified").filter(t -> t.length() < 64));
  }

  private void copy(Piece piece, Path part, HubOptions options) throws IOException {
    long total = piece.total().orElse(size.orElse(-1));
    long most = total >= 0 ? total : options.limits().maxBytes();
    long here = piece.start();
    long told = here;
    options.progress().moved(name, here, total);
    byte[] bytes = new byte[PIECE];
    try (FileChannel out =
        FileChannel.open(part, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      out.truncate(here);
      out.position(here);
      for (int count; (count = read(piece.reply().body(), bytes)) >= 0; ) {
        here += count;
        if (here > most) {
          limit(here, options);
          throw new HubException(
              Reason.DAMAGED, name + " is longer than the " + most + " bytes that were announced");
        }
        write(out, ByteBuffer.wrap(bytes, 0, count), part);
        if (here - told >= STEP) {
          told = here;
          options.progress().moved(name, here, total);
        }
      }
    }
    if (total >= 0 && here < total) {
      throw new BrokenOff(
          "the connection ended after " + here + " of " + total + " bytes",
          new IOException("the end came early"));
    }
    if (here != told) {
      options.progress().moved(name, here, total);
    }
  }

  private static int read(InputStream body, byte[] bytes) throws IOException {
    try {
      return body.read(bytes);
    } catch (InterruptedIOException e) {
      throw e;
    } catch (IOException e) {
      throw new BrokenOff(String.valueOf(e.getMessage()), e);
    }
  }

  private static void write(FileChannel out, ByteBuffer bytes, Path part) throws IOException {
    try {
      while (bytes.hasRemaining()) {
        out.write(bytes);
      }
    } catch (IOException e) {
      if (String.valueOf(e.getMessage()).matches("(?i).*(space|quota).*")) {
        throw full(part, String.valueOf(e.getMessage()), e);
      }
      throw e;
    }
  }

  private static void room(Path part, long needed) throws IOException {
    long usable = Files.getFileStore(part.toAbsolutePath().getParent()).getUsableSpace();
    if (usable < needed) {
      throw full(part, needed + " bytes are needed, " + usable + " are free", null);
    }
  }

  private static HubException full(Path part, String why, @Nullable Throwable cause) {
    return new HubException(
        Reason.DISK_FULL,
        "no room in "
            + part.toAbsolutePath().getParent()
            + ": "
            + why
            + "; free some, or set FOVEA_CACHE to another disk",
        cause);
  }

  private void limit(long bytes, HubOptions options) throws HubException {
    if (bytes > options.limits().maxBytes()) {
      throw new HubException(
          Reason.TOO_LARGE,
          name + " has " + bytes + " bytes or more; the limit is " + options.limits().maxBytes());
    }
  }
}
