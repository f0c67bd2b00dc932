package dev.fovea.model;

import dev.fovea.backbone.ConfigFields;
import java.io.IOException;
import java.util.List;

/**
 * What the {@code config.json} files of transformers have in common. Defaults are those of version
 * 4.46, as files leave out what is the default.
 */
final class TransformersFile {

  /** Every classifier has the suffix, in every family but the masked autoencoders. */
  static final String CLASSIFIER = "ForImageClassification";

  private TransformersFile() {}

  /** Tells whether the file describes a network of one kind, with one of the heads. */
  static boolean is(ConfigFields file, String modelType, String... architectures)
      throws IOException {
    return file.text("model_type", "").equals(modelType)
        && file.texts("architectures").size() == 1
        && List.of(architectures).contains(file.texts("architectures").get(0));
  }

  /** Tells the number of logits: 0 if the architecture has no head. */
  static int classes(ConfigFields file) throws IOException {
    if (file.texts("architectures").get(0).endsWith("Model")) {
      return 0;
    }
    int named = file.object("id2label").names().size();
    // The defaults of PretrainedConfig are two classes, and then the file names none.
    return named > 0 ? named : file.integer("num_labels", 2);
  }

  /** A list with one number per stage; checks that there are as many as the file says. */
  static List<Integer> stages(ConfigFields file, String name, List<Integer> standard)
      throws IOException {
    List<Integer> numbers = file.integers(name, standard);
    if (numbers.size() != 4) {
      throw file.fault(name, "one number for each of 4 stages is expected");
    }
    return numbers;
  }
}
