package dev.fovea.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import ai.djl.ndarray.types.Shape;
import dev.fovea.Fovea;
import dev.fovea.backbone.Family;
import dev.fovea.image.Crop;
import dev.fovea.image.LabelSet;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class CatalogueTest {
  private static final Catalogue CATALOGUE = Catalogue.standard();

  @Test
  void every_family_of_published_weights_is_listed() {
    List<String> families =
        CATALOGUE.models().stream()
            .map(m -> Fovea.registry().family(m.preset()).name())
            .distinct()
            .toList();
    assertThat(families)
        .containsExactlyInAnyOrder(
            "segformer", "mit", "convnext", "convnextv2", "resnet", "vit", "mae");
    assertThat(CATALOGUE.models()).hasSizeGreaterThan(250);
  }

  @Test
  void every_entry_fits_the_registry_and_says_where_it_comes_from() {
    for (PublishedModel model : CATALOGUE.models()) {
      Family<?> family = Fovea.registry().family(model.preset());
      assertThat(family.published(model.dialect())).as(model.name()).isNotNull();
      assertThat(model.source().getScheme()).as(model.name()).isIn("hf", "https");
      assertThat(model.preprocess().inputShape()).as(model.name()).isPresent();
      model.labels().ifPresent(l -> assertThat(LabelSet.of(l).labels()).hasSize(model.classes()));
    }
  }

  @Test
  void every_entry_gives_a_network_of_its_classes() throws IOException {
    for (PublishedModel model : Catalogue.standard().models()) {
      Blueprint<?> plan = Blueprint.published(Fovea.registry(), model, List.of());
      assertThat(plan.config().classes()).as(model.name()).isEqualTo(model.classes());
      plan.config().build();
    }
  }

  @Test
  void a_licence_that_forbids_commerce_is_on_the_card() throws IOException {
    for (PublishedModel model : CATALOGUE.models()) {
      String card = Fovea.registry().family(model.preset()).name() + ".md";
      String text = Files.readString(Path.of("../../models", card));
      assertThat(text).as(model.name()).contains(model.licence().replace("-NC-4.0", "-NC 4.0"));
      if (model.nonCommercial()) {
        assertThat(text).as(model.name()).contains("non-commercial");
      }
    }
  }

  @Test
  void an_entry_says_how_images_are_made() {
    PublishedModel model = CATALOGUE.find("convnext_tiny.fb_in1k").orElseThrow();
    assertThat(model.preset()).isEqualTo("convnext_tiny");
    assertThat(model.preprocess().resize().width()).isEqualTo(256);
    assertThat(model.preprocess().inputShape()).contains(new Shape(3, 224, 224));
    assertThat(model.labels()).contains("imagenet-1k");
    assertThat(CATALOGUE.find("convnext_tiny.fb")).isEqualTo(Optional.empty());
  }

  @Test
  void the_pre_trainings_and_the_files_of_mmsegmentation_are_listed() {
    PublishedModel alone = CATALOGUE.find("convnextv2_atto.facebook_fcmae").orElseThrow();
    assertThat(alone.dialect()).isEqualTo("fcmae");
    assertThat(alone.classes()).isZero();
    PublishedModel city = CATALOGUE.find("segformer_b5.mmseg_cityscapes_1024").orElseThrow();
    assertThat(city.source().toString()).endsWith("_20211206_072934-87a052ec.pth");
    assertThat(city.sha256()).contains("87a052ec");
    assertThat(city.labels()).contains("cityscapes");
    assertThat(city.nonCommercial()).isTrue();
    for (int b = 0; b < 6; b++) {
      assertThat(CATALOGUE.find("mit_b" + b + ".mmseg_in1k")).isPresent();
      assertThat(CATALOGUE.find("segformer_b" + b + ".mmseg_ade_512")).isPresent();
    }
  }

  @Test
  void a_sum_in_the_name_of_a_file_is_in_the_catalogue() {
    Pattern sum = Pattern.compile("-([0-9a-f]{8})\\.pth$");
    long count = 0;
    for (PublishedModel model : CATALOGUE.models()) {
      Matcher matcher = sum.matcher(model.source().toString());
      if (matcher.find()) {
        assertThat(model.sha256()).as(model.name()).contains(matcher.group(1));
        count++;
      }
    }
    assertThat(count).isEqualTo(8 + 6 + 13);
  }

  @Test
  void an_odd_margin_is_rounded_as_the_publisher_does() {
    assertThat(rounding("convnext_tiny.fb_in1k")).isEqualTo(Crop.Rounding.EVEN);
    assertThat(rounding("convnext_tiny.hub_in1k")).isEqualTo(Crop.Rounding.DOWN);
  }

  private static Crop.Rounding rounding(String name) {
    return CATALOGUE.find(name).orElseThrow().preprocess().crop().orElseThrow().rounding();
  }

  @Test
  void a_name_stands_for_one_entry() {
    String entry =
        "{\"name\":\"a\",\"preset\":\"p\",\"dialect\":\"d\",\"source\":\"https://a\","
            + "\"licence\":\"MIT\",\"nonCommercial\":false,\"classes\":0,\"size\":8,\"resize\":8,"
            + "\"squash\":true,\"filter\":\"bicubic\",\"mean\":[0,0,0],\"std\":[1,1,1]}";
    assertThat(Catalogue.parse("[" + entry + "]").models()).hasSize(1);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Catalogue.parse("[" + entry + "," + entry + "]"))
        .withMessageContaining("two entries a");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Catalogue.parse("[" + entry.replace("MIT", " ") + "]"))
        .withMessageContaining("licence");
  }
}
