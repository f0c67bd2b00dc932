package dev.fovea.hub;

import dev.fovea.hub.HubException.Reason;
import java.util.Optional;

/** Says in words what a status that is no success means. */
final class Refusal {
  private static final String TOKEN = "set HF_TOKEN to a token that may read it";

  private Refusal() {}

  /** For a file of a repository. */
  static HubException of(HubRepository repository, String file, HubOptions options, Reply reply) {
    String code = reply.onTheWay("X-Error-Code").orElse("");
    String what = repository + " ";
    String words =
        reply.onTheWay("X-Error-Message").map(m -> " (\"" + Words.of(m) + "\")").orElse("");
    String page = options.endpoint() + "/" + repository.owner() + "/" + repository.name();
    return switch (code) {
      case "EntryNotFound" ->
          new HubException(Reason.NO_FILE, what + "has no file " + file + words);
      case "RevisionNotFound" ->
          new HubException(
              Reason.NO_REVISION, what + "has no revision " + repository.revision() + words);
      case "RepoNotFound" ->
          new HubException(
              Reason.NO_REPOSITORY,
              what + "is not at " + page + ", or is private; " + TOKEN + words);
      case "GatedRepo" ->
          new HubException(
              Reason.GATED,
              what + "is gated: ask for access at " + page + ", then " + TOKEN + words);
      default -> of(what + file, options.token(), reply, words);
    };
  }

  /** For a plain address. */
  static HubException of(String what, Reply reply) {
    return of(what, Optional.empty(), reply, "");
  }

  private static HubException of(String what, Optional<String> token, Reply reply, String words) {
    String answer = reply.uri().getHost() + " answers with status " + reply.status() + words;
    String advice = token.isPresent() ? "the token may not read it" : TOKEN;
    return switch (reply.status()) {
      case 401, 403 -> new HubException(Reason.UNAUTHORIZED, what + ": " + answer + "; " + advice);
      case 404, 410 ->
          new HubException(Reason.NO_FILE, what + ": " + answer + "; it does not exist there");
      case 429 -> new HubException(Reason.BUSY, what + ": " + answer + "; try again later");
      default -> new HubException(Reason.UNREACHABLE, what + ": " + answer + "; try again later");
    };
  }
}
