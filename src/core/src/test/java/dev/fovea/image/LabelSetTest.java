package dev.fovea.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LabelSetTest {

  /** Classes at both ends and where a shift by one shows; facts of the data sets' own lists. */
  @ParameterizedTest
  @CsvSource({
    "imagenet-1k, 1000, 0, tench",
    "imagenet-1k, 1000, 281, tabby",
    "imagenet-1k, 1000, 999, toilet tissue",
    "imagenet-22k, 21841, 0, 'organism, being'",
    "imagenet-22k, 21841, 21840, knothole",
    "ade20k, 150, 0, wall",
    "ade20k, 150, 2, sky",
    "ade20k, 150, 7, bed",
    "ade20k, 150, 12, person",
    "ade20k, 150, 149, flag",
    "cityscapes, 19, 0, road",
    "cityscapes, 19, 13, car",
    "cityscapes, 19, 18, bicycle",
    "coco-80, 80, 0, person",
    "coco-80, 80, 79, toothbrush",
    "coco-91, 91, 0, __background__",
    "coco-91, 91, 1, person",
    "coco-91, 91, 90, toothbrush"
  })
  void a_set_has_all_classes_in_the_published_order(
      String name, int size, int number, String label) {
    LabelSet set = LabelSet.of(name);

    assertThat(set.labels()).hasSize(size).noneMatch(String::isBlank);
    assertThat(set.labels().get(number)).isEqualTo(label);
    assertThat(set.labels()).allMatch(each -> each.equals(each.strip()));
  }

  @Test
  void every_listed_set_can_be_read() {
    assertThat(LabelSet.names()).allMatch(name -> LabelSet.of(name).name().equals(name));
  }

  @Test
  void segmentation_sets_have_their_customary_colours() {
    assertThat(LabelSet.of("cityscapes").palette())
        .hasSize(19)
        .startsWith(0x804080)
        .endsWith(0x770b20);
    assertThat(LabelSet.of("ade20k").palette())
        .hasSize(150)
        .startsWith(0x787878)
        .endsWith(0x5c00ff);
    assertThat(LabelSet.of("imagenet-1k").palette()).isEmpty();
  }

  @Test
  void a_set_is_found_by_its_names() {
    assertThat(LabelSet.withLabels(LabelSet.of("ade20k").labels()))
        .hasValueSatisfying(set -> assertThat(set.palette()).hasSize(150));
    assertThat(LabelSet.withLabels(List.of("wall", "building"))).isEmpty();
  }

  @Test
  void an_unknown_set_is_refused_with_the_known_ones() {
    assertThatThrownBy(() -> LabelSet.of("imagenet"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("named imagenet", "imagenet-1k", "cityscapes");
  }

  @Test
  void colours_for_some_classes_only_are_refused() {
    assertThatThrownBy(() -> new LabelSet("own", List.of("a", "b"), List.of(0xFF0000)))
        .hasMessageContainingAll("own", "1 colours for 2 names");
    assertThatThrownBy(() -> new LabelSet("own", List.of(), List.of()))
        .hasMessageContaining("no classes");
  }

  @Test
  void numbered_classes_count_from_0() {
    assertThat(LabelSet.numbered(2).labels()).containsExactly("class 0", "class 1");
  }
}
