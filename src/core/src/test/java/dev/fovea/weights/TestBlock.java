package dev.fovea.weights;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.Parameter;
import ai.djl.nn.ParameterList;
import ai.djl.training.ParameterStore;
import ai.djl.training.initializer.Initializer;
import ai.djl.util.PairList;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/** A block of parameters with dotted paths and known shapes, and nothing else. */
final class TestBlock extends AbstractBlock {
  private final Map<String, Parameter> byPath = new LinkedHashMap<>();

  TestBlock(Map<String, TensorInfo> tensors) {
    tensors.forEach(
        (path, info) ->
            byPath.put(
                path,
                Parameter.builder()
                    .setName(path.substring(path.lastIndexOf('.') + 1))
                    .setType(Parameter.Type.WEIGHT)
                    .optShape(info.shape())
                    .optInitializer(Initializer.ZEROS)
                    .build()));
  }

  /** Gives a parameter a second path, as networks with tied weights have. */
  TestBlock tie(String path, String second) {
    byPath.put(second, parameter(path));
    return this;
  }

  Parameter parameter(String path) {
    return Objects.requireNonNull(byPath.get(path));
  }

  @Override
  public ParameterList getParameters() {
    ParameterList list = new ParameterList();
    byPath.forEach(list::add);
    return list;
  }

  @Override
  protected NDList forwardInternal(
      ParameterStore store, NDList in, boolean training, PairList<String, Object> params) {
    return in;
  }

  @Override
  public Shape[] getOutputShapes(Shape[] inputShapes) {
    return inputShapes;
  }
}
