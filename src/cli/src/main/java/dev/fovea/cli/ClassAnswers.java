package dev.fovea.cli;

import ai.djl.Model;
import ai.djl.inference.Predictor;
import ai.djl.modality.Classifications;
import ai.djl.translate.TranslateException;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.fovea.image.Pixels;
import dev.fovea.image.Translators;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Classes and their probabilities, the likeliest first. */
final class ClassAnswers implements Answering {
  private final Predictor<Pixels, Classifications> predictor;
  private final int topK;

  ClassAnswers(Model model, int topK, Map<String, ?> arguments) {
    this.topK = topK;
    this.predictor =
        model.newPredictor(Translators.of(model, Pixels.class, Classifications.class, arguments));
  }

  @Override
  public List<Answer> answer(List<Pixels> images) throws TranslateException {
    List<Answer> answers = new ArrayList<>();
    for (Classifications classes : predictor.batchPredict(images)) {
      StringBuilder text = new StringBuilder();
      JsonArray list = new JsonArray();
      List<Classifications.Classification> best = classes.topK(topK);
      for (Classifications.Classification c : best) {
        text.append(
            String.format(
                Locale.ROOT, "%n  %6.2f %%  %s", 100 * c.getProbability(), c.getClassName()));
        JsonObject entry = new JsonObject();
        entry.addProperty("label", c.getClassName());
        entry.addProperty("probability", c.getProbability());
        list.add(entry);
      }
      JsonObject json = new JsonObject();
      json.add("classes", list);
      answers.add(new Answer(text.toString(), json, null));
    }
    return answers;
  }

  @Override
  public void close() {
    predictor.close();
  }
}
