package dev.fovea.model;

import dev.fovea.backbone.ConfigFields;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The {@code config.json} of timm's files on the hub: the name of an architecture, the number of
 * classes, and arguments of the constructor that differ from what the name says ({@code
 * model_args}).
 */
final class TimmFile {

  /** Arguments that change nothing in a trained network. */
  private static final Set<String> TRAINING_ONLY =
      Set.of(
          "drop_rate",
          "drop_path_rate",
          "pos_drop_rate",
          "patch_drop_rate",
          "proj_drop_rate",
          "attn_drop_rate",
          "weight_init",
          "head_init_scale");

  private final ConfigFields file;
  private final ConfigFields arguments;
  private final Set<String> read = new HashSet<>(TRAINING_ONLY);

  TimmFile(ConfigFields file) throws IOException {
    this.file = file;
    arguments = file.object("model_args");
    read.addAll(List.of("num_classes", "in_chans", "global_pool"));
  }

  /** The architecture's name, matched as a whole; a matcher that does not match is none of ours. */
  static Matcher architecture(ConfigFields file, Pattern pattern) throws IOException {
    return pattern.matcher(file.text("architecture", ""));
  }

  /** The configuration of the pre-training: input size, mean, tag. */
  ConfigFields pretrained() throws IOException {
    return file.object("pretrained_cfg");
  }

  int classes(int standard) throws IOException {
    int told = file.integer("num_classes", pretrained().integer("num_classes", standard));
    return arguments.integer("num_classes", told);
  }

  int channels() throws IOException {
    return arguments.integer("in_chans", 3);
  }

  String pool(String standard) throws IOException {
    return arguments.text("global_pool", file.text("global_pool", standard));
  }

  int integer(String name, int standard) throws IOException {
    read.add(name);
    return arguments.integer(name, standard);
  }

  /** The side of square images, which timm gives as a number or as height and width. */
  int side(String name, int standard) throws IOException {
    read.add(name);
    if (!arguments.isList(name)) {
      return arguments.integer(name, standard);
    }
    List<Integer> sides = arguments.integers(name, List.of());
    if (sides.size() != 2 || !sides.get(0).equals(sides.get(1))) {
      throw arguments.fault(name, "only square images are supported");
    }
    return sides.get(0);
  }

  double number(String name, double standard) throws IOException {
    read.add(name);
    return arguments.number(name, standard);
  }

  List<Integer> stages(String name, List<Integer> standard) throws IOException {
    read.add(name);
    return TransformersFile.stages(arguments, name, standard);
  }

  void accept(String name) {
    read.add(name);
  }

  TimmFile expect(String name, Object supported) throws IOException {
    read.add(name);
    arguments.expect(name, supported);
    return this;
  }

  /** Refuses arguments that nobody asked for: the network would not be the one that was trained. */
  void finish() throws IOException {
    for (String name : arguments.names()) {
      if (!read.contains(name) && arguments.has(name)) {
        throw arguments.fault(name, "this argument is not supported");
      }
    }
  }
}
