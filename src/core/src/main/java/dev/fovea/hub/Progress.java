package dev.fovea.hub;

/** Hears how a download goes on. Called often, from the thread that downloads. */
@FunctionalInterface
public interface Progress {

  /** Hears nothing. */
  Progress NONE = (file, bytes, total) -> {};

  /**
   * Takes the state of a download.
   *
   * @param file its name
   * @param bytes already here, with those of earlier attempts
   * @param total bytes of the whole file; -1 if the server does not say
   */
  void moved(String file, long bytes, long total);
}
