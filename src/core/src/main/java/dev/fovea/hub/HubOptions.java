package dev.fovea.hub;

import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * How files of the hub are fetched and kept. Immutable.
 *
 * @param endpoint the hub's address; files are at {@code endpoint/owner/name/resolve/...}
 * @param token sent to the endpoint's own host, and to no other
 * @param cache folder that files are kept in; made when needed
 * @param otherCaches folders of the same layout, such as that of Python's {@code huggingface_hub};
 *     read, never written
 * @param offline whether the network must not be used
 * @param limits of time and size
 * @param progress hears how downloads go on
 */
public record HubOptions(
    URI endpoint,
    Optional<String> token,
    Path cache,
    List<Path> otherCaches,
    boolean offline,
    HubLimits limits,
    Progress progress) {

  /** {@inheritDoc} */
  public HubOptions {
    String scheme = String.valueOf(endpoint.getScheme());
    if (!scheme.matches("(?i)https?")
        || endpoint.getHost() == null
        || endpoint.getQuery() != null) {
      throw new IllegalArgumentException(
          "the hub's endpoint is " + endpoint + ", not an address such as https://host");
    }
    if (token.isPresent() && !token.get().matches("[\\x21-\\x7e]+")) {
      throw new IllegalArgumentException("the hub's token has spaces or characters beyond ASCII");
    }
    otherCaches = List.copyOf(otherCaches);
  }

  /**
   * Returns what the environment says, in the words of Python's {@code huggingface_hub}.
   *
   * <ul>
   *   <li>{@code FOVEA_CACHE}, or the system property {@code fovea.cache}: the cache; else {@code
   *       ~/.cache/fovea}
   *   <li>{@code HF_ENDPOINT}: the endpoint; else https://huggingface.co
   *   <li>{@code HF_TOKEN}, or the file {@code HF_TOKEN_PATH}, or {@code token} in {@code HF_HOME}
   *   <li>{@code HF_HUB_CACHE}, or {@code hub} in {@code HF_HOME}: the other cache
   *   <li>{@code HF_HUB_OFFLINE}, {@code TRANSFORMERS_OFFLINE}, {@code DJL_OFFLINE}, or the system
   *       properties {@code fovea.offline}, {@code ai.djl.offline}: offline if 1, true, yes or on
   * </ul>
   *
   * <p>The limits are {@link HubLimits#DEFAULT}.
   *
   * @return the options
   * @throws IllegalArgumentException if a value is wrong; says which one
   */
  public static HubOptions fromEnvironment() {
    return new HubEnvironment(System.getenv(), System::getProperty).options();
  }

  /**
   * Returns the same options with another endpoint.
   *
   * @param other the hub's address
   * @return the options
   */
  public HubOptions withEndpoint(URI other) {
    return new HubOptions(other, token, cache, otherCaches, offline, limits, progress);
  }

  /**
   * Returns the same options with another token.
   *
   * @param other the token, or empty for none
   * @return the options
   */
  public HubOptions withToken(Optional<String> other) {
    return new HubOptions(endpoint, other, cache, otherCaches, offline, limits, progress);
  }

  /**
   * Returns the same options with other caches.
   *
   * @param own folder that files are kept in
   * @param others folders that are read only
   * @return the options
   */
  public HubOptions withCaches(Path own, List<Path> others) {
    return new HubOptions(endpoint, token, own, others, offline, limits, progress);
  }

  /**
   * Returns the same options, with or without the network.
   *
   * @param other whether the network must not be used
   * @return the options
   */
  public HubOptions withOffline(boolean other) {
    return new HubOptions(endpoint, token, cache, otherCaches, other, limits, progress);
  }

  /**
   * Returns the same options with other limits.
   *
   * @param other of time and size
   * @return the options
   */
  public HubOptions withLimits(HubLimits other) {
    return new HubOptions(endpoint, token, cache, otherCaches, offline, other, progress);
  }

  /**
   * Returns the same options with another listener.
   *
   * @param other hears how downloads go on
   * @return the options
   */
  public HubOptions withProgress(Progress other) {
    return new HubOptions(endpoint, token, cache, otherCaches, offline, limits, other);
  }

  /**
   * Describes the options; the token is not shown.
   *
   * @return a text for logs
   */
  @Override
  public String toString() {
    return "HubOptions["
        + endpoint
        + (token.isPresent() ? " with a token" : "")
        + ", cache "
        + cache
        + ", other caches "
        + otherCaches
        + (offline ? ", offline]" : "]");
  }
}
