package dev.fovea.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.loss.Loss;
import dev.fovea.loss.LossSubject.Input;
import dev.fovea.loss.LossSubject.Trait;
import java.lang.reflect.Modifier;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What holds for every loss. */
class LossContractTest {

  private final NDManager manager = NDManager.newBaseManager();

  @AfterEach
  void close() {
    manager.close();
  }

  static Stream<LossSubject> all() {
    return LossSubject.all();
  }

  static Stream<LossSubject> reducing() {
    return all().filter(subject -> subject.is(Trait.REDUCES));
  }

  static Stream<LossSubject> ignoring() {
    return all().filter(subject -> subject.is(Trait.IGNORES));
  }

  static Stream<LossSubject> differentiable() {
    return all().filter(subject -> !subject.is(Trait.PARTLY_FIXED));
  }

  @Test
  void every_loss_of_the_package_is_under_contract() throws Exception {
    URI file = ArrayLoss.class.getResource("ArrayLoss.class").toURI();
    Set<String> losses = new HashSet<>();
    try (Stream<Path> classes = Files.list(Path.of(file).getParent())) {
      for (Path path : classes.toList()) {
        String name = path.getFileName().toString().replace(".class", "");
        Class<?> type = Class.forName("dev.fovea.loss." + name);
        if (Loss.class.isAssignableFrom(type) && !Modifier.isAbstract(type.getModifiers())) {
          losses.add(name);
        }
      }
    }
    Set<String> tested =
        all()
            .map(subject -> subject.mean().getClass().getName())
            .map(name -> name.substring(name.lastIndexOf('.') + 1))
            .collect(Collectors.toSet());
    assertThat(losses).hasSizeGreaterThan(20);
    assertThat(tested).isEqualTo(losses);
  }

  @ParameterizedTest
  @MethodSource("differentiable")
  void gradient_is_that_of_finite_differences(LossSubject subject) {
    double[] x = subject.predictions(1);
    double[] gradient = probe(subject.mean(), subject, x).gradient();
    assertThat(gradient).hasSameSizeAs(x);
    for (int i = 0; i < x.length; i += subject.input() == Input.BOXES ? 1 : 7) {
      double center = x[i];
      x[i] = center + 1e-5;
      double up = probe(subject.mean(), subject, x).loss()[0];
      x[i] = center - 1e-5;
      double down = probe(subject.mean(), subject, x).loss()[0];
      x[i] = center;
      assertThat(gradient[i]).isCloseTo((up - down) / 2e-5, within(1e-8));
    }
  }

  @ParameterizedTest
  @MethodSource("all")
  void value_and_gradient_are_finite_for_extreme_predictions(LossSubject subject) {
    double[] choice = {-1e4, -100, -30, 0, 30, 100, 1e4};
    Random random = new Random(2);
    double[] x =
        DoubleStream.generate(() -> choice[random.nextInt(7)])
            .limit(subject.shape().size())
            .toArray();
    for (DataType type : List.of(DataType.FLOAT32, DataType.FLOAT64)) {
      NDArray logits = manager.create(x, subject.shape()).toType(type, false);
      LossProbe got = LossProbe.of(subject.mean(), logits, subject.labels(manager));
      assertThat(DoubleStream.of(got.loss())).allMatch(Double::isFinite);
      assertThat(DoubleStream.of(got.loss())).allMatch(v -> v >= 0 || subject.is(Trait.SIGNED));
      assertThat(DoubleStream.of(got.gradient())).allMatch(Double::isFinite);
      assertThat(DoubleStream.of(got.gradient())).anyMatch(v -> v != 0);
    }
  }

  @ParameterizedTest
  @MethodSource("reducing")
  void sum_and_mean_are_those_of_the_single_losses(LossSubject subject) {
    NDArray x = subject.predictions(manager, 3);
    NDArray y = subject.labels(manager);
    NDArray each = evaluate(subject.of().apply(Reduction.NONE), x, y);
    double sum = evaluate(subject.of().apply(Reduction.SUM), x, y).getDouble();
    assertThat(each.sum().getDouble()).isCloseTo(sum, within(1e-12 * Math.abs(sum)));
    double mean = evaluate(subject.mean(), x, y).getDouble();
    assertThat(mean).isCloseTo(sum / each.size(), within(1e-12 * Math.abs(sum)));

    NDArray weights = manager.randomUniform(0, 2, each.getShape(), DataType.FLOAT64);
    double weighted = evaluate(subject.of().apply(Reduction.SUM), x, y, weights).getDouble();
    double weightedMean = evaluate(subject.mean(), x, y, weights).getDouble();
    double total = weights.sum().getDouble();
    assertThat(weightedMean).isCloseTo(weighted / total, within(1e-12 * Math.abs(weighted)));
    if (!(subject.mean() instanceof GhmLoss)) { // there, the others decide what one weighs
      assertThat(weighted)
          .isCloseTo(each.mul(weights).sum().getDouble(), within(1e-12 * Math.abs(weighted)));
    }
  }

  @ParameterizedTest
  @MethodSource("all")
  void the_order_of_samples_does_not_matter(LossSubject subject) {
    NDArray x = subject.predictions(manager, 4);
    NDArray y = subject.labels(manager);
    double expected = evaluate(subject.mean(), x, y).getDouble();
    double got = evaluate(subject.mean(), x.flip(0), y.flip(0)).getDouble();
    assertThat(got).isCloseTo(expected, within(1e-12));
  }

  @ParameterizedTest
  @MethodSource("all")
  void a_sample_of_weight_0_counts_as_if_it_were_not_there(LossSubject subject) {
    double[] values = subject.predictions(5);
    int half = values.length / 2;
    Arrays.fill(values, half, values.length, Double.NaN);
    NDArray x = manager.create(values, subject.shape());
    NDArray y = subject.labels(manager);
    long count = x.getShape().get(0);
    String first = ":" + count / 2;
    NDArray weights = manager.arange((float) count).lt(count / 2);
    LossProbe got = LossProbe.of(subject.mean(), x, new NDList(y, weights));
    LossProbe expected = LossProbe.of(subject.mean(), x.get(first), y.get(first));
    double loss = expected.loss()[0];
    if (subject.is(Trait.BY_IMAGE)) {
      loss /= 2;
    }
    assertThat(got.loss()[0]).isCloseTo(loss, within(1e-12));
    assertThat(Arrays.copyOfRange(got.gradient(), half, values.length)).containsOnly(0);
  }

  @ParameterizedTest
  @MethodSource("ignoring")
  void ignored_positions_are_positions_of_weight_0(LossSubject subject) {
    NDArray x = subject.predictions(manager, 6);
    NDArray y = subject.labels(manager);
    NDArray ignored = y.zerosLike();
    ignored.set(new NDIndex("0, 1"), 1);
    NDArray masked = y.mul(ignored.neg().add(1)).add(ignored.mul(255));
    LossProbe got = LossProbe.of(subject.mean(), x, masked);
    LossProbe expected = LossProbe.of(subject.mean(), x, new NDList(y, ignored.neg().add(1)));
    assertThat(got.loss()).containsExactly(expected.loss());
    assertThat(got.gradient()).containsExactly(expected.gradient());
    double plain = evaluate(subject.mean(), x, y).getDouble();
    assertThat(got.loss()[0]).isNotEqualTo(plain);
  }

  @ParameterizedTest
  @MethodSource("all")
  void nothing_that_counts_has_no_loss_and_no_gradient(LossSubject subject) {
    double[] x = new double[(int) subject.shape().size()];
    NDArray zero = manager.zeros(new Shape(subject.shape().get(0)));
    for (double bad : new double[] {1e4, Double.POSITIVE_INFINITY, Double.NaN}) {
      Arrays.fill(x, bad);
      NDArray predictions = manager.create(x, subject.shape());
      LossProbe got =
          LossProbe.of(subject.mean(), predictions, new NDList(subject.labels(manager), zero));
      assertThat(got.loss()).containsOnly(0);
      assertThat(got.gradient()).containsOnly(0);
    }
  }

  @ParameterizedTest
  @MethodSource("all")
  void an_empty_batch_has_no_loss(LossSubject subject) {
    NDArray x = subject.predictions(manager, 7).get(":0");
    NDArray y = subject.labels(manager).get(":0");
    assertThat(LossProbe.of(subject.mean(), x, y).loss()).containsExactly(0);
  }

  @ParameterizedTest
  @MethodSource("all")
  void only_the_result_stays_allocated_and_the_inputs_stay_as_they_are(LossSubject subject) {
    NDArray x = subject.predictions(manager, 8);
    NDArray y = subject.labels(manager);
    NDArray weights = manager.ones(new Shape(x.getShape().get(0)));
    List<NDArray> inputs = List.of(x, y, weights);
    List<NDArray> copies = inputs.stream().map(NDArray::duplicate).toList();
    int before = manager.getManagedArrays().size();
    for (int i = 0; i < 2; i++) {
      try (NDArray result = evaluate(subject.mean(), x, y, weights)) {
        assertThat(result.getManager()).isSameAs(manager);
        assertThat(manager.getManagedArrays()).hasSize(before + 1);
      }
    }
    assertThat(manager.getManagedArrays()).hasSize(before);
    for (int i = 0; i < inputs.size(); i++) {
      assertThat(inputs.get(i).contentEquals(copies.get(i))).isTrue();
    }
  }

  @ParameterizedTest
  @MethodSource("all")
  void a_second_evaluation_gives_the_same(LossSubject subject) {
    Loss loss = subject.mean();
    double[] x = subject.predictions(9);
    LossProbe first = probe(loss, subject, x);
    probe(loss, subject, subject.predictions(10));
    LossProbe second = probe(loss, subject, x);
    assertThat(second.loss()).containsExactly(first.loss());
    assertThat(second.gradient()).containsExactly(first.gradient());
  }

  /** An array that autograd saved must not lose its memory with the Java object that made it. */
  @ParameterizedTest
  @MethodSource("all")
  void garbage_collection_before_the_backward_pass_does_no_harm(LossSubject subject) {
    NDArray x = subject.predictions(manager, 11);
    NDList y = new NDList(subject.labels(manager), manager.ones(new Shape(x.getShape().get(0))));
    double[] expected = LossProbe.of(subject.mean(), x, y).gradient();
    assertThat(LossProbe.of(subject.mean(), x, y, LossContractTest::reuseFreedMemory).gradient())
        .containsExactly(expected);
  }

  private static void reuseFreedMemory() {
    System.gc();
    try {
      Thread.sleep(50);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    for (int i = 0; i < 20_000; i++) {
      ByteBuffer buffer = ByteBuffer.allocateDirect(8 << (i % 5));
      while (buffer.hasRemaining()) {
        buffer.put((byte) 0x7f);
      }
    }
  }

  private LossProbe probe(Loss loss, LossSubject subject, double[] x) {
    try (NDManager scope = manager.newSubManager()) {
      return LossProbe.of(loss, scope.create(x, subject.shape()), subject.labels(scope));
    }
  }

  private static NDArray evaluate(Loss loss, NDArray predictions, NDArray... labels) {
    return loss.evaluate(new NDList(labels), new NDList(predictions));
  }
}
