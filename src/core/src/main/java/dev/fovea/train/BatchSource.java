package dev.fovea.train;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.training.dataset.Dataset;
import ai.djl.translate.TranslateException;
import java.io.IOException;

/**
 * Where batches come from: a function of the step alone, so that a run can be repeated. It is
 * called on one thread, in the order of steps, one step ahead of the training; a source that draws
 * random numbers seeds its own generator from the step.
 */
@FunctionalInterface
public interface BatchSource {

  /**
   * Makes the batch of a step.
   *
   * @param manager what all arrays must hang on; it is closed when the step is done, and its parent
   *     when the run is
   * @param step the number of updates before, from 0
   * @return the batch
   * @throws IOException if the data cannot be read
   * @throws TranslateException if the data cannot be converted
   */
  Batch batch(NDManager manager, long step) throws IOException, TranslateException;

  /**
   * What one step learns from.
   *
   * @param inputs what the block takes; the first dimension of the first array counts the images
   * @param labels what the loss takes
   */
  record Batch(NDList inputs, NDList labels) {}

  /**
   * The batches of a DJL dataset, epoch after epoch, in the order in which the dataset gives them.
   *
   * @param dataset the dataset, prepared
   * @return the source; each run begins a new epoch
   */
  static BatchSource of(Dataset dataset) {
    return new DatasetBatches(dataset);
  }
}
