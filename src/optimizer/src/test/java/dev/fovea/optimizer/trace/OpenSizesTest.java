package dev.fovea.optimizer.trace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import dev.fovea.optimizer.ir.Graph;
import dev.fovea.optimizer.ir.Op;
import org.junit.jupiter.api.Test;

/** How sizes that depend on the input are said. */
class OpenSizesTest {

  /**
   * A map, attention over its positions, and the coarse map brought to the size of the fine one.
   */
  private static NDArray attention(NDArray image) {
    NDArray fine = image.get(":, :, ::2, ::2"); // (B, C, h, w)
    NDArray coarse = image.get(":, :, ::4, ::4").transpose(0, 2, 3, 1); // (B, h', w', C)
    Shape s = coarse.getShape();
    NDArray tokens = coarse.reshape(s.get(0), s.get(1) * s.get(2), s.get(3)); // (B, N, C)
    NDArray weights = tokens.matMul(tokens.transpose(0, 2, 1)).mul(0.1f).softmax(-1);
    NDArray map = weights.matMul(tokens).reshape(s).transpose(0, 3, 1, 2); // (B, C, h', w')
    long[] size = {fine.size(2), fine.size(3)};
    NDArray up = map.getNDArrayInternal().interpolation(size, 1, false);
    return NDArrays.concat(new NDList(up, fine), 1);
  }

  @Test
  void attentionAndInterpolationRunAtEverySizeFromOneTrace() {
    Block block = Traces.block(OpenSizesTest::attention);
    Graph graph = Tracer.trace(block, new Shape(1, 4, 32, 32));
    Traces.assertSame(block, graph, new Shape(1, 4, 32, 32));
    Traces.assertSame(block, graph, new Shape(2, 4, 24, 56));
    Traces.assertSame(block, graph, new Shape(5, 4, 33, 18));
    assertThat(graph)
        .hasToString(
            """
            input %input: f32[?,4,?,?]
            %0: f32[?,4,?,?] = Slice(axes=[2,3], starts=[0,0], ends=[9223372036854775807,9223372036854775807], steps=[2,2]) %input
            %1: f32[?,4,?,?] = Slice(axes=[2,3], starts=[0,0], ends=[9223372036854775807,9223372036854775807], steps=[4,4]) %input
            %2: f32[?,?,?,4] = Transpose(perm=[0,2,3,1]) %1
            %3: f32[?,?,4] = Reshape(sizes=[0,-1,4]) %2
            %4: f32[?,4,?] = Transpose(perm=[0,2,1]) %3
            %5: f32[?,?,?] = MatMul() %3, %4
            %6: f32[?,?,?] = Binary(kind=MUL) %5, constant.0
            %7: f32[?,?,?] = Softmax(axis=2, log=false) %6
            %8: f32[?,?,4] = MatMul() %7, %3
            %9: i64[] = Size(axis=1) %2
            %10: f32[?,?,?,4] = Reshape(sizes=[0,-2,-1,4]) %8, %9
            %11: f32[?,4,?,?] = Transpose(perm=[0,3,1,2]) %10
            %12: i64[] = Size(axis=2) %0
            %13: i64[] = Size(axis=3) %0
            %14: f32[?,4,?,?] = Resize(mode=LINEAR, alignCorners=false, sizes=[-2,-2]) %11, %12, %13
            %output: f32[?,8,?,?] = Concat(axis=1) %14, %0
            output %output
            constant constant.0: f32[]
            """);
  }

  @Test
  void mapThatIsMergedWithTheBatchKeepsItsSizes() {
    Block block = Traces.block(x -> x.reshape(-1, x.size(3)).mul(2).reshape(x.getShape()));
    Graph graph = Tracer.trace(block, new Shape(1, 4, 6, 8));
    assertThat(graph.inputs().get(0).type()).hasToString("f32[?,4,?,?]");
    Traces.assertSame(block, graph, new Shape(2, 4, 5, 3));
  }

  @Test
  void sizeThatNoValueHasFollowsFromTheOthers() {
    Block block = Traces.block(x -> x.reshape(x.size(0), 2, x.size(1) / 2, x.size(2) * x.size(3)));
    Graph graph = Tracer.traceExactly(block, new Shape(-1, 4, -1, -1));
    Op reshape = graph.nodes().get(0).op();
    assertThat(reshape.toString()).isEqualTo("Reshape[sizes=[0, 2, 2, -1]]");
    Traces.assertSame(block, graph, new Shape(2, 4, 5, 3));
  }

  @Test
  void twoSizesThatNoValueHasAreRefused() {
    Block block =
        Traces.block(x -> x.reshape(x.size(0), 4, x.size(2) / 2, 2, x.size(3) / 2, 2).add(1));
    assertThatThrownBy(() -> Tracer.traceExactly(block, new Shape(-1, 4, -1, -1)))
        .isInstanceOf(TraceException.class)
        .hasMessageContaining("size 32 and 80, which no value has");
    Graph graph = Tracer.trace(block, new Shape(1, 4, 6, 8));
    assertThat(graph.inputs().get(0).type()).hasToString("f32[?,4,6,8]");
  }

  @Test
  void boundsAreCountedFromTheBackWhereTheyMove() {
    Block block =
        Traces.block(x -> x.get(":, :, {}:{}, 1:{}", x.size(2) - 3, x.size(2), x.size(3) - 1));
    Graph graph = Tracer.trace(block, new Shape(1, 4, 6, 8));
    assertThat(graph.nodes().get(0).op())
        .hasToString(
            "Slice[axes=[2, 3], starts=[-3, 1], ends=[9223372036854775807, -1], steps=[1, 1]]");
    Traces.assertSame(block, graph, new Shape(2, 4, 9, 5));
  }

  @Test
  void roundingThatOnlyOddSizesShowIsFound() {
    // Twice the half is the whole only for even sizes; both traces see even ones.
    Block block =
        Traces.block(
            x -> {
              NDArray half = x.get(":, :, ::2, ::2");
              long[] size = {2 * half.size(2), 2 * half.size(3)};
              return half.getNDArrayInternal().interpolation(size, 0, false);
            });
    Graph graph = Tracer.trace(block, new Shape(1, 4, 6, 8));
    assertThat(graph.inputs().get(0).type()).hasToString("f32[?,4,6,8]");
  }

  @Test
  void sizesThatTheCallerFixesStayFixed() {
    Block block = Traces.block(x -> x.mul(2));
    Graph graph = Tracer.traceExactly(block, new Shape(2, 3, -1, 8));
    assertThat(graph.inputs().get(0).type()).hasToString("f32[2,3,?,8]");
  }

  @Test
  void blockOfOneImageSizeKeepsItsBatchOpen() {
    Block block = Traces.block(x -> x.reshape(-1, 4 * 6 * 8));
    Graph graph = Tracer.trace(block, new Shape(1, 4, 6, 8));
    assertThat(graph.inputs().get(0).type()).hasToString("f32[?,4,6,8]");
    Traces.assertSame(block, graph, new Shape(3, 4, 6, 8));
  }
}
