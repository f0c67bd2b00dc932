package dev.fovea.golden;

import ai.djl.ndarray.NDManager;
import com.google.gson.JsonObject;
import dev.fovea.metric.MeanIoU;
import dev.fovea.weights.SafeTensors;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** The confusion matrix of label maps, exactly, and what follows from it. */
final class SegmentationMetricCase {

  private SegmentationMetricCase() {}

  static double run(Path folder, JsonObject json, NDManager manager)
      throws IOException, Expected.Mismatch {
    MeanIoU metric =
        new MeanIoU(json.get("classes").getAsInt(), json.get("ignore_index").getAsInt());
    try (SafeTensors file = SafeTensors.open(folder.resolve("inputs.safetensors"))) {
      metric.add(file.read(manager, "labels"), file.read(manager, "predicted"));
    }
    MeanIoU.Result result = metric.result();
    double[] confusion = doubles(result.confusion().stream().flatMap(List::stream).toList());
    Path path = folder.resolve("expected.safetensors");
    try (Expected exact = Expected.exact(path, manager);
        Expected values = Expected.values(path, manager)) {
      exact.check("confusion", confusion);
      values.ignore("confusion");
      values.check("iou", doubles(result.iou()));
      values.check("mean_iou", new double[] {result.meanIou()});
      values.check("pixel_accuracy", new double[] {result.pixelAccuracy()});
      values.check("mean_accuracy", new double[] {result.meanAccuracy()});
      values.checkComplete();
      return values.maxError();
    }
  }

  private static double[] doubles(List<? extends Number> numbers) {
    return numbers.stream().mapToDouble(Number::doubleValue).toArray();
  }
}
