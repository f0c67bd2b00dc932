package dev.fovea.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;

/**
 * Multi-head self-attention (Vaswani et al., arXiv:1706.03762, Sec. 3.2): (B, N, C) -&gt; same.
 * Each head of size d = C / heads computes softmax(q k<sup>T</sup> / sqrt(d)) v.
 *
 * <p>Children: {@code qkv}, from C to 3C, whose rows are those of q, then k, then v, and within
 * each the heads one after another; {@code proj}, from C to C.
 */
public final class Attention extends Layer {

  private final int heads;
  private final double scale;
  private final Linear qkv;
  private final Linear projection;

  /**
   * Creates a layer.
   *
   * @param dim C
   * @param heads number of heads
   * @throws IllegalArgumentException if the heads do not divide C
   */
  public Attention(int dim, int heads) {
    if (heads < 1 || dim % heads != 0) {
      throw new IllegalArgumentException("attention: heads " + heads + " must divide dim " + dim);
    }
    this.heads = heads;
    this.scale = 1 / Math.sqrt((double) dim / heads);
    this.qkv = child("qkv", new Linear(dim, 3 * dim));
    this.projection = child("proj", new Linear(dim, dim));
  }

  @Override
  public NDArray forward(NDArray x, Forward pass) {
    NDList parts = qkv.forward(x, pass).split(3, 2);
    NDArray q = split(parts.get(0).mul(pass.constant(scale, x))); // (B, heads, N, d)
    NDArray k = split(parts.get(1));
    NDArray v = split(parts.get(2));
    NDArray scores = q.matMul(k.transpose(0, 1, 3, 2)); // (B, heads, N, N)
    NDArray weights = scores.softmax(-1);
    scores.close(); // N^2: by far the largest
    NDArray y = weights.matMul(v);
    weights.close();
    return projection.forward(y.transpose(0, 2, 1, 3).reshape(x.getShape()), pass);
  }

  /** (B, N, C) -> (B, heads, N, d). */
  private NDArray split(NDArray x) {
    Shape s = x.getShape();
    return x.reshape(s.get(0), s.get(1), heads, s.get(2) / heads).transpose(0, 2, 1, 3);
  }
}
