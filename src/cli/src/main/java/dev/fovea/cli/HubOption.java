package dev.fovea.cli;

import dev.fovea.hub.HubOptions;
import dev.fovea.hub.LoadOptions;
import picocli.CommandLine.Option;

/** {@code --offline}: how files are fetched; a bar shows how far it is. */
final class HubOption {

  @Option(
      names = "--offline",
      description = "use what has been fetched before; never ask the network")
  private boolean offline;

  HubOption() {}

  LoadOptions loading() {
    ProgressBar bar = ProgressBar.onStandardError("download");
    HubOptions hub =
        HubOptions.fromEnvironment()
            .withProgress(
                (file, bytes, total) -> {
                  if (total > 0) {
                    bar.update(bytes, total, file, null);
                  }
                });
    return LoadOptions.DEFAULT.withHub(offline ? hub.withOffline(true) : hub);
  }
}
