package dev.fovea.weights;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One line of a {@link Dialect}: which tensors of a file are which of ours.
 *
 * <p>Paths have placeholders. <code>{b}</code> stands for a segment between dots, or a part of one;
 * <code>{i+1}</code> for a number that is one higher on this side; <code>{*}</code>, or <code>
 * {*rest}</code>, for any tail. Both sides of a rule have the same placeholders, so that a rule can
 * be read in both directions.
 */
public final class Rule {
  private final List<PathPattern> file;
  private final List<PathPattern> own;
  private final Layout layout;

  private Rule(List<PathPattern> file, List<PathPattern> own, Layout layout) {
    this.file = List.copyOf(file);
    this.own = List.copyOf(own);
    this.layout = layout;
  }

  private static Rule of(List<String> file, List<String> own, Layout layout) {
    List<PathPattern> files = file.stream().map(PathPattern::new).toList();
    List<PathPattern> owns = own.stream().map(PathPattern::new).toList();
    Set<Set<String>> names = new HashSet<>();
    files.forEach(p -> names.add(p.names()));
    owns.forEach(p -> names.add(p.names()));
    if (names.size() > 1) {
      throw new IllegalArgumentException(
          "placeholders differ: " + file + " and " + own + " could not be read in both directions");
    }
    return new Rule(files, owns, layout);
  }

  /**
   * A tensor that has another name.
   *
   * @param file the path in the file
   * @param own our path
   * @return the rule
   */
  public static Rule rename(String file, String own) {
    return of(List.of(file), List.of(own), Layout.SAME);
  }

  /**
   * A tensor of the file that holds several of ours, of equal size, along the first axis.
   *
   * @param file the path in the file
   * @param own our paths, in the order of the rows
   * @return the rule
   */
  public static Rule split(String file, String... own) {
    return of(List.of(file), List.of(own), Layout.SAME);
  }

  /**
   * Several tensors of the file, of equal size, that are one of ours along the first axis.
   *
   * @param file the paths in the file, in the order of the rows
   * @param own our path
   * @return the rule
   */
  public static Rule merge(List<String> file, String own) {
    return of(file, List.of(own), Layout.SAME);
  }

  /**
   * A tensor with axes of length 1 that one side has and the other has not, such as {@code "O I 1
   * 1"} and {@code "O I"}. A tensor that has not the rank given is passed on as it is.
   *
   * @param file the path in the file
   * @param fileDims the axes in the file: names and ones, between spaces
   * @param own our path, which may be the same
   * @param ownDims our axes: the same names in the same order, and ones
   * @return the rule
   */
  public static Rule reshape(String file, String fileDims, String own, String ownDims) {
    List<String> there = List.of(fileDims.split(" "));
    List<String> here = List.of(ownDims.split(" "));
    if (!named(there).equals(named(here))) {
      throw new IllegalArgumentException("axes differ: '" + fileDims + "' and '" + ownDims + "'");
    }
    return of(List.of(file), List.of(own), new Layout.Axes(there, here));
  }

  /**
   * A kernel of a convolution of MinkowskiEngine, (k k, I, O) or depthwise (k k, C), that is (O, I,
   * k, k) or (C, 1, k, k) here. A tensor of another rank is passed on as it is.
   *
   * @param file the path in the file
   * @param own our path
   * @return the rule
   */
  public static Rule sparseKernel(String file, String own) {
    return of(List.of(file), List.of(own), new Layout.SparseKernel());
  }

  /**
   * A tensor of the file that has no counterpart.
   *
   * @param file the path in the file
   * @return the rule
   */
  public static Rule drop(String file) {
    return of(List.of(file), List.of(), Layout.SAME);
  }

  /**
   * Returns this rule for a network that is part of a larger one.
   *
   * @param filePrefix what stands before the paths in the file, such as {@code "backbone."}
   * @param ownPrefix what stands before our paths
   * @return the rule with longer paths
   */
  public Rule under(String filePrefix, String ownPrefix) {
    return new Rule(
        file.stream().map(p -> p.under(filePrefix)).toList(),
        own.stream().map(p -> p.under(ownPrefix)).toList(),
        layout);
  }

  Rule inverse() {
    return new Rule(own, file, layout.inverse());
  }

  /** A path that this rule takes: as which of its inputs, and what it becomes. */
  record Match(Rule rule, int part, List<String> targets) {}

  @Nullable Match match(String path) {
    for (int part = 0; part < file.size(); part++) {
      Map<String, String> values = file.get(part).match(path);
      if (values != null) {
        List<String> targets = new ArrayList<>();
        for (PathPattern pattern : own) {
          String target = pattern.expand(values);
          if (target != null) {
            targets.add(target);
          }
        }
        return targets.size() == own.size() ? new Match(this, part, targets) : null;
      }
    }
    return null;
  }

  int inputs() {
    return file.size();
  }

  /** The input's pattern, to say which one is missing. */
  String input(int part) {
    return file.get(part).toString();
  }

  Layout layout() {
    return layout;
  }

  private static List<String> named(List<String> dims) {
    return dims.stream().filter(d -> !d.equals("1")).toList();
  }

  @Override
  public String toString() {
    return file + " <-> " + own;
  }
}
