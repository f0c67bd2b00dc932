package dev.fovea.hub;

import dev.fovea.hub.HubException.Reason;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Fetches files of the Hugging Face hub and of web servers, and keeps them.
 *
 * <p>A branch or tag is looked up at the server each time, so that its newest state is used; a
 * server that cannot be reached leaves the last state that a cache has. Files of a commit in a
 * cache need no server. The cache is laid out as that of Python's {@code huggingface_hub}.
 *
 * <p>Safe for use by several threads, and by several processes with one cache.
 */
public final class HubClient {
  private static final Logger LOG = LoggerFactory.getLogger(HubClient.class);

  /** A server that fails for these may have given the file before. */
  private static final Set<Reason> PASSING =
      EnumSet.of(Reason.UNREACHABLE, Reason.BUSY, Reason.UNAUTHORIZED, Reason.GATED);

  private final HubOptions options;
  private final HubHttp http;
  private final HubCache own;
  private final List<HubCache> caches;

  /** What the server says of a file, before it sends it. */
  private record Meta(String commit, String etag, OptionalLong size) {}

  /**
   * Makes a client. No connection is made yet.
   *
   * @param options where files come from and where they are kept
   */
  public HubClient(HubOptions options) {
    this.options = options;
    this.http = new HubHttp(options);
    this.own = new HubCache(options.cache());
    List<HubCache> all = new ArrayList<>(List.of(own));
    options.otherCaches().forEach(folder -> all.add(new HubCache(folder)));
    this.caches = List.copyOf(all);
  }

  /**
   * Returns the client's options.
   *
   * @return the options
   */
  public HubOptions options() {
    return options;
  }

  /**
   * Returns a file of a repository; fetches it unless a cache has it.
   *
   * @param repository where it lies
   * @param file its path there, such as {@code config.json}
   * @return the file
   * @throws HubException if it cannot be had; says why
   * @throws IOException if the cache cannot be written
   * @throws IllegalArgumentException if the file's name is not one
   */
  public HubFile file(HubRepository repository, String file) throws IOException {
    SafeName.checkPath("file of a repository", file);
    if (repository.isCommit() || options.offline()) {
      Optional<HubFile> known = lastSeen(repository, file);
      if (known.isPresent()) {
        return known.get();
      }
    }
    if (options.offline()) {
      throw new HubException(
          Reason.OFFLINE,
          repository
              + " "
              + file
              + " is in no cache ("
              + caches.stream().map(HubCache::root).toList()
              + ") and work is offline; fetch it once without HF_HUB_OFFLINE");
    }
    Meta meta;
    try {
      meta = meta(repository, file);
    } catch (HubException e) {
      return lastSeen(repository, file, e);
    }
    return kept(repository, file, meta);
  }

  /**
   * Returns a file of a repository if it has one.
   *
   * @param repository where it may lie
   * @param file its path there
   * @return the file, or empty if the repository exists without it
   * @throws HubException if that cannot be found out; says why
   * @throws IOException if the cache cannot be written
   * @throws IllegalArgumentException if the file's name is not one
   */
  public Optional<HubFile> fileIfPresent(HubRepository repository, String file) throws IOException {
    try {
      return Optional.of(file(repository, file));
    } catch (HubException e) {
      if (e.reason() == Reason.NO_FILE) {
        return Optional.empty();
      }
      throw e;
    }
  }

  /**
   * Returns the file at a web address; fetches it unless the cache has it. The token is not sent.
   *
   * @param address {@code https://}; {@code http://} of this machine alone
   * @param sha256 hexadecimal digits that its SHA-256 begins with
   * @return the file
   * @throws HubException if it cannot be had; says why
   * @throws IOException if the cache cannot be written
   * @throws IllegalArgumentException if the address is of another kind
   */
  public HubFile url(URI address, Optional<String> sha256) throws IOException {
    return new WebFile(address, sha256.orElse("")).in(options);
  }

  /** The file at the commit that a cache knows of, without a look at the server. */
  private Optional<HubFile> lastSeen(HubRepository repository, String file) throws IOException {
    for (HubCache cache : caches) {
      Optional<String> commit = cache.commit(repository);
      if (commit.isPresent()) {
        for (HubCache any : caches) {
          Optional<HubFile> found = any.find(repository, commit.get(), file);
          if (found.isPresent()) {
            return found;
          }
        }
        if (cache.isKnownAbsent(repository, commit.get(), file)) {
          throw new HubException(Reason.NO_FILE, repository + " has no file " + file);
        }
      }
    }
    return Optional.empty();
  }

  private HubFile lastSeen(HubRepository repository, String file, HubException failure)
      throws IOException {
    if (PASSING.contains(failure.reason())) {
      Optional<HubFile> found = lastSeen(repository, file);
      if (found.isPresent()) {
        LOG.warn("{}; {} {} is taken from the cache", failure.getMessage(), repository, file);
        return found.get();
      }
    }
    throw failure;
  }

  private Meta meta(HubRepository repository, String file) throws IOException {
    URI uri = repository.uri(options.endpoint(), file);
    // A redirect to another host is where the bytes are; what is asked for stands beside it.
    try (Reply reply = http.ask("HEAD", uri, Map.of(), false)) {
      if (!reply.isSuccess() && !reply.isRedirect()) {
        HubException refusal = Refusal.of(repository, file, options, reply);
        Optional<String> commit = reply.onTheWay("X-Repo-Commit").filter(HubCache::isCommit);
        if (refusal.reason() == Reason.NO_FILE && commit.isPresent()) {
          note(() -> own.rememberAbsent(repository, commit.get(), file));
        }
        throw refusal;
      }
      String commit =
          word(repository, reply.onTheWay("X-Repo-Commit"), "commit", HubCache::isCommit);
      Optional<String> tag = reply.onTheWay("X-Linked-Etag").or(() -> reply.header("ETag"));
      String etag =
          word(
              repository,
              tag.map(t -> t.replaceFirst("^W/", "").replaceAll("^\"|\"$", "")),
              "ETag",
              SafeName::isPlain);
      OptionalLong size = Reply.number(reply.onTheWay("X-Linked-Size"));
      if (size.isEmpty() && reply.isSuccess()) {
        size = reply.length();
      }
      return new Meta(commit, etag, size);
    }
  }

  @FunctionalInterface
  private interface Note {
    void write() throws IOException;
  }

  /** Keeps what was learned for work offline; a cache that cannot be written is no failure here. */
  private static void note(Note note) {
    try {
      note.write();
    } catch (IOException e) {
      LOG.debug("the cache keeps no note", e);
    }
  }

  private String word(
      HubRepository repository, Optional<String> word, String what, Predicate<String> test)
      throws HubException {
    if (word.filter(test).isEmpty()) {
      throw new HubException(
          Reason.UNTRUSTED,
          options.endpoint()
              + " does not answer as the hub does: "
              + repository
              + " has "
              + word.map(w -> "the " + what + " \"" + Words.of(w) + "\"").orElse("no " + what));
    }
    return word.get();
  }

  private HubFile kept(HubRepository repository, String file, Meta meta) throws IOException {
    String commit = meta.commit();
    for (HubCache cache : caches) {
      Optional<HubFile> found = cache.find(repository, commit, file);
      if (found.isPresent()) {
        note(() -> own.remember(repository, commit));
        return found.get();
      }
    }
    own.remember(repository, commit);
    Path blob = own.blob(repository, meta.etag());
    try (CacheLock lock = CacheLock.take(own.lock(repository, meta.etag()))) {
      if (!Files.exists(blob)) {
        fetch(repository, file, meta, blob);
      }
      if (own.find(repository, commit, file).isEmpty()) {
        own.link(repository, commit, file, meta.etag());
      }
    }
    Path path = own.snapshot(repository, commit, file);
    return new HubFile(
        path, Optional.of(commit), Optional.of(meta.etag()).filter(HubCache::isSha256));
  }

  private void fetch(HubRepository repository, String file, Meta meta, Path blob)
      throws IOException {
    HubCache.makeParent(blob);
    String sha256 = HubCache.isSha256(meta.etag()) ? meta.etag() : "";
    Path part = blob.resolveSibling(meta.etag() + ".part");
    // Another commit of another cache may have the same contents.
    for (HubCache other : caches.subList(1, caches.size())) {
      Path same = other.blob(repository, meta.etag());
      if (!sha256.isEmpty() && Files.isRegularFile(same)) {
        try (InputStream in = Files.newInputStream(same)) {
          Files.copy(in, part, StandardCopyOption.REPLACE_EXISTING);
        }
      }
    }
    // The commit's address: the branch may move before the bytes are here.
    HubRepository fixed = repository.at(meta.commit());
    new Download(
            repository + " " + file,
            fixed.uri(options.endpoint(), file),
            meta.size(),
            sha256,
            reply -> Refusal.of(repository, file, options, reply))
        .to(part, http, options);
    Files.move(part, blob, StandardCopyOption.ATOMIC_MOVE);
  }
}
