package dev.fovea.hub;

import java.io.IOException;
import java.net.URI;
import java.util.Optional;

/**
 * Fetches files of the Hugging Face hub and of web servers, and keeps them.
 *
 * <p>Safe for use by several threads, and by several processes with one cache.
 */
public final class HubClient {
  private final HubOptions options;

  /**
   * Makes a client. No connection is made yet.
   *
   * @param options where files come from and where they are kept
   */
  public HubClient(HubOptions options) {
    this.options = options;
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
  @SuppressWarnings("DoNotCallSuggester")
  public HubFile file(HubRepository repository, String file) throws IOException {
    throw new HubException(
        HubException.Reason.OFFLINE, repository.uri(options.endpoint(), file) + "");
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
      if (e.reason() == HubException.Reason.NO_FILE) {
        return Optional.empty();
      }
      throw e;
    }
  }

  /**
   * Returns the file at a web address; fetches it unless the cache has it.
   *
   * @param address {@code https://}; {@code http://} of this machine alone
   * @param sha256 hexadecimal digits that its SHA-256 begins with
   * @return the file
   * @throws HubException if it cannot be had; says why
   * @throws IOException if the cache cannot be written
   * @throws IllegalArgumentException if the address is of another kind
   */
  @SuppressWarnings("DoNotCallSuggester")
  public HubFile url(URI address, Optional<String> sha256) throws IOException {
    throw new HubException(HubException.Reason.OFFLINE, address + " " + sha256);
  }

  /**
   * Returns the client's options.
   *
   * @return the options
   */
  public HubOptions options() {
    return options;
  }
}
