package dev.fovea.optimizer.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Model;
import ai.djl.translate.TranslateException;
import dev.fovea.optimizer.serve.AsyncOptions.WhenFull;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/** What a caller may rely on, on a model that is not even optimized. */
@SuppressWarnings("FutureReturnValueIgnored")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(60)
class AsyncPredictorTest {

  private static final Duration LONG = Duration.ofSeconds(20);

  private final List<float[]> images = Served.images(8);
  private Model model;

  @BeforeAll
  void makeModel() {
    model = Served.model();
  }

  @AfterAll
  void closeModel() {
    model.close();
  }

  private AsyncPredictor<float[], float[]> predictor(Served.Floats translator, AsyncOptions how) {
    return new AsyncPredictor<>(model, translator, how);
  }

  private static List<float[]> results(List<CompletableFuture<float[]>> futures) {
    return futures.stream().map(CompletableFuture::join).toList();
  }

  private static float[] broken() {
    float[] image = new float[3 * 8 * 8];
    image[0] = Float.NaN;
    return image;
  }

  @Test
  void several_workers_predict_the_bits_of_one_predictor() throws Exception {
    try (AsyncPredictor<float[], float[]> async =
        predictor(new Served.Floats(), AsyncOptions.DEFAULT.withWorkers(3))) {
      assertThat(async.workers()).isEqualTo(3);
      List<float[]> got = results(images.stream().map(async::predictAsync).toList());
      assertThat(got).usingRecursiveComparison().isEqualTo(Served.predict(model, images));
    }
  }

  @Test
  void what_waits_is_gathered_into_full_batches() throws Exception {
    Served.Gate gate = new Served.Gate();
    List<CompletableFuture<float[]>> futures = new ArrayList<>();
    try (AsyncPredictor<float[], float[]> async =
        predictor(gate, AsyncOptions.DEFAULT.withBatching(3, Duration.ofMillis(50)))) {
      images.forEach(image -> futures.add(async.predictAsync(image)));
      gate.open.countDown();
    }
    assertThat(gate.batches).containsExactly(3, 3, 2);
    List<float[]> expected = Served.predict(model, images);
    for (int i = 0; i < futures.size(); i++) {
      assertThat(futures.get(i).join())
          .containsExactly(expected.get(i), org.assertj.core.data.Offset.offset(1e-5f));
    }
  }

  @Test
  void a_single_prediction_does_not_wait_longer_for_company_than_it_may() {
    try (AsyncPredictor<float[], float[]> async =
        predictor(
            new Served.Floats(), AsyncOptions.DEFAULT.withBatching(8, Duration.ofMillis(20)))) {
      assertThat(async.predictAsync(images.get(0))).succeedsWithin(LONG);
    }
  }

  @Test
  void a_failure_is_of_the_one_that_failed_also_in_a_batch() {
    Served.Gate gate = new Served.Gate();
    try (AsyncPredictor<float[], float[]> async =
        predictor(gate, AsyncOptions.DEFAULT.withBatching(3, LONG))) {
      CompletableFuture<float[]> first = async.predictAsync(images.get(0));
      CompletableFuture<float[]> second = async.predictAsync(broken());
      CompletableFuture<float[]> third = async.predictAsync(images.get(2));
      gate.open.countDown();
      assertThat(first).succeedsWithin(LONG);
      assertThat(third).succeedsWithin(LONG);
      assertThat(second)
          .failsWithin(LONG)
          .withThrowableThat()
          .withCauseInstanceOf(TranslateException.class)
          .withStackTraceContaining("not a number");
    }
  }

  @Test
  void a_full_queue_rejects_or_makes_the_caller_wait_as_asked() throws Exception {
    Served.Gate gate = new Served.Gate();
    try (AsyncPredictor<float[], float[]> async =
        predictor(gate, AsyncOptions.DEFAULT.withQueue(2, WhenFull.REJECT))) {
      List<CompletableFuture<float[]>> futures = new ArrayList<>();
      futures.add(async.predictAsync(images.get(0)));
      gate.started.await();
      futures.add(async.predictAsync(images.get(1)));
      futures.add(async.predictAsync(images.get(2)));
      assertThat(async.waiting()).isEqualTo(2);
      assertThatThrownBy(() -> async.predictAsync(images.get(3)))
          .isInstanceOf(RejectedExecutionException.class)
          .hasMessageContaining("2 predictions wait");
      futures.get(1).cancel(true); // makes room
      futures.set(1, async.predictAsync(images.get(3)));
      gate.open.countDown();
      assertThat(results(futures)).hasSize(3);
    }
    Served.Gate other = new Served.Gate();
    try (AsyncPredictor<float[], float[]> async =
        predictor(other, AsyncOptions.DEFAULT.withQueue(1, WhenFull.WAIT))) {
      async.predictAsync(images.get(0));
      other.started.await();
      async.predictAsync(images.get(1));
      CompletableFuture<float[]> late =
          CompletableFuture.supplyAsync(() -> async.predictAsync(images.get(2)).join());
      assertThatThrownBy(() -> late.get(200, TimeUnit.MILLISECONDS))
          .isInstanceOf(java.util.concurrent.TimeoutException.class);
      other.open.countDown();
      assertThat(late).succeedsWithin(LONG);
    }
  }

  @Test
  void a_cancelled_one_is_not_predicted() throws Exception {
    Served.Gate gate = new Served.Gate();
    try (AsyncPredictor<float[], float[]> async = predictor(gate, AsyncOptions.DEFAULT)) {
      async.predictAsync(images.get(0));
      gate.started.await();
      CompletableFuture<float[]> cancelled = async.predictAsync(images.get(1));
      CompletableFuture<float[]> kept = async.predictAsync(images.get(2));
      cancelled.cancel(true);
      gate.open.countDown();
      assertThat(kept).succeedsWithin(LONG);
      assertThat(cancelled).isCancelled();
    }
    assertThat(gate.batches).hasSize(2);
  }

  @Test
  void results_come_in_the_order_of_the_calls_if_asked() throws Exception {
    List<Integer> order = Collections.synchronizedList(new ArrayList<>());
    Served.Gate first = new Served.Gate();
    Served.Floats slowFirst =
        new Served.Floats() {
          @Override
          public ai.djl.ndarray.NDList processInput(
              ai.djl.translate.TranslatorContext context, float[] image) {
            return image == images.get(0)
                ? first.processInput(context, image)
                : super.processInput(context, image);
          }
        };
    List<CompletableFuture<Void>> done = new ArrayList<>();
    try (AsyncPredictor<float[], float[]> async =
        predictor(slowFirst, AsyncOptions.DEFAULT.withWorkers(2).withInOrder(true))) {
      List<CompletableFuture<float[]>> futures = new ArrayList<>();
      for (int i = 0; i < 6; i++) {
        int index = i;
        futures.add(async.predictAsync(images.get(i)));
        done.add(futures.get(i).thenAccept(result -> order.add(index)));
      }
      futures.get(2).cancel(true); // holds back nobody
      while (async.waiting() > 0) {
        Thread.onSpinWait();
      }
      assertThat(order).isEmpty();
      first.open.countDown();
    }
    assertThat(order).containsExactly(0, 1, 3, 4, 5);
    assertThat(done.get(2)).isCompletedExceptionally();
  }

  @Test
  void closing_predicts_what_was_accepted_and_refuses_the_rest() throws Exception {
    Served.Gate gate = new Served.Gate();
    AsyncPredictor<float[], float[]> async = predictor(gate, AsyncOptions.DEFAULT);
    List<CompletableFuture<float[]>> futures = images.stream().map(async::predictAsync).toList();
    gate.started.await();
    gate.open.countDown();
    async.close();
    assertThat(futures).allMatch(CompletableFuture::isDone);
    assertThat(results(futures)).hasSize(8);
    async.close(); // the second time it does nothing
    assertThatIllegalStateException()
        .isThrownBy(() -> async.predictAsync(images.get(0)))
        .withMessageContaining("closed");
  }

  @Test
  void closing_at_once_fails_what_waits_and_wakes_who_waits_for_room() throws Exception {
    Served.Gate gate = new Served.Gate();
    AsyncPredictor<float[], float[]> async =
        predictor(gate, AsyncOptions.DEFAULT.withQueue(1, WhenFull.WAIT));
    CompletableFuture<float[]> running = async.predictAsync(images.get(0));
    gate.started.await();
    CompletableFuture<float[]> waiting = async.predictAsync(images.get(1));
    CompletableFuture<float[]> outside =
        CompletableFuture.supplyAsync(() -> async.predictAsync(images.get(2)).join());
    CompletableFuture<Void> closing = CompletableFuture.runAsync(async::closeNow);
    assertThat(waiting)
        .failsWithin(LONG)
        .withThrowableThat()
        .withMessageContaining("before this prediction's turn");
    assertThat(outside).failsWithin(LONG).withThrowableThat().withMessageContaining("closed");
    assertThat(closing).isNotDone(); // waits for what runs
    gate.open.countDown();
    assertThat(closing).succeedsWithin(LONG);
    assertThat(running).isCompleted();
  }

  @Test
  void what_is_attached_to_a_result_may_ask_for_more_and_may_close() {
    AsyncPredictor<float[], float[]> async =
        predictor(new Served.Floats(), AsyncOptions.DEFAULT.withQueue(1, WhenFull.WAIT));
    CompletableFuture<float[]> chained =
        async
            .predictAsync(images.get(0))
            .thenCompose(
                one -> {
                  async.predictAsync(images.get(1));
                  return async.predictAsync(images.get(2)); // more than there is room for
                });
    assertThat(chained).succeedsWithin(LONG);
    assertThat(async.predictAsync(images.get(3)).thenRun(async::close)).succeedsWithin(LONG);
    async.close();
  }

  @Test
  void options_that_make_no_sense_are_refused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> AsyncOptions.DEFAULT.withWorkers(-1))
        .withMessageContaining("workers", "-1");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> AsyncOptions.DEFAULT.withQueue(0, WhenFull.WAIT))
        .withMessageContaining("capacity");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> AsyncOptions.DEFAULT.withBatching(0, Duration.ZERO))
        .withMessageContaining("maxBatch");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> AsyncOptions.DEFAULT.withBatching(1, LONG))
        .withMessageContaining("of no use");
  }
}
