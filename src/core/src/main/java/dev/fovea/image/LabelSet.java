package dev.fovea.image;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.zip.GZIPInputStream;

/**
 * The classes of a data set by name, in the order of a network's scores; of segmentation data sets
 * their customary colours too.
 *
 * <table>
 *   <caption>Known sets</caption>
 *   <tr><td>imagenet-1k</td><td>1000</td><td>torchvision's short names</td></tr>
 *   <tr><td>imagenet-22k</td><td>21841</td><td>WordNet's lemmas, in timm's order</td></tr>
 *   <tr><td>ade20k</td><td>150</td><td>mmseg's names and colours; no background</td></tr>
 *   <tr><td>cityscapes</td><td>19</td><td>the train ids, mmseg's names and colours</td></tr>
 *   <tr><td>coco-80</td><td>80</td><td>without gaps, as MMDetection counts</td></tr>
 *   <tr><td>coco-91</td><td>91</td><td>torchvision's: 0 is the background, gaps are "N/A"</td></tr>
 * </table>
 *
 * @param name name of the set
 * @param labels one name per class
 * @param palette one colour {@code 0xRRGGBB} per class, or empty
 */
public record LabelSet(String name, List<String> labels, List<Integer> palette) {
  private static final List<String> NAMES =
      List.of("imagenet-1k", "imagenet-22k", "ade20k", "cityscapes", "coco-80", "coco-91");

  /**
   * Copies the lists.
   *
   * @param name name of the set
   * @param labels one name per class, at least one
   * @param palette one colour {@code 0xRRGGBB} per class, or empty
   * @throws IllegalArgumentException if there is no class, or not one colour per class
   */
  public LabelSet {
    labels = List.copyOf(labels);
    palette = List.copyOf(palette);
    if (labels.isEmpty()) {
      throw new IllegalArgumentException("label set " + name + " has no classes");
    }
    if (!palette.isEmpty() && palette.size() != labels.size()) {
      throw new IllegalArgumentException(
          "label set " + name + ": " + palette.size() + " colours for " + labels.size() + " names");
    }
  }

  /**
   * Lists the sets that {@link #of} knows.
   *
   * @return their names
   */
  public static List<String> names() {
    return NAMES;
  }

  /**
   * Reads a set that comes with the library.
   *
   * @param name such as {@code ade20k}
   * @return the set
   * @throws IllegalArgumentException if there is none of that name; lists those there are
   */
  public static LabelSet of(String name) {
    if (!NAMES.contains(name)) {
      throw new IllegalArgumentException(
          "no label set is named " + name + "; there are " + String.join(", ", NAMES));
    }
    String file = "labels/" + name + ".txt";
    try (InputStream plain = LabelSet.class.getResourceAsStream(file);
        InputStream packed = LabelSet.class.getResourceAsStream(file + ".gz")) {
      if (plain != null) {
        return parse(name, plain);
      }
      if (packed != null) {
        return parse(name, new GZIPInputStream(packed));
      }
      throw new IllegalStateException("the library's resource " + file + " is absent");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Makes numbered names, for a network whose classes nobody named.
   *
   * @param classes how many, at least 1
   * @return the set "numbers": class 0, class 1, ...
   */
  public static LabelSet numbered(int classes) {
    List<String> labels = new ArrayList<>();
    for (int i = 0; i < classes; i++) {
      labels.add("class " + i);
    }
    return new LabelSet("numbers", labels, List.of());
  }

  /**
   * Finds the known set of some names: whoever saved them may not have kept the colours.
   *
   * @param labels one name per class
   * @return the known set with exactly these names, if there is one
   */
  public static Optional<LabelSet> withLabels(List<String> labels) {
    return NAMES.stream().map(LabelSet::of).filter(set -> set.labels().equals(labels)).findFirst();
  }

  /** One class a line: its name and, after a tab, its colour if the set has colours. */
  private static LabelSet parse(String name, InputStream in) throws IOException {
    List<String> labels = new ArrayList<>();
    List<Integer> palette = new ArrayList<>();
    BufferedReader reader = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
    for (String line = reader.readLine(); line != null; line = reader.readLine()) {
      int tab = line.indexOf('\t');
      labels.add(tab < 0 ? line : line.substring(0, tab));
      if (tab >= 0) {
        palette.add(Integer.parseInt(line.substring(tab + 2), 16));
      }
    }
    return new LabelSet(name, labels, palette);
  }
}
