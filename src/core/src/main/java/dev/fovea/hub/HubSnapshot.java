package dev.fovea.hub;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** A repository of the hub, at one commit: the first file tells which, all others are of it. */
final class HubSnapshot implements ModelFiles {
  private final HubClient client;
  private final String source;
  private final Map<String, String> origin = new LinkedHashMap<>();
  private HubRepository repository;

  HubSnapshot(HubClient client, HubRepository repository) {
    this.client = client;
    this.repository = repository;
    this.source = "hf://" + repository.owner() + "/" + repository.name();
    origin.put(ModelProperties.SOURCE, source);
  }

  @Override
  public String source() {
    return source;
  }

  @Override
  public Optional<Path> find(String name) throws IOException {
    Optional<HubFile> file = client.fileIfPresent(repository, name);
    file.flatMap(HubFile::commit)
        .ifPresent(
            commit -> {
              repository = repository.at(commit);
              origin.put(ModelProperties.REVISION, commit);
            });
    if (!name.endsWith(".json") && !name.endsWith(".md")) {
      file.flatMap(HubFile::sha256).ifPresent(sha256 -> origin.put(ModelProperties.SHA256, sha256));
    }
    return file.map(HubFile::path);
  }

  @Override
  public Map<String, String> origin() {
    return origin;
  }
}
