package dev.fovea.cli;

import ai.djl.Model;
import ai.djl.inference.Predictor;
import ai.djl.modality.cv.output.CategoryMask;
import ai.djl.ndarray.NDList;
import ai.djl.translate.NoopTranslator;
import ai.djl.translate.TranslateException;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.fovea.image.LabelSet;
import dev.fovea.image.Overlay;
import dev.fovea.image.Pixels;
import dev.fovea.image.Preprocess;
import dev.fovea.image.SegmentationInference;
import dev.fovea.image.SegmentationSheet;
import dev.fovea.image.SegmentationTranslator;
import java.awt.image.BufferedImage;
import java.awt.image.DataBuffer;
import java.awt.image.IndexColorModel;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** The class of each pixel: shares of the image, and a picture of the kind that was asked for. */
final class MaskAnswers implements Answering {

  /** Asks the model about images. */
  private interface Segmenter extends AutoCloseable {
    List<CategoryMask> masks(List<Pixels> images) throws TranslateException;

    @Override
    void close();
  }

  private final Segmenter segmenter;
  private final LabelSet labels;
  private final PredictCommand.Format format;

  MaskAnswers(
      Model model,
      Preprocess preprocess,
      List<String> classes,
      PredictCommand.Format format,
      SegmentationOptions options) {
    this.labels =
        LabelSet.withLabels(classes).orElseGet(() -> new LabelSet("own", classes, List.of()));
    this.format = format;
    this.segmenter =
        options.given()
            ? gliding(model, options.inference(preprocess.normalize()))
            : whole(model, preprocess);
  }

  private Segmenter whole(Model model, Preprocess preprocess) {
    SegmentationTranslator translator =
        SegmentationTranslator.builder(labels.labels()).optPreprocess(preprocess).build();
    Predictor<Pixels, CategoryMask> predictor = model.newPredictor(translator.from(Pixels.class));
    return new Segmenter() {
      @Override
      public List<CategoryMask> masks(List<Pixels> images) throws TranslateException {
        return predictor.batchPredict(images);
      }

      @Override
      public void close() {
        predictor.close();
      }
    };
  }

  private Segmenter gliding(Model model, SegmentationInference inference) {
    Predictor<NDList, NDList> predictor = model.newPredictor(new NoopTranslator());
    return new Segmenter() {
      @Override
      public List<CategoryMask> masks(List<Pixels> images) throws TranslateException {
        List<CategoryMask> masks = new ArrayList<>();
        for (Pixels image : images) {
          masks.add(inference.predict(predictor, image, labels.labels()));
        }
        return masks;
      }

      @Override
      public void close() {
        predictor.close();
      }
    };
  }

  @Override
  public List<Answer> answer(List<Pixels> images) throws TranslateException {
    List<CategoryMask> masks = segmenter.masks(images);
    return IntStream.range(0, images.size())
        .mapToObj(i -> answer(images.get(i), masks.get(i)))
        .toList();
  }

  private Answer answer(Pixels image, CategoryMask mask) {
    double[] shares = new double[labels.labels().size()];
    for (int[] row : mask.getMask()) {
      for (int category : row) {
        shares[category] += 1.0 / ((double) image.width() * image.height());
      }
    }
    StringBuilder text = new StringBuilder();
    JsonArray list = new JsonArray();
    IntStream.range(0, shares.length)
        .filter(c -> shares[c] > 0)
        .boxed()
        .sorted(Comparator.comparingDouble((Integer c) -> -shares[c]))
        .forEach(
            c -> {
              String label = labels.labels().get(c);
              text.append(String.format(Locale.ROOT, "%n  %6.2f %%  %s", 100 * shares[c], label));
              JsonObject entry = new JsonObject();
              entry.addProperty("index", c);
              entry.addProperty("label", label);
              entry.addProperty("share", shares[c]);
              list.add(entry);
            });
    JsonObject json = new JsonObject();
    json.addProperty("width", image.width());
    json.addProperty("height", image.height());
    json.add("classes", list);
    return new Answer(text.toString(), json, picture(image, mask));
  }

  private @Nullable BufferedImage picture(Pixels image, CategoryMask mask) {
    Overlay overlay = new Overlay(labels);
    return switch (format) {
      case LABELS -> null;
      case OVERLAY -> overlay.draw(image, mask);
      case SHEET ->
          new SegmentationSheet(overlay, List.of("Image", "Prediction"), 640)
              .draw(List.of(new SegmentationSheet.Row(image, List.of(mask))));
      case MASK -> indexed(mask, overlay);
    };
  }

  /** An image of 8 bits a pixel whose values are the classes, in the colours of the overlay. */
  private BufferedImage indexed(CategoryMask mask, Overlay overlay) {
    int count = labels.labels().size();
    if (count > 256) {
      throw new IllegalArgumentException(
          "--format mask stores at most 256 classes, the model has " + count);
    }
    int[] colors = new int[256];
    for (int c = 0; c < count; c++) {
      colors[c] = overlay.color(c);
    }
    IndexColorModel palette =
        new IndexColorModel(8, 256, colors, 0, false, -1, DataBuffer.TYPE_BYTE);
    int[][] classes = mask.getMask();
    BufferedImage image =
        new BufferedImage(
            classes[0].length, classes.length, BufferedImage.TYPE_BYTE_INDEXED, palette);
    for (int y = 0; y < classes.length; y++) {
      image.getRaster().setPixels(0, y, classes[y].length, 1, classes[y]);
    }
    return image;
  }

  @Override
  public void close() {
    segmenter.close();
  }
}
