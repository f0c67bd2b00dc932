package dev.fovea.optimizer;

import ai.djl.MalformedModelException;
import ai.djl.Model;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Block;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.function.Function;

/** Makes a graph into a model that passes for the one which it was traced from. */
final class Compilation {

  private Compilation() {}

  /** A new model with the name, the properties and the files of the other one. */
  static Model of(Model model, Function<NDManager, Block> compiling) {
    NDManager manager = model.getNDManager();
    Model fast =
        Model.newInstance(
            model.getName(), manager.getDevice(), manager.getEngine().getEngineName());
    try {
      model.getProperties().forEach(fast::setProperty);
      fast.setDataType(model.getDataType());
      fast.setBlock(compiling.apply(fast.getNDManager()));
      if (model.getModelPath() != null) {
        fast.load(model.getModelPath(), null, Map.of("hasParameter", "false")); // the path alone
      }
      return fast;
    } catch (IOException e) {
      fast.close();
      throw new UncheckedIOException(e);
    } catch (MalformedModelException e) {
      fast.close();
      throw new IllegalStateException(e);
    } catch (RuntimeException e) {
      fast.close();
      throw e;
    }
  }
}
