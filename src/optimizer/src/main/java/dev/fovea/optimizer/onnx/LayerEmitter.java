package dev.fovea.optimizer.onnx;

import dev.fovea.optimizer.ir.LayerOp;
import dev.fovea.optimizer.ir.Node;
import dev.fovea.optimizer.ir.OpVisitor;
import java.util.List;

/** What layers become in ONNX. */
final class LayerEmitter extends Emitter implements OpVisitor.Layers<String> {
  LayerEmitter(GraphEmitter graph, Node node) {
    super(graph, node);
  }

  @Override
  public String conv(LayerOp.Conv op) {
    return last(
        "Conv",
        inputs,
        Attributes.ints("strides", op.strides()),
        Attributes.ints("pads", op.pads()),
        Attributes.ints("dilations", op.dilations()),
        Attributes.integer("group", op.groups()));
  }

  @Override
  public String matMul(LayerOp.MatMul op) {
    return last("MatMul", inputs);
  }

  @Override
  public String softmax(LayerOp.Softmax op) {
    return last(op.log() ? "LogSoftmax" : "Softmax", inputs, Attributes.integer("axis", op.axis()));
  }

  @Override
  public String layerNormalization(LayerOp.LayerNormalization op) {
    if (InstanceNormalizationEmitter.takes(graph, node)) {
      return new InstanceNormalizationEmitter(graph, node).emit(op.epsilon());
    }
    return last(
        "LayerNormalization",
        inputs,
        Attributes.integer("axis", op.axis()),
        Attributes.real("epsilon", op.epsilon()));
  }

  @Override
  public String batchNormalization(LayerOp.BatchNormalization op) {
    return last("BatchNormalization", inputs, Attributes.real("epsilon", op.epsilon()));
  }

  @Override
  public String resize(LayerOp.Resize op) {
    String x = inputs.get(0);
    List<Long> dims = node.inputs().get(0).type().dims();
    List<String> front = // batch and channels stay
        dims.get(0) >= 0 && dims.get(1) >= 0
            ? List.of(graph.vector(dims.subList(0, 2)))
            : List.of(step("Shape", List.of(x), Attributes.integer("end", 2)));
    List<String> operands = List.of(x, "", "", sizes(op.sizes(), front));
    String coordinates = op.alignCorners() ? "align_corners" : "half_pixel";
    return switch (op.mode()) {
      case NEAREST ->
          last(
              "Resize",
              operands,
              Attributes.text("mode", "nearest"),
              Attributes.text("coordinate_transformation_mode", "asymmetric"),
              Attributes.text("nearest_mode", "floor"));
      case LINEAR ->
          last(
              "Resize",
              operands,
              Attributes.text("mode", "linear"),
              Attributes.text("coordinate_transformation_mode", coordinates));
      case CUBIC ->
          last(
              "Resize",
              operands,
              Attributes.text("mode", "cubic"),
              Attributes.text("coordinate_transformation_mode", coordinates),
              Attributes.real("cubic_coeff_a", -0.5),
              Attributes.integer("exclude_outside", 1));
    };
  }

  @Override
  public String maxPool(LayerOp.MaxPool op) {
    return last(
        "MaxPool",
        inputs,
        Attributes.ints("kernel_shape", op.kernel()),
        Attributes.ints("strides", op.strides()),
        Attributes.ints("pads", op.pads()),
        Attributes.integer("ceil_mode", op.ceil() ? 1 : 0));
  }

  @Override
  public String averagePool(LayerOp.AveragePool op) {
    return last(
        "AveragePool",
        inputs,
        Attributes.ints("kernel_shape", op.kernel()),
        Attributes.ints("strides", op.strides()),
        Attributes.ints("pads", op.pads()),
        Attributes.integer("ceil_mode", op.ceil() ? 1 : 0),
        Attributes.integer("count_include_pad", op.countPadding() ? 1 : 0));
  }
}
