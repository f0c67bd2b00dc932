package dev.fovea.optimizer.trace;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.LambdaBlock;
import ai.djl.nn.pooling.Pool;
import dev.fovea.optimizer.ir.ElementOp;
import dev.fovea.optimizer.ir.Graph;
import dev.fovea.optimizer.ir.Type;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Each kind of call on an array, traced and compared with DJL at two batch and image sizes. */
class CallsTest {
  private static final Shape SMALL = new Shape(1, 4, 6, 8);
  private static final Shape LARGE = new Shape(3, 4, 10, 14);

  private static Map<String, Function<NDArray, NDArray>> calls() {
    Map<String, Function<NDArray, NDArray>> calls = new LinkedHashMap<>();
    calls.put("numbers", x -> x.add(1).sub(0.5f).mul(2.0).div(3L).maximum(-1).minimum(1.5f));
    calls.put("powers", x -> x.square().add(1).pow(1.5).sqrt());
    calls.put("reversed numbers", x -> x.getNDArrayInternal().rsub(1).exp());
    calls.put("reversed division", x -> x.exp().getNDArrayInternal().rdiv(2.0f));
    calls.put("arrays", x -> x.add(x.neg()).sub(x).mul(x.abs()).div(x.exp()));
    calls.put("static helpers", x -> NDArrays.add(x, NDArrays.mul(x, x), x.tanh()));
    calls.put("elementwise", x -> x.abs().add(1).log().add(x.erf()).add(x.floor()).add(x.ceil()));
    calls.put("rounding", x -> x.mul(3).round());
    calls.put("clip", x -> x.clip(-0.5, 0.75f));
    calls.put("activations", x -> Activation.relu(x).add(Activation.gelu(x)));
    calls.put("sigmoid and tanh", x -> Activation.sigmoid(x).add(Activation.tanh(x)));
    calls.put("swish", x -> Activation.swish(x, 1).add(Activation.swish(x, 1.5f)));
    calls.put("leaky and softplus", x -> Activation.leakyRelu(x, 0.1f).add(Activation.softPlus(x)));
    calls.put("relu6", x -> Activation.relu6(x.mul(9)));
    calls.put("softmax", x -> x.softmax(-1).add(x.logSoftmax(1)));
    calls.put("means", x -> x.mean(new int[] {3}).mean(new int[] {-1}, true));
    calls.put("sums", x -> x.sum(new int[] {-2, 3}));
    calls.put("extremes", x -> x.max(new int[] {1}, true).sub(x.min(new int[] {2}, true)));
    calls.put("all elements", x -> x.sum().add(x.max()).add(x.mean()));
    calls.put("normalize", x -> x.normalize(2, 1));
    calls.put("transpose", x -> x.transpose(0, 2, 3, 1).swapAxes(1, -1).add(1));
    calls.put("reversed axes", NDArray::transpose);
    calls.put("flatten", x -> x.flatten(1, 2).flatten(-2, -1));
    calls.put("expand and squeeze", x -> x.expandDims(-1).expandDims(1).squeeze(1).squeeze(-1));
    calls.put("squeeze of another size", x -> x.squeeze(1));
    calls.put("split", x -> x.split(2, 1).get(1).add(x.split(new long[] {1, 3}, 1).get(1)));
    calls.put("concat", x -> NDArrays.concat(new NDList(x, x.neg(), x), 1).concat(x, -3));
    calls.put("stack", x -> NDArrays.stack(new NDList(x, x.neg()), -1).stack(x.stack(x, -1), 0));
    calls.put("slices", x -> x.get(":, 1:3, 2:, :-1").add(x.get(new NDIndex("..., 1:3, 2:, 1:"))));
    calls.put("steps", x -> x.get(":, :, ::2, 1::2"));
    calls.put("fixed index", x -> x.get(":, 2").add(x.get(":, -1")));
    calls.put("array index", x -> x.get(":, {}", x.getManager().create(new int[] {3, 0, 0})));
    calls.put("matrix products", x -> x.matMul(x.transpose(0, 1, 3, 2)));
    calls.put("batched product", x -> flat(x).batchMatMul(flat(x).transpose(0, 2, 1)));
    calls.put("pools", CallsTest::pools);
    calls.put("global pools", x -> Pool.globalAvgPool2d(x).add(Pool.globalMaxPool2d(x)));
    calls.put("interpolation", x -> resize(x, 0).add(resize(x, 1)).add(resize(x, 3)));
    calls.put(
        "types", x -> x.toType(DataType.FLOAT64, false).mul(2).toType(DataType.FLOAT32, true));
    calls.put("same type", x -> x.toType(DataType.FLOAT32, false).add(x.duplicate()));
    calls.put("dropout", x -> x.getNDArrayInternal().dropout(x, 0.5f, false).head().add(1));
    calls.put("in place", x -> x.add(1).muli(x).subi(2).divi(3).negi().addi(x).powi(2));
    calls.put("constants", x -> x.add(x.getManager().ones(new Shape(1, 4, 1, 1)).mul(2)));
    calls.put("ranges", x -> x.mul(x.getManager().arange(0f, 4f).reshape(4, 1, 1)));
    calls.put("filled like", x -> x.onesLike().add(x.zerosLike()).add(x));
    calls.put("full", x -> x.add(x.getManager().full(new Shape(x.size(2), 1), 0.5f)));
    calls.put("broadcast", x -> x.sum(new int[] {2}, true).broadcast(x.getShape()));
    calls.put("repeat", x -> x.getManager().ones(new Shape(1, 2)).repeat(0, x.size(0)));
    calls.put("tile", x -> x.getManager().ones(new Shape(1, 2)).tile(new long[] {x.size(0), 1}));
    calls.put("scopes", CallsTest::scopes);
    calls.put("gradients", x -> x.stopGradient().add(x.hasGradient() ? 1 : 2));
    calls.put("comparisons", x -> number(x.gt(0)).add(number(x.lte(0.5f))).add(number(x.neq(x))));
    calls.put("equality", x -> number(x.round().eq(0)).add(number(x.gte(x.neg()).logicalNot())));
    calls.put("less", x -> number(x.lt(x.abs()).logicalOr(x.gt(1)).logicalXor(x.lt(-1))));
    calls.put("truth", x -> number(x.logicalAnd(x.gt(0))).add(number(x.gt(0).any())));
    calls.put("no numbers", x -> x.add(number(x.isNaN())).add(number(x.isInfinite())));
    calls.put("where", x -> NDArrays.where(x.gt(0), x, x.mul(3)));
    calls.put("waves", x -> x.sin().add(x.cos()).add(x.atan()).add(x.sinh()).add(x.cosh()));
    calls.put("inverse waves", x -> x.tanh().asin().add(x.tanh().acos()));
    calls.put("tangent", x -> x.tanh().tan());
    calls.put("signs", x -> x.sign().add(x.mul(5).trunc()).add(x.toDegrees().toRadians()));
    calls.put("logarithms", x -> x.abs().add(1).log2().add(x.abs().add(1).log10()));
    calls.put("remainder", x -> x.mod(0.75f));
    calls.put("activations of two parts", x -> Activation.elu(x, 0.7f).add(Activation.selu(x)));
    calls.put("mish and softsign", x -> Activation.mish(x).add(Activation.softSign(x)));
    calls.put("places", x -> real(x.argMax(1)).add(real(x.argMin(1))));
    calls.put("place of all", x -> x.add(real(x.argMax())));
    calls.put("sort", x -> x.sort(-1).add(x.sort(1)));
    calls.put("argsort", x -> real(x.argSort(1)).add(real(x.argSort(1, false))));
    calls.put("top k", x -> x.topK(2, 1).get(0).add(real(x.topK(2, 1, false, true).get(1))));
    calls.put("running sum", x -> x.cumSum(2).add(x.cumSum()));
    calls.put("gather", x -> x.gather(x.argSort(1), 1));
    calls.put("take", x -> x.take(x.getManager().create(new long[] {3, 0, 1})));
    calls.put("one hot", x -> x.argMax(1).oneHot(4).add(1));
    calls.put("flip", x -> x.flip(1));
    calls.put("differences", x -> x.diff(2, 1));
    calls.put("repeat of more", x -> x.repeat(1, 2));
    calls.put("tile of more", x -> x.tile(new long[] {1, 2, 1, 1}));
    calls.put("pad", x -> x.pad(new Shape(1, 2, 0, 1), 0.5));
    calls.put("sum of numbers", x -> real(x.gt(0).toType(DataType.INT32, true).sum()).add(x));
    calls.put("division of numbers", x -> x.argMax(1).div(x.argMin(1).add(1)));
    calls.put("shape questions", x -> x.isEmpty() || x.isScalar() ? x : x.add(x.size(1)));
    return calls;
  }

  private static NDArray number(NDArray truth) {
    return truth.toType(DataType.FLOAT32, false);
  }

  private static NDArray real(NDArray places) {
    return places.toType(DataType.FLOAT32, false);
  }

  private static NDArray pools(NDArray x) {
    Shape two = new Shape(2, 2);
    Shape three = new Shape(3, 3);
    Shape one = new Shape(1, 1);
    NDArray largest = Pool.maxPool2d(x, three, two, one, false);
    return largest.concat(Pool.avgPool2d(x, three, two, one, false, true), 1);
  }

  private static NDArray flat(NDArray x) {
    return x.reshape(x.size(0), x.size(1), -1);
  }

  private static NDArray resize(NDArray x, int mode) {
    return x.getNDArrayInternal().interpolation(new long[] {160, 224}, mode, false);
  }

  private static NDArray scopes(NDArray x) {
    NDManager outer = x.getManager();
    NDArray y;
    try (NDManager inner = outer.newSubManager()) {
      x.tempAttach(inner);
      y = x.mul(2);
      x.exp().close();
      y.attach(outer);
      y.setName("kept");
    }
    assertThat(y.getName()).isEqualTo("kept");
    NDArray z = x.add(y);
    z.detach();
    return z;
  }

  static Stream<Named<Function<NDArray, NDArray>>> named() {
    return calls().entrySet().stream().map(e -> Named.of(e.getKey(), e.getValue()));
  }

  @ParameterizedTest
  @MethodSource("named")
  void callIsTracedForEveryBatchAndImageSize(Function<NDArray, NDArray> call) {
    Block block = Traces.block(call);
    Graph graph = Tracer.traceExactly(block, new Shape(-1, 4, -1, -1));
    assertThat(graph.inputs().get(0).type()).isEqualTo(Type.of(DataType.FLOAT32, -1, 4, -1, -1));
    Traces.assertSame(block, graph, SMALL);
    Traces.assertSame(block, graph, LARGE);
  }

  @Test
  void eachNumberIsOneConstant() {
    Graph graph = Tracer.trace(Traces.block(x -> x.mul(2).add(2).add(3)), SMALL);
    assertThat(graph.constants()).hasSize(2);
  }

  @Test
  void swishIsOneNode() {
    Graph graph = Tracer.trace(Traces.block(x -> Activation.swish(x, 1)), SMALL);
    assertThat(graph.nodes())
        .singleElement()
        .extracting(n -> n.op().toString())
        .isEqualTo(new ElementOp.Unary(ElementOp.Unary.Kind.SILU).toString());
  }

  @Test
  void blockOfSeveralInputsAndOutputs() {
    Block block = new LambdaBlock(l -> new NDList(l.get(0).add(l.get(1)), l.get(1)));
    Graph graph = Tracer.trace(block, new Shape(1, 5), new Shape(1, 5));
    assertThat(graph)
        .hasToString(
            """
            input %input.0: f32[?,5]
            input %input.1: f32[?,5]
            %output.0: f32[?,5] = Binary(kind=ADD) %input.0, %input.1
            output %output.0
            output %input.1
            """);
    Traces.assertSame(block, graph, new Shape(4, 5), new Shape(4, 5));
  }
}
