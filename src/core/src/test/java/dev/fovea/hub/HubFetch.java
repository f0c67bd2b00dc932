package dev.fovea.hub;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Fetches one file in a process of its own: endpoint, cache, repository, file. */
final class HubFetch {
  private HubFetch() {}

  public static void main(String[] args) throws IOException {
    HubOptions options =
        new HubOptions(
            URI.create(args[0]),
            Optional.empty(),
            Path.of(args[1]),
            List.of(),
            false,
            HubLimits.DEFAULT.withRetries(2, Duration.ofMillis(10)),
            Progress.NONE);
    new HubClient(options).file(HubRepository.parse(args[2]), args[3]);
  }

  static Process start(URI endpoint, Path cache, HubRepository repository, String file)
      throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx256m",
            "-cp",
            System.getProperty("java.class.path"),
            HubFetch.class.getName(),
            endpoint.toString(),
            cache.toString(),
            repository.toString(),
            file)
        .inheritIO()
        .start();
  }
}
