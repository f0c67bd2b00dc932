package dev.fovea.optimizer.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelCacheTest {

  @TempDir private Path temporary;

  private Path folder() {
    return temporary.resolve("models");
  }

  private static String fill(ModelCache cache, String key, int bytes) {
    return cache.fill(key, entry -> write(entry.resolve("1.blob"), bytes));
  }

  private static String write(Path file, int bytes) {
    try {
      Files.write(file, new byte[bytes]);
      return "made";
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void age(Path folder, String key, int seconds) throws IOException {
    Path checksum = folder.resolve(key).resolve(ModelCache.CHECKSUM);
    Files.setLastModifiedTime(checksum, FileTime.from(Instant.now().minusSeconds(seconds)));
  }

  private static List<String> names(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(f -> f.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void what_was_filled_is_found_by_its_key_alone() throws IOException {
    ModelCache cache = new ModelCache(folder());
    assertThat(cache.find("a")).isEmpty();
    assertThat(fill(cache, "a", 100)).isEqualTo("made");
    assertThat(cache.find("a")).contains(folder().resolve("a"));
    assertThat(cache.find("b")).isEmpty();
    assertThat(names(folder())).containsExactly("a");
  }

  @Test
  void a_key_depends_on_every_fact_and_where_it_ends() {
    String key = ModelCache.key(List.of("ab", "c"));
    assertThat(key).hasSize(64).isEqualTo(ModelCache.key(List.of("ab", "c")));
    assertThat(key).isNotEqualTo(ModelCache.key(List.of("a", "bc")));
    assertThat(key).isNotEqualTo(ModelCache.key(List.of("abc")));
  }

  @Test
  void a_file_with_one_changed_bit_is_removed_and_not_given() throws IOException {
    ModelCache cache = new ModelCache(folder());
    fill(cache, "a", 100);
    byte[] bytes = Files.readAllBytes(folder().resolve("a/1.blob"));
    bytes[50] ^= 1;
    Files.write(folder().resolve("a/1.blob"), bytes);
    assertThat(cache.find("a")).isEmpty();
    assertThat(names(folder())).isEmpty();
  }

  @Test
  void a_cut_file_a_file_too_many_and_a_missing_checksum_are_not_given() throws IOException {
    ModelCache cache = new ModelCache(folder());
    fill(cache, "a", 100);
    write(folder().resolve("a/1.blob"), 99);
    fill(cache, "b", 100);
    write(folder().resolve("b/2.blob"), 1);
    fill(cache, "c", 100);
    Files.delete(folder().resolve("c").resolve(ModelCache.CHECKSUM));
    assertThat(List.of("a", "b", "c")).allMatch(key -> cache.find(key).isEmpty());
    assertThat(names(folder())).isEmpty();
  }

  @Test
  void what_fails_leaves_nothing() throws IOException {
    ModelCache cache = new ModelCache(folder());
    assertThatThrownBy(
            () ->
                cache.fill(
                    "a",
                    entry -> {
                      write(entry.resolve("1.blob"), 10);
                      throw new IllegalStateException("no");
                    }))
        .hasMessage("no");
    assertThat(names(folder())).isEmpty();
  }

  @Test
  void the_second_of_two_that_make_the_same_is_content_with_the_first() {
    ModelCache cache = new ModelCache(folder());
    String made =
        cache.fill(
            "a",
            entry -> {
              fill(new ModelCache(folder()), "a", 100);
              return write(entry.resolve("1.blob"), 7);
            });
    assertThat(made).isEqualTo("made");
    assertThat(cache.find("a")).isPresent();
    assertThat(folder().resolve("a/1.blob")).hasSize(100);
  }

  @Test
  void the_longest_unused_is_removed_when_all_are_too_large() throws IOException {
    ModelCache cache = new ModelCache(folder(), 350);
    fill(cache, "a", 100);
    fill(cache, "b", 100);
    age(folder(), "a", 200);
    age(folder(), "b", 100);
    cache.find("a"); // used now
    fill(cache, "c", 100);
    fill(cache, "d", 100);
    assertThat(names(folder())).containsExactly("a", "c", "d");
    fill(cache, "e", 1000);
    assertThat(names(folder())).containsExactly("e"); // the newest stays, however large
  }

  @Test
  void what_a_dead_process_left_goes_after_a_day() throws IOException {
    ModelCache cache = new ModelCache(folder());
    fill(cache, "a", 100);
    Path old = Files.createDirectory(folder().resolve(".part-1"));
    write(old.resolve("1.blob"), 10);
    Files.setLastModifiedTime(old, FileTime.from(Instant.now().minusSeconds(100_000)));
    Files.createDirectory(folder().resolve(".part-2"));
    fill(cache, "b", 100);
    assertThat(names(folder())).containsExactly(".part-2", "a", "b");
  }

  @Test
  void a_folder_that_cannot_be_made_is_named() throws IOException {
    Files.writeString(folder(), "a file");
    assertThatThrownBy(() -> fill(new ModelCache(folder()), "a", 1))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining(folder().toString());
  }
}
