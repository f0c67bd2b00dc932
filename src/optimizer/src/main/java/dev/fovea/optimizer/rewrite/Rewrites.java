package dev.fovea.optimizer.rewrite;

import java.util.List;

/** The rewrites, in the order in which they are applied. */
public final class Rewrites {

  /** What every back end profits from. */
  public static final List<Rewrite> DEFAULT =
      List.of(
          new DeadCode(),
          new ForwardSizes(),
          new StaticSizes(),
          new ConstantFolding(),
          new CommonSubexpressions(),
          new RemoveIdentities(),
          new FuseLayerNormalization(),
          new FuseGelu(),
          new MergeReshapes(),
          new MergeTransposes(),
          new SinkTransposes(),
          new HoistTransposes(),
          new TransposesAsReshapes(),
          new FoldBatchNormalization(),
          new FoldChannelScale(),
          new FoldScalarScale(),
          new SplitPointwise(),
          new PointwiseBeforeResize(),
          new MergeLinear());

  /**
   * What a back end that computes {@code InstanceNormalization} fast applies when it compiles,
   * after quantization.
   */
  public static final List<Rewrite> BEFORE_INSTANCE_NORMALIZATION =
      List.of(new FoldNormalizationScale());

  private Rewrites() {}
}
