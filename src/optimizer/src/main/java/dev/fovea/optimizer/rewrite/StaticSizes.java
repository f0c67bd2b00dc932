package dev.fovea.optimizer.rewrite;

import ai.djl.ndarray.types.DataType;
import dev.fovea.optimizer.ir.Graph;
import dev.fovea.optimizer.ir.LayerOp;
import dev.fovea.optimizer.ir.Node;
import dev.fovea.optimizer.ir.Op;
import dev.fovea.optimizer.ir.ShapeOp;
import dev.fovea.optimizer.ir.Tensor;
import dev.fovea.optimizer.ir.Type;
import dev.fovea.optimizer.ir.Value;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * Sizes that are known need not be computed.
 *
 * <pre>
 * before: b = Size[0](x); c = Size[1](x); z = Reshape[from b, from c, from n](x)   x (?, 32, ?, ?)
 * after:  z = Reshape[copy, 32, infer](x)
 * </pre>
 *
 * A reshape can infer one size: the last one that is left, and none if it already infers another.
 */
final class StaticSizes implements Rewrite {

  @Override
  public Graph apply(Graph graph) {
    Edit edit = new Edit(graph);
    for (Node node : edit.nodes()) {
      if (node.op() instanceof ShapeOp.Size size) {
        foldSize(edit, node, size.axis());
      } else if (node.op() instanceof ShapeOp.Reshape reshape) {
        List<Long> sizes = literal(edit, node, reshape.sizes(), true);
        int last = sizes.lastIndexOf(Op.FROM_INPUT);
        if (last >= 0 && !sizes.contains(Op.INFER)) {
          sizes.set(last, Op.INFER);
        }
        redefine(edit, node, new ShapeOp.Reshape(List.copyOf(sizes)), reshape.sizes(), sizes);
      } else if (node.op() instanceof ShapeOp.Expand expand) {
        List<Long> sizes = literal(edit, node, expand.sizes(), false);
        redefine(edit, node, new ShapeOp.Expand(List.copyOf(sizes)), expand.sizes(), sizes);
      } else if (node.op() instanceof LayerOp.Resize resize) {
        List<Long> sizes = literal(edit, node, resize.sizes(), false);
        Op op = new LayerOp.Resize(resize.mode(), resize.alignCorners(), List.copyOf(sizes));
        redefine(edit, node, op, resize.sizes(), sizes);
      }
    }
    return edit.graph();
  }

  private static void foldSize(Edit edit, Node node, int axis) {
    long size = node.inputs().get(0).type().dims().get(axis);
    if (size != Type.DYNAMIC) {
      ByteBuffer bytes = ByteBuffer.allocateDirect(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
      bytes.putLong(0, size);
      Tensor tensor = new Tensor(new Type(DataType.INT64, List.of()), bytes);
      edit.replace(node.output(), edit.constant(node.output().name(), tensor));
    }
  }

  /** The sizes, with those that an input gives replaced by what is known of them. */
  private static List<Long> literal(Edit edit, Node node, List<Long> sizes, boolean canCopy) {
    Value x = node.inputs().get(0);
    List<Long> known = node.output().type().dims();
    int offset = known.size() - sizes.size(); // a resize names the last two axes only
    List<Long> result = new ArrayList<>(sizes);
    int next = 1;
    for (int i = 0; i < sizes.size(); i++) {
      if (sizes.get(i) != Op.FROM_INPUT) {
        continue;
      }
      Value from = node.inputs().get(next++);
      Tensor constant = edit.constant(from);
      if (known.get(offset + i) != Type.DYNAMIC) {
        result.set(i, known.get(offset + i));
      } else if (constant != null && from.type().dataType() == DataType.INT64) {
        result.set(i, constant.bytes().getLong(constant.bytes().position()));
      } else if (canCopy && isSizeOf(edit, from, x, i)) {
        result.set(i, Op.COPY);
      }
    }
    return result;
  }

  /** Whether a scalar is the size of one axis of x. */
  static boolean isSizeOf(Edit edit, Value scalar, Value x, int axis) {
    Node node = edit.definition(scalar, ShapeOp.Size.class);
    if (node == null || axis >= x.type().rank()) {
      return false;
    }
    int measured = ((ShapeOp.Size) node.op()).axis();
    return ForwardSizes.origin(edit, node.inputs().get(0), measured)
        .equals(ForwardSizes.origin(edit, x, axis));
  }

  private static void redefine(Edit edit, Node node, Op op, List<Long> before, List<Long> after) {
    if (before.equals(after)) {
      return;
    }
    List<Value> inputs = new ArrayList<>(List.of(node.inputs().get(0)));
    int next = 1;
    for (int i = 0; i < before.size(); i++) {
      if (before.get(i) == Op.FROM_INPUT) {
        if (after.get(i) == Op.FROM_INPUT) {
          inputs.add(node.inputs().get(next));
        }
        next++;
      }
    }
    edit.define(node.output(), op, inputs, node.source());
  }
}
