package dev.fovea.hub;

import java.nio.file.Path;
import java.util.Optional;

/**
 * A file of the hub or of a web server, on this machine.
 *
 * @param path where it lies; belongs to a cache: read it, never change it
 * @param commit the state of the repository that it belongs to; empty for a plain web address
 * @param sha256 64 hexadecimal digits of its SHA-256; empty if neither the server nor the cache
 *     knows them, as with small text files of the hub
 */
public record HubFile(Path path, Optional<String> commit, Optional<String> sha256) {}
