package dev.fovea.hub;

import dev.fovea.backbone.ConfigFields;
import dev.fovea.image.LabelSet;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * The names of classes in a {@code config.json}: {@code id2label} of transformers, {@code
 * label_names} of timm, or what timm's tag of a data set says.
 */
record HubLabels(ConfigFields file) {

  /** One name per class; empty if the file has none for so many classes. */
  List<String> of(int classes) throws IOException {
    if (classes == 0) {
      return List.of();
    }
    ConfigFields names = file.object("id2label");
    if (!names.names().isEmpty()) {
      return numbered(names);
    }
    ConfigFields pretrained = file.object("pretrained_cfg");
    List<String> listed = file.texts("label_names");
    if (listed.isEmpty()) {
      listed = pretrained.texts("label_names");
    }
    if (listed.size() == classes) {
      return listed;
    }
    String tag = pretrained.text("tag", "");
    if (classes == 1000 && tag.contains("in1k")) {
      return LabelSet.of("imagenet-1k").labels();
    }
    return classes == 21841 && tag.contains("in22k")
        ? LabelSet.of("imagenet-22k").labels()
        : List.of();
  }

  private static List<String> numbered(ConfigFields names) throws IOException {
    List<String> labels = new ArrayList<>();
    for (int i = 0; i < names.names().size(); i++) {
      String key = String.valueOf(i);
      if (!names.has(key)) {
        throw new IOException(
            names.source() + ": no class " + i + " among " + names.names().size() + " classes");
      }
      labels.add(names.text(key, ""));
    }
    return labels;
  }
}
