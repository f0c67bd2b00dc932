package dev.fovea.backbone;

import java.util.List;

/** A service, found by {@link java.util.ServiceLoader}, that adds architectures to the registry. */
public interface FamilyProvider {

  /**
   * Returns the architectures to add.
   *
   * @return families whose presets have names of their own
   */
  List<Family<?>> families();
}
