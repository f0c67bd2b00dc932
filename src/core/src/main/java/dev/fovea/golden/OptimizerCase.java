package dev.fovea.golden;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.nn.Parameter;
import ai.djl.nn.ParameterList;
import ai.djl.training.GradientCollector;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import dev.fovea.train.Adam;
import dev.fovea.train.AdamW;
import dev.fovea.train.AutogradParameters;
import dev.fovea.train.Optimizer;
import dev.fovea.train.Sgd;
import dev.fovea.weights.SafeTensors;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.DoubleStream;

/**
 * Optimizers on a small objective, in double precision: row i of each expected matrix has the
 * parameters, w then b, after i + 1 steps. A hyperparameter that the case leaves out is PyTorch's.
 */
final class OptimizerCase {

  private static final String OBJECTIVE = "sum((w A)^2) + sum(sin b) + sum(rowsum(w) * b)";

  private OptimizerCase() {}

  static boolean isCase(JsonObject json) {
    return json.has("objective");
  }

  static double run(Path folder, JsonObject json, NDManager manager)
      throws IOException, Expected.Mismatch, GoldenCases.Unsupported {
    String objective = json.get("objective").getAsString();
    if (!objective.replace(" ", "").equals(OBJECTIVE.replace(" ", ""))) {
      throw new GoldenCases.Unsupported("objective " + objective);
    }
    try (Expected expected = Expected.doubles(folder.resolve("expected.safetensors"), manager)) {
      for (Map.Entry<String, JsonElement> entry : json.entrySet()) {
        if (entry.getValue() instanceof JsonObject given) {
          String name = entry.getKey();
          Settings settings = new Settings(name, given);
          try (Optimizer optimizer = settings.optimizer()) {
            int steps = Math.toIntExact(expected.shape(name).get(0));
            double rate = settings.number("lr", 1e-3);
            expected.check(name, rows(folder, optimizer, rate, steps, manager));
          }
        }
      }
      expected.checkComplete();
      return expected.maxError();
    }
  }

  private static double[] rows(
      Path folder, Optimizer optimizer, double rate, int steps, NDManager manager)
      throws IOException {
    DoubleStream rows = DoubleStream.empty();
    try (NDManager own = manager.newSubManager();
        SafeTensors file = SafeTensors.open(folder.resolve("inputs.safetensors"))) {
      NDArray a = read(file, "A", own);
      Map<String, Parameter> parameters = new LinkedHashMap<>();
      parameters.put("w", parameter("w", Parameter.Type.WEIGHT, read(file, "w", own)));
      parameters.put("b", parameter("b", Parameter.Type.BIAS, read(file, "b", own)));
      for (int i = 0; i < steps; i++) {
        try (NDManager step = own.newSubManager()) {
          optimizer.update(parameters, gradients(parameters, a, step), rate);
        }
        for (Parameter parameter : parameters.values()) {
          rows = DoubleStream.concat(rows, DoubleStream.of(parameter.getArray().toDoubleArray()));
        }
      }
    }
    return rows.toArray();
  }

  private static Map<String, NDArray> gradients(
      Map<String, Parameter> parameters, NDArray a, NDManager step) {
    ParameterList list = new ParameterList();
    parameters.forEach(list::add);
    AutogradParameters leaves = new AutogradParameters(step, list);
    try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
      NDArray w = leaf(leaves, parameters, "w", a);
      NDArray b = leaf(leaves, parameters, "b", a);
      NDArray squares = w.matMul(a).square().sum();
      collector.backward(squares.add(b.sin().sum()).add(w.sum(new int[] {1}).mul(b).sum()));
    }
    return leaves.gradients();
  }

  private static NDArray leaf(
      AutogradParameters leaves, Map<String, Parameter> parameters, String name, NDArray like) {
    return Objects.requireNonNull(leaves.getValue(parameters.get(name), like.getDevice(), true));
  }

  private static NDArray read(SafeTensors file, String name, NDManager manager) throws IOException {
    return file.read(manager, name).toType(DataType.FLOAT64, false);
  }

  private static Parameter parameter(String name, Parameter.Type type, NDArray value) {
    return Parameter.builder().setName(name).setType(type).optArray(value).build();
  }

  /** What a case says about one optimizer. */
  private record Settings(String name, JsonObject json) {

    private static final Set<String> ADAM = Set.of("lr", "betas", "eps", "weight_decay");
    private static final Set<String> SGD = Set.of("lr", "momentum", "weight_decay");

    Optimizer optimizer() throws GoldenCases.Unsupported {
      return switch (name) {
        case "adamw" -> {
          requireKnown(ADAM);
          yield new AdamW(beta(0, 0.9), beta(1, 0.999), eps(), decay(1e-2), List.of());
        }
        case "adam" -> {
          requireKnown(ADAM);
          yield new Adam(beta(0, 0.9), beta(1, 0.999), eps(), decay(0), List.of());
        }
        case "sgd", "sgd_momentum", "sgd_nesterov" -> {
          requireKnown(SGD);
          boolean nesterov = name.endsWith("nesterov");
          yield new Sgd(number("momentum", 0), nesterov, decay(0), List.of());
        }
        default -> throw new GoldenCases.Unsupported("optimizer " + name);
      };
    }

    double number(String key, double otherwise) {
      return json.has(key) ? json.get(key).getAsDouble() : otherwise;
    }

    private double beta(int i, double otherwise) {
      JsonArray betas = json.getAsJsonArray("betas");
      return betas == null ? otherwise : betas.get(i).getAsDouble();
    }

    private double eps() {
      return number("eps", 1e-8);
    }

    private double decay(double otherwise) {
      return number("weight_decay", otherwise);
    }

    private void requireKnown(Set<String> known) throws GoldenCases.Unsupported {
      for (Map.Entry<String, JsonElement> entry : json.entrySet()) {
        if (!known.contains(entry.getKey()) && !entry.getValue().equals(new JsonPrimitive(false))) {
          throw new GoldenCases.Unsupported(name + " with " + entry.getKey());
        }
      }
    }
  }
}
