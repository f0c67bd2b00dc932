package dev.fovea.weights;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.util.Pair;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * The parameters of a block by path, to load and to save.
 *
 * <p>A path is what {@link Block#getParameters()} calls a parameter. Loading is strict: block and
 * checkpoint must have the same paths with the same shapes. All of that is compared before the
 * first tensor is read, so a checkpoint of another model changes nothing.
 */
public final class StateDict implements Checkpoint {
  private final String source;
  private final Map<String, Parameter> parameters;

  private StateDict(String source, Map<String, Parameter> parameters) {
    this.source = source;
    this.parameters = parameters;
  }

  /**
   * Returns the parameters of a block.
   *
   * @param block the block; it need not be initialized if its parameters know their shapes
   * @return a view of the block's parameters
   * @throws IllegalArgumentException if two parameters have one path
   * @throws IllegalStateException if a parameter does not know its shape yet
   */
  public static StateDict of(Block block) {
    String source = block.getClass().getSimpleName();
    Map<String, Parameter> parameters = new LinkedHashMap<>();
    for (Pair<String, Parameter> entry : block.getParameters()) {
      if (parameters.put(entry.getKey(), entry.getValue()) != null) {
        throw new IllegalArgumentException(source + " has two parameters '" + entry.getKey() + "'");
      }
      if (!entry.getValue().isInitialized() && entry.getValue().getShape() == null) {
        throw new IllegalStateException(
            source + ": parameter '" + entry.getKey() + "' has no shape; initialize the block");
      }
    }
    return new StateDict(source, parameters);
  }

  @Override
  public String source() {
    return source;
  }

  /** A parameter that is not initialized is listed as a 32-bit float. */
  @Override
  public Map<String, TensorInfo> tensors() {
    Map<String, TensorInfo> infos = new LinkedHashMap<>();
    for (Map.Entry<String, Parameter> entry : parameters.entrySet()) {
      infos.put(entry.getKey(), info(entry.getValue()));
    }
    return Collections.unmodifiableMap(infos);
  }

  private static TensorInfo info(Parameter parameter) {
    return parameter.isInitialized()
        ? new TensorInfo(parameter.getArray().getDataType(), parameter.getArray().getShape())
        : new TensorInfo(DataType.FLOAT32, parameter.getShape());
  }

  @Override
  public NDArray read(NDManager manager, String name) {
    Parameter parameter = parameters.get(name);
    if (parameter == null) {
      throw new IllegalArgumentException(source + " has no parameter '" + name + "'");
    }
    if (!parameter.isInitialized()) {
      throw new IllegalStateException(source + ": parameter '" + name + "' is not initialized");
    }
    return copy(parameter.getArray(), manager);
  }

  static NDArray copy(NDArray array, NDManager manager) {
    NDArray copy =
        array.getDevice().equals(manager.getDevice())
            ? array.duplicate()
            : array.toDevice(manager.getDevice(), true);
    copy.attach(manager);
    return copy;
  }

  /**
   * Loads a checkpoint with the library's own names, all of it.
   *
   * @param checkpoint the checkpoint, such as {@link Dialect#toOwn} gives it
   * @param manager what the arrays of uninitialized parameters are attached to; those of
   *     initialized ones are overwritten in place and keep their type
   * @return what was loaded
   * @throws WeightsMismatchException if paths or shapes differ; nothing is changed then
   * @throws IOException if a tensor cannot be read
   */
  public LoadReport load(Checkpoint checkpoint, NDManager manager) throws IOException {
    return load(checkpoint, manager, Set.of());
  }

  /**
   * Loads a checkpoint, except for some paths: another head, for example.
   *
   * @param checkpoint the checkpoint, such as {@link Dialect#toOwn} gives it
   * @param manager what the arrays of uninitialized parameters are attached to; those of
   *     initialized ones are overwritten in place and keep their type
   * @param skip what to leave as it is, in the block and in the checkpoint: paths or beginnings of
   *     paths that end at a dot, such as {@code head} for {@code head.weight} and {@code head.bias}
   * @return what was loaded
   * @throws WeightsMismatchException if other paths or shapes differ; nothing is changed then
   * @throws IllegalArgumentException if there is nothing to skip under one of the names
   * @throws IOException if a tensor cannot be read
   */
  public LoadReport load(Checkpoint checkpoint, NDManager manager, Set<String> skip)
      throws IOException {
    LoadReport report = compare(checkpoint, skip);
    if (!report.isClean()) {
      throw new WeightsMismatchException(checkpoint.source(), source, report);
    }
    // New arrays are given to the block when all are read: a fault in the middle changes nothing.
    Map<String, Parameter> empty = new LinkedHashMap<>();
    for (String path : report.loaded()) {
      Parameter parameter = Objects.requireNonNull(parameters.get(path), path);
      if (parameter.isInitialized()) {
        overwrite(parameter.getArray(), checkpoint, path, manager);
      } else {
        empty.put(path, parameter);
      }
    }
    Map<Parameter, NDArray> created = new LinkedHashMap<>();
    Map<String, NDArray> arrays = ParallelReads.read(checkpoint, manager, empty.keySet());
    for (Map.Entry<String, NDArray> entry : arrays.entrySet()) {
      Parameter parameter = Objects.requireNonNull(empty.get(entry.getKey()));
      // Two paths may share a parameter.
      NDArray before = created.put(parameter, entry.getValue());
      if (before != null) {
        before.close();
      }
    }
    for (Map.Entry<Parameter, NDArray> entry : created.entrySet()) {
      Parameter parameter = entry.getKey();
      parameter.setShape(null); // DJL takes an array only for a parameter without a shape
      parameter.setArray(entry.getValue());
    }
    return report;
  }

  private static void overwrite(
      NDArray target, Checkpoint checkpoint, String path, NDManager manager) throws IOException {
    try (NDManager scope = manager.newSubManager(target.getDevice())) {
      NDArray value = checkpoint.read(scope, path).toType(target.getDataType(), false);
      // PyTorch refuses to write into an array that gradients are collected for.
      boolean gradient = target.hasGradient();
      if (gradient) {
        target.setRequiresGradient(false);
      }
      target.set(new NDIndex("..."), value);
      if (gradient) {
        target.setRequiresGradient(true);
      }
    }
  }

  // Plain loops: this runs for the first time in most processes, and linking a lambda takes longer
  // than all else here.
  private LoadReport compare(Checkpoint checkpoint, Set<String> skip) {
    List<String> loaded = new ArrayList<>();
    Map<String, Shape> missing = new LinkedHashMap<>();
    Map<String, Shape> unexpected = new LinkedHashMap<>();
    List<LoadReport.Mismatch> mismatched = new ArrayList<>();
    Set<String> skipped = new LinkedHashSet<>();
    Map<String, TensorInfo> found = checkpoint.tensors();
    for (Map.Entry<String, TensorInfo> own : tensors().entrySet()) {
      String path = own.getKey();
      TensorInfo expected = own.getValue();
      TensorInfo given = found.get(path);
      if (isUnder(path, skip)) {
        skipped.add(path);
      } else if (given == null) {
        missing.put(path, expected.shape());
      } else if (!fits(given, expected)) {
        mismatched.add(new LoadReport.Mismatch(path, expected, given));
      } else {
        loaded.add(path);
      }
    }
    for (Map.Entry<String, TensorInfo> given : found.entrySet()) {
      String path = given.getKey();
      if (isUnder(path, skip)) {
        skipped.add(path);
      } else if (!parameters.containsKey(path) && !given.getValue().dataType().isInteger()) {
        unexpected.put(path, given.getValue().shape());
      }
    }
    for (String prefix : skip) {
      if (skipped.stream().noneMatch(path -> isUnder(path, Set.of(prefix)))) {
        throw new IllegalArgumentException(
            "nothing to skip under '" + prefix + "' in " + source + " or " + checkpoint.source());
      }
    }
    return new LoadReport(loaded, missing, unexpected, mismatched, List.copyOf(skipped));
  }

  private static boolean fits(TensorInfo given, TensorInfo expected) {
    boolean sameType =
        given.dataType() == expected.dataType()
            || (isReal(given.dataType()) && isReal(expected.dataType()));
    return sameType && given.shape().equals(expected.shape());
  }

  private static boolean isReal(DataType type) {
    return type.isFloating() && type != DataType.COMPLEX64;
  }

  private static boolean isUnder(String path, Set<String> prefixes) {
    for (String prefix : prefixes) {
      if (path.equals(prefix) || path.startsWith(prefix + ".")) {
        return true;
      }
    }
    return false;
  }

  /**
   * Saves all parameters to a safetensors file, with where they come from.
   *
   * <p>To {@code provenance} are added {@code format} (which other libraries ask for), {@code
   * fovea.version} and {@code fovea.sha256}, the fingerprint that {@link SafeTensors#verify}
   * checks.
   *
   * @param path the file; one that is there is replaced only when the new one is complete on disk
   * @param dialect the naming of the file; one without rules for our own
   * @param provenance what to note in the file: recipe, seed, data set, source weights
   * @throws IllegalStateException if a parameter is not initialized
   * @throws IOException if writing fails; nothing is left behind then
   */
  public void save(Path path, Dialect dialect, Map<String, String> provenance) throws IOException {
    Map<String, String> metadata = new LinkedHashMap<>(provenance);
    metadata.put("format", "pt");
    String version = StateDict.class.getPackage().getImplementationVersion();
    metadata.put("fovea.version", version == null ? "unreleased" : version);
    metadata.put("fovea.dialect", dialect.name());
    metadata.put(SafeTensors.SHA256, SafeTensorsWriter.UNKNOWN_SHA256);
    SafeTensors.write(path, dialect.toFile(this), metadata);
  }
}
