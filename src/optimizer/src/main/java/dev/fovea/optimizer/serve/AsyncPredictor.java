package dev.fovea.optimizer.serve;

import ai.djl.Model;
import ai.djl.inference.Predictor;
import ai.djl.repository.zoo.ZooModel;
import ai.djl.translate.Translator;
import dev.fovea.optimizer.backend.CompiledBlock;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Predicts without making the caller wait, with as many predictions at a time as keep the model
 * busy.
 *
 * <pre>{@code
 * try (AsyncPredictor<Image, Classifications> predictor = new AsyncPredictor<>(fast, translator)) {
 *   CompletableFuture<Classifications> answer = predictor.predictAsync(image);
 *   ...
 *   answer.join();
 * }
 * }</pre>
 *
 * <p>Any DJL model will do, optimized or not; its translator is called by several threads at once.
 * A prediction that fails completes its future with the exception that {@link Predictor#predict}
 * would throw, and no other: if a batch fails, its members are predicted one by one. A future that
 * is cancelled before its turn is not predicted. What is attached to a future with {@code
 * thenApply} and the like runs on the predictor's threads and should be short.
 *
 * <p>Safe for use by many threads. To be closed before the model.
 *
 * @param <I> what is predicted on
 * @param <O> what is predicted
 */
public final class AsyncPredictor<I, O> implements AutoCloseable {

  private final Delivery<I, O> delivery;
  private final RequestQueue<I, O> queue;
  private final List<Thread> workers = new ArrayList<>();

  /**
   * Starts with {@link AsyncOptions#DEFAULT}.
   *
   * @param model the model; stays the caller's
   * @param translator between the caller's types and arrays
   */
  public AsyncPredictor(Model model, Translator<I, O> translator) {
    this(model, translator, AsyncOptions.DEFAULT);
  }

  /**
   * Starts with a model that brings its translator.
   *
   * @param model the model; stays the caller's
   * @param options how to work
   */
  public AsyncPredictor(ZooModel<I, O> model, AsyncOptions options) {
    this(model, model.getTranslator(), options);
  }

  /**
   * Starts the threads.
   *
   * @param model the model; stays the caller's
   * @param translator between the caller's types and arrays
   * @param options how to work
   */
  public AsyncPredictor(Model model, Translator<I, O> translator, AsyncOptions options) {
    delivery = Delivery.of(options.inOrder());
    queue = new RequestQueue<>(options, delivery::accepted);
    int count = options.workers() > 0 ? options.workers() : requests(model);
    List<Predictor<I, O>> predictors = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      predictors.add(model.newPredictor(translator));
    }
    for (Predictor<I, O> predictor : predictors) {
      String name = "async-" + model.getName() + "-" + workers.size();
      Thread worker = new Thread(() -> work(predictor), name);
      worker.setDaemon(true); // a predictor that nobody closes does not keep the process alive
      workers.add(worker);
    }
    workers.forEach(Thread::start);
  }

  private static int requests(Model model) {
    return model.getBlock() instanceof CompiledBlock block ? block.requests() : 1;
  }

  /**
   * Asks for a prediction. A call from what is attached to a future never waits for room: it
   * exceeds the bound, since the thread that it runs on is one that makes room.
   *
   * @param input what to predict on; must not change until the future is complete
   * @return completes with the result, on a thread of this predictor
   * @throws java.util.concurrent.RejectedExecutionException if too many wait and the options say
   *     so, or if the thread is interrupted while it waits for room
   * @throws IllegalStateException if the predictor is closed
   */
  public CompletableFuture<O> predictAsync(I input) {
    Request<I, O> request = new Request<>(input);
    queue.add(request, !isWorker());
    return request.future();
  }

  /**
   * Returns how many predict at a time.
   *
   * @return number of threads
   */
  public int workers() {
    return workers.size();
  }

  /**
   * Returns how many wait for their turn.
   *
   * @return number of predictions, without those that run
   */
  public int waiting() {
    return queue.size();
  }

  /** Accepts nothing more, and returns when all that was accepted is predicted. */
  @Override
  public void close() {
    queue.close();
    awaitWorkers();
  }

  /**
   * Accepts nothing more, and returns when what runs is done. What waits for its turn fails with an
   * {@link IllegalStateException}.
   */
  public void closeNow() {
    for (Request<I, O> request : queue.closeNow()) {
      request.fail(
          new IllegalStateException("The predictor was closed before this prediction's turn"));
      delivery.ready(request);
    }
    awaitWorkers();
  }

  private boolean isWorker() {
    return workers.contains(Thread.currentThread());
  }

  private void awaitWorkers() {
    if (isWorker()) {
      return; // called from what is attached to a future: the threads end after it
    }
    boolean interrupted = false;
    for (Thread worker : workers) {
      while (worker.isAlive()) {
        try {
          worker.join();
        } catch (InterruptedException e) {
          interrupted = true; // the model must not be closed under a run: wait all the same
        }
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void work(Predictor<I, O> predictor) {
    try (predictor) {
      for (var batch = queue.take(); !batch.isEmpty(); batch = queue.take()) {
        List<Request<I, O>> wanted = batch.stream().filter(r -> !r.isDone()).toList();
        if (!wanted.isEmpty()) {
          run(predictor, wanted);
        }
      }
    }
  }

  @SuppressWarnings("CatchingUnchecked") // whatever it is, it belongs to those who asked
  private void run(Predictor<I, O> predictor, List<Request<I, O>> batch) {
    try {
      List<O> results = predictor.batchPredict(batch.stream().map(Request::input).toList());
      for (int i = 0; i < batch.size(); i++) {
        batch.get(i).succeed(results.get(i));
      }
    } catch (Exception | Error e) {
      if (batch.size() > 1) {
        batch.forEach(request -> run(predictor, List.of(request)));
        return;
      }
      batch.get(0).fail(e);
    }
    batch.forEach(delivery::ready);
  }
}
