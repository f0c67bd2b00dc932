package dev.fovea.train;

import ai.djl.ndarray.NDManager;
import ai.djl.training.dataset.Dataset;
import ai.djl.translate.TranslateException;
import java.io.IOException;
import java.util.Collections;
import java.util.Iterator;
import org.jspecify.annotations.Nullable;

/** The batches of a DJL dataset, epoch after epoch. */
final class DatasetBatches implements BatchSource {

  private final Dataset dataset;
  private Iterator<ai.djl.training.dataset.Batch> epoch = Collections.emptyIterator();
  private @Nullable NDManager run;

  DatasetBatches(Dataset dataset) {
    this.dataset = dataset;
  }

  @Override
  public Batch batch(NDManager manager, long step) throws IOException, TranslateException {
    NDManager parent = manager.getParentManager();
    if (run != parent || !epoch.hasNext()) {
      run = parent;
      // A dataset makes batches ahead of need, so they hang on what lives as long as the run.
      epoch = dataset.getData(parent).iterator();
      if (!epoch.hasNext()) {
        throw new IllegalArgumentException("The dataset " + dataset + " has no batch");
      }
    }
    try (ai.djl.training.dataset.Batch batch = epoch.next()) {
      batch.getData().attach(manager);
      batch.getLabels().attach(manager);
      return new Batch(batch.getData(), batch.getLabels());
    }
  }
}
