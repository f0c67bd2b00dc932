package dev.fovea.cli;

import ai.djl.Model;
import ai.djl.inference.Predictor;
import ai.djl.translate.TranslateException;
import com.google.gson.JsonObject;
import dev.fovea.image.Pixels;
import dev.fovea.image.Reconstruction;
import dev.fovea.image.Translators;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Images beside what a masked autoencoder saw of them and painted. */
final class PaintAnswers implements Answering {
  private static final int GAP = 8;

  private final Predictor<Pixels, Reconstruction> predictor;

  PaintAnswers(Model model, Map<String, ?> arguments) {
    this.predictor =
        model.newPredictor(Translators.of(model, Pixels.class, Reconstruction.class, arguments));
  }

  @Override
  public List<Answer> answer(List<Pixels> images) throws TranslateException {
    List<Answer> answers = new ArrayList<>();
    for (Reconstruction painted : predictor.batchPredict(images)) {
      JsonObject json = new JsonObject();
      json.addProperty("maskedShare", painted.maskedShare());
      String text =
          String.format(
              Locale.ROOT,
              "%n  original, masked (%.0f %% removed), painted",
              100 * painted.maskedShare());
      answers.add(
          new Answer(
              text, json, row(List.of(painted.original(), painted.masked(), painted.painted()))));
    }
    return answers;
  }

  /** Draws images of one size side by side. */
  private static BufferedImage row(List<Pixels> images) {
    int width = images.get(0).width();
    int height = images.get(0).height();
    BufferedImage row =
        new BufferedImage(images.size() * (width + GAP) - GAP, height, BufferedImage.TYPE_INT_RGB);
    Graphics2D g = row.createGraphics();
    g.setColor(Color.WHITE);
    g.fillRect(0, 0, row.getWidth(), height);
    for (int i = 0; i < images.size(); i++) {
      g.drawImage(images.get(i).toBufferedImage(), i * (width + GAP), 0, null);
    }
    g.dispose();
    return row;
  }

  @Override
  public void close() {
    predictor.close();
  }
}
