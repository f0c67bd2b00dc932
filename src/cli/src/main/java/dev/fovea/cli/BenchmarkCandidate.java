package dev.fovea.cli;

import ai.djl.Model;
import ai.djl.inference.Predictor;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.translate.Batchifier;
import ai.djl.translate.TranslateException;
import ai.djl.translate.Translator;
import ai.djl.translate.TranslatorContext;
import dev.fovea.optimizer.serve.AsyncOptions;
import dev.fovea.optimizer.serve.AsyncPredictor;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/** A compiled model that is timed, from predictor to predictor, on arrays. */
final class BenchmarkCandidate implements AutoCloseable {

  private static final int BLOCK = 10;
  private static final int WARM_UPS = 2;

  private final Predictor<NDList, NDList> predictor;
  private final @Nullable AsyncPredictor<NDList, NDList> async;
  private final NDList input;
  private final List<Long> nanos = new ArrayList<>();
  private long elapsed;

  /** Works on a model, which stays the caller's; {@code requests} 0 as many as keep it busy. */
  BenchmarkCandidate(Model model, NDList input, boolean async, int requests) {
    this.input = input;
    predictor = model.newPredictor(new Arrays());
    this.async =
        async
            ? new AsyncPredictor<>(model, new Arrays(), AsyncOptions.DEFAULT.withWorkers(requests))
            : null;
  }

  int requests() {
    return async == null ? 1 : async.workers();
  }

  /** One prediction; the caller closes it. */
  NDList predict() throws TranslateException {
    return predictor.predict(input);
  }

  /** Runs that do not count. */
  void warmUp() throws TranslateException, InterruptedException {
    if (async == null) {
      for (int i = 0; i < WARM_UPS; i++) {
        predict().close();
      }
    } else {
      send(async, WARM_UPS * async.workers());
    }
  }

  /** A block of runs. */
  void time() throws TranslateException, InterruptedException {
    long start = System.nanoTime();
    if (async == null) {
      for (int i = 0; i < BLOCK; i++) {
        long from = System.nanoTime();
        predict().close();
        nanos.add(System.nanoTime() - from);
      }
    } else {
      nanos.addAll(send(async, BLOCK * async.workers()));
    }
    elapsed += System.nanoTime() - start;
  }

  /** Keeps all workers busy, and no more waiting than that. */
  private List<Long> send(AsyncPredictor<NDList, NDList> async, int count)
      throws InterruptedException {
    Semaphore room = new Semaphore(async.workers());
    List<CompletableFuture<Long>> times = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      room.acquire();
      long from = System.nanoTime();
      times.add(
          async
              .predictAsync(input)
              .thenApply(
                  result -> {
                    result.close();
                    return System.nanoTime() - from;
                  })
              .whenComplete((time, error) -> room.release()));
    }
    return times.stream().map(CompletableFuture::join).toList();
  }

  int runs() {
    return nanos.size();
  }

  double seconds() {
    return elapsed / 1e9;
  }

  Latencies latencies() {
    return Latencies.of(nanos.stream().mapToLong(Long::longValue).toArray());
  }

  @Override
  public void close() {
    if (async != null) {
      async.close();
    }
    predictor.close();
  }

  /** Leaves the given arrays as they are, so that several predictions may share them. */
  private static final class Arrays implements Translator<NDList, NDList> {

    @Override
    public @Nullable Batchifier getBatchifier() {
      return null;
    }

    @Override
    public NDList processInput(TranslatorContext ctx, NDList given) {
      NDList views = new NDList();
      for (NDArray array : given) {
        NDArray view = array.reshape(array.getShape());
        view.attach(ctx.getNDManager());
        views.add(view);
      }
      return views;
    }

    @Override
    public NDList processOutput(TranslatorContext ctx, NDList results) {
      results.detach();
      return results;
    }
  }
}
