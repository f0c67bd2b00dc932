package dev.fovea.golden;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.training.ParameterStore;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.fovea.loss.CrossEntropyLoss;
import dev.fovea.loss.Reduction;
import dev.fovea.nn.Layer;
import dev.fovea.train.AdamW;
import dev.fovea.train.BatchSource;
import dev.fovea.train.ExponentialMovingAverage;
import dev.fovea.train.ParameterGroup;
import dev.fovea.train.Schedule;
import dev.fovea.train.TrainingLoop;
import dev.fovea.train.TrainingResult;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A training of some steps on one batch: the loss and the norm of the gradients at each, and the
 * logits that the last parameters and their running averages give.
 */
final class RecipeCase {

  private RecipeCase() {}

  static boolean isCase(JsonObject json) {
    return json.has("recipe") && json.has("model");
  }

  static double run(Path folder, JsonObject json, NDManager manager)
      throws IOException, Expected.Mismatch, GoldenCases.Unsupported {
    Recipe recipe = Recipe.of(json.get("recipe").getAsString());
    String input = input(json);
    int[] labels = labels(json);
    CaseNetwork filled = CaseNetwork.build(json);
    filled.fill(folder, json, manager);
    Layer network = filled.network();
    BatchSource source =
        (step, number) ->
            new BatchSource.Batch(
                new NDList(CaseNetwork.input(input, json, step)), new NDList(step.create(labels)));
    List<Double> norms = new ArrayList<>();
    try (ExponentialMovingAverage average = new ExponentialMovingAverage(network, recipe.average);
        AdamW optimizer = recipe.optimizer()) {
      CrossEntropyLoss loss = new CrossEntropyLoss(null, null, recipe.smoothing, Reduction.MEAN);
      TrainingResult result =
          TrainingLoop.of(network, loss, optimizer, recipe.schedule())
              .steps(json.get("steps").getAsLong())
              .clipNorm(recipe.maxNorm)
              .listener(
                  progress -> {
                    norms.add(progress.gradientNorm().orElseThrow());
                    average.update();
                  })
              .run(source);
      double error = check("losses", json, result.losses());
      error = Math.max(error, check("gradient_norms", json, norms));
      NDArray image = CaseNetwork.input(input, json, manager);
      return Math.max(error, checkLogits(folder, network, average, image, manager));
    }
  }

  private static double checkLogits(
      Path folder,
      Layer network,
      ExponentialMovingAverage average,
      NDArray image,
      NDManager manager)
      throws IOException, Expected.Mismatch {
    try (Expected expected = Expected.trained(folder.resolve("expected.safetensors"), manager)) {
      ParameterStore store = new ParameterStore(manager, false);
      NDList inputs = new NDList(image);
      expected.check("final_logits", network.forward(store, inputs, false).singletonOrThrow());
      average.copyTo(network);
      expected.check("ema_logits", network.forward(store, inputs, false).singletonOrThrow());
      expected.checkComplete();
      return expected.maxError();
    }
  }

  /** Compares a list in {@code case.json}, each number within 1e-3 of itself. */
  private static double check(String name, JsonObject json, List<Double> got)
      throws Expected.Mismatch {
    JsonArray expected = json.getAsJsonArray(name);
    if (expected == null || expected.size() != got.size()) {
      throw new Expected.Mismatch(name + " in case.json are not " + got.size() + " numbers");
    }
    double largest = 0;
    for (int i = 0; i < got.size(); i++) {
      double number = expected.get(i).getAsDouble();
      double error = Math.abs(got.get(i) - number) / Math.abs(number);
      if (!(error <= 1e-3)) { // also catches NaN
        throw new Expected.Mismatch(
            String.format("%s[%d] is %.9g, expected %.9g", name, i, got.get(i), number));
      }
      largest = Math.max(largest, error);
    }
    return largest;
  }

  private static String input(JsonObject json) throws GoldenCases.Unsupported {
    Set<String> names = json.getAsJsonObject("inputs").keySet();
    if (names.size() != 1) {
      throw new GoldenCases.Unsupported("recipe with the inputs " + names);
    }
    return names.iterator().next();
  }

  /** Labels {@code arange(N) % classes}. */
  private static int[] labels(JsonObject json) throws GoldenCases.Unsupported {
    String text = json.get("labels").getAsString();
    Matcher range = Pattern.compile("arange\\((\\d+)\\) % classes").matcher(text);
    if (!range.matches()) {
      throw new GoldenCases.Unsupported("labels " + text);
    }
    int[] labels = new int[Integer.parseInt(range.group(1))];
    for (int i = 0; i < labels.length; i++) {
      labels[i] = i % json.get("classes").getAsInt();
    }
    return labels;
  }

  /** The numbers of the one sentence in which recipes are written. */
  private record Recipe(
      double rate,
      int warmup,
      double beta1,
      double beta2,
      double decay,
      double smoothing,
      double maxNorm,
      double average) {

    private static final Pattern SENTENCE =
        Pattern.compile(
            ("AdamW lr N \\(linear warm-up over (\\d+) steps: lr\\*\\(step\\+1\\)/\\2\\), betas N N,"
                    + " decay N on >=2-D parameters only, label smoothing N, clip norm N,"
                    + " EMA N after each step")
                .replace("N", "([0-9.]+(?:e-?[0-9]+)?)"));

    static Recipe of(String text) throws GoldenCases.Unsupported {
      Matcher m = SENTENCE.matcher(text.strip());
      if (!m.matches()) {
        throw new GoldenCases.Unsupported("recipe " + text);
      }
      return new Recipe(
          Double.parseDouble(m.group(1)),
          Integer.parseInt(m.group(2)),
          Double.parseDouble(m.group(3)),
          Double.parseDouble(m.group(4)),
          Double.parseDouble(m.group(5)),
          Double.parseDouble(m.group(6)),
          Double.parseDouble(m.group(7)),
          Double.parseDouble(m.group(8)));
    }

    AdamW optimizer() {
      return new AdamW(beta1, beta2, 1e-8, decay, List.of(ParameterGroup.noDecayOfVectors()));
    }

    /** rate (step + 1) / warmup, which is a warm-up from 1 / warmup in one step less. */
    Schedule schedule() {
      Schedule constant = Schedule.constant(rate);
      return warmup > 1 ? constant.withWarmup(warmup - 1L, 1.0 / warmup) : constant;
    }
  }
}
