package dev.fovea.optimizer;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Model;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import dev.fovea.Fovea;
import dev.fovea.nn.Layer;
import dev.fovea.optimizer.ir.Type;
import dev.fovea.optimizer.onnx.OnnxChecker;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** ONNX's checker accepts whole networks as they are exported: those of the library and DJL's. */
class ExportedNetworksTest {

  @Test
  void the_onnx_checker_accepts_the_networks_of_the_library(@TempDir Path folder) throws Exception {
    for (String name : FoveaContractTest.SMALL) {
      try (NDManager manager = NDManager.newBaseManager()) {
        Layer block = Fovea.registry().config(name).build();
        block.initialize(manager);
        export(name, block, FoveaContractTest.inputs(name, block), folder);
      }
    }
    OnnxChecker.accepts(folder, FoveaContractTest.SMALL.size());
  }

  @Test
  void the_onnx_checker_accepts_the_networks_of_djl(@TempDir Path folder) throws Exception {
    List<DjlZoo> networks = DjlZoo.all().toList();
    assertThat(networks).isNotEmpty();
    for (DjlZoo network : networks) {
      try (NDManager manager = NDManager.newBaseManager()) {
        Block block = network.block();
        block.initialize(manager, DataType.FLOAT32, network.shapes());
        export(network.name(), block, network.inputs(), folder);
      }
    }
    OnnxChecker.accepts(folder, networks.size());
  }

  private static void export(String name, Block block, List<Type> inputs, Path folder)
      throws IOException {
    try (Model model = Model.newInstance(name, "PyTorch")) {
      model.setBlock(block);
      Optimizer.of(model)
          .input(inputs.stream().map(type -> new Shape(type.dims())).toArray(Shape[]::new))
          .inputTypes(inputs.stream().map(Type::dataType).toArray(DataType[]::new))
          .export(folder.resolve(name + ".onnx"));
    }
  }
}
