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

  /**
   * One name per class; empty if the file has none.
   *
   * @throws IOException if it has names for another number of classes
   */
  List<String> of(int classes) throws IOException {
    if (classes == 0) {
      return List.of();
    }
    ConfigFields names = file.object("id2label");
    if (!names.names().isEmpty()) {
      return numbered(names);
    }
    List<String> own = listed(file, classes);
    ConfigFields pretrained = file.object("pretrained_cfg");
    if (own.isEmpty() && pretrained.integer("num_classes", classes) == classes) {
      own = listed(pretrained, classes); // else they are those of the pre-training
    }
    if (!own.isEmpty()) {
      return own;
    }
    String tag = pretrained.text("tag", "");
    if (classes == 1000 && tag.contains("in1k")) {
      return LabelSet.of("imagenet-1k").labels();
    }
    return classes == 21841 && tag.contains("in22k")
        ? LabelSet.of("imagenet-22k").labels()
        : List.of();
  }

  /** What timm has as a list, or by number. */
  private static List<String> listed(ConfigFields fields, int classes) throws IOException {
    String name = "label_names";
    List<String> labels =
        !fields.has(name) || fields.isList(name)
            ? fields.texts(name)
            : numbered(fields.object(name));
    if (!labels.isEmpty() && labels.size() != classes) {
      throw new IOException(
          fields.source()
              + ": "
              + name
              + " has "
              + labels.size()
              + " names, but the network has "
              + classes
              + " classes");
    }
    return labels;
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
