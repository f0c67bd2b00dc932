package dev.fovea.hub;

import java.net.URI;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A repository of the hub at one revision.
 *
 * @param owner user or organisation
 * @param name of the repository
 * @param revision branch, tag, {@code refs/pr/1} or commit; {@code main} if nothing else is said
 */
public record HubRepository(String owner, String name, String revision) {

  /** The revision of an address that names none. */
  public static final String MAIN = "main";

  private static final String SCHEME = "hf://";
  private static final Pattern ADDRESS = Pattern.compile("([^/@]+)/([^/@]+)(?:@(.+))?");
  private static final Pattern NAME =
      Pattern.compile("[A-Za-z0-9_](?:[A-Za-z0-9._-]*[A-Za-z0-9_])?");
  private static final Pattern COMMIT = Pattern.compile("[0-9a-f]{40}");
  private static final int LONGEST = 96;

  /** {@inheritDoc} */
  public HubRepository {
    check(owner);
    check(name);
    if (owner.length() + name.length() >= LONGEST) {
      throw new IllegalArgumentException(
          owner + "/" + name + " is longer than the " + LONGEST + " characters of a repository");
    }
    SafeName.checkPath("revision", revision);
  }

  private static void check(String part) {
    if (!NAME.matcher(part).matches()
        || part.contains("--")
        || part.contains("..")
        || part.toLowerCase(Locale.ROOT).endsWith(".git")) {
      throw new IllegalArgumentException(
          "\""
              + part
              + "\" names no owner or repository of the hub: letters, digits, single - and ., and _");
    }
  }

  /**
   * Reads an address.
   *
   * @param address {@code hf://owner/name} or {@code hf://owner/name@revision}
   * @return the repository
   * @throws IllegalArgumentException if it is not such an address
   */
  public static HubRepository parse(String address) {
    String path = isAddress(address) ? address.substring(SCHEME.length()) : "";
    Matcher parts = ADDRESS.matcher(path);
    if (!parts.matches()) {
      throw new IllegalArgumentException(
          "\""
              + address
              + "\" is no hub address; write hf://owner/name or hf://owner/name@revision");
    }
    String revision = parts.group(3);
    return new HubRepository(parts.group(1), parts.group(2), revision == null ? MAIN : revision);
  }

  /**
   * Tells whether a text is meant as an address of the hub.
   *
   * @param text any text
   * @return whether it begins with {@code hf://}
   */
  public static boolean isAddress(String text) {
    return text.regionMatches(true, 0, SCHEME, 0, SCHEME.length());
  }

  /**
   * Returns the same repository at another revision; with {@link HubFile#commit()}, files that are
   * read later come from the same state of the repository, even if it changes meanwhile.
   *
   * @param other branch, tag or commit
   * @return the repository
   * @throws IllegalArgumentException if the revision's name is not one
   */
  public HubRepository at(String other) {
    return new HubRepository(owner, name, other);
  }

  /**
   * Tells whether the revision is a commit, whose files never change.
   *
   * @return whether it is 40 hexadecimal digits
   */
  public boolean isCommit() {
    return COMMIT.matcher(revision).matches();
  }

  /** The address of a file, without a look at the server. */
  URI uri(URI endpoint, String file) {
    return URI.create(
        endpoint.toString().replaceAll("/+$", "")
            + "/"
            + owner
            + "/"
            + name
            + "/resolve/"
            + SafeName.escape(revision, false)
            + "/"
            + SafeName.escape(file, true));
  }

  /**
   * Returns the address that {@link #parse} reads.
   *
   * @return {@code hf://owner/name@revision}, without {@code @main}
   */
  @Override
  public String toString() {
    return SCHEME + owner + "/" + name + (revision.equals(MAIN) ? "" : "@" + revision);
  }
}
