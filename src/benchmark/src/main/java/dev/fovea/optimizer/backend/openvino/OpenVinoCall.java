package dev.fovea.optimizer.backend.openvino;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import dev.fovea.optimizer.backend.Backend;
import dev.fovea.optimizer.ir.Graph;
import dev.fovea.optimizer.ir.Type;
import dev.fovea.optimizer.onnx.OnnxWriter;
import java.util.Map;

/**
 * A request of OpenVINO on one input and one output of float32, both in place, through the binding
 * that the back end uses. It stands in the back end's package because the binding is not public.
 */
public final class OpenVinoCall implements AutoCloseable {

  private static final int FLOAT32 = 4; // of ov_element_type_e

  private final OpenVino openVino;
  private final Pointer compiled;
  private final Pointer request;
  private final Memory input;
  private final Memory output;

  /**
   * Compiles a graph.
   *
   * @param graph has one input and one output, both float32 of fixed sizes
   */
  public OpenVinoCall(Graph graph) {
    openVino = OpenVino.load(OpenVinoLibrary.find());
    compiled = Compiler.compile(openVino, graph, Backend.Options.DEFAULT, new OnnxWriter(Map.of()));
    request =
        openVino.create(
            "make a request",
            r -> openVino.c().ov_compiled_model_create_infer_request(compiled, r));
    input = memory(graph.inputs().get(0).type());
    output = memory(graph.outputs().get(0).type());
    Pointer in = tensor(graph.inputs().get(0).type(), input);
    openVino.check(
        "take an input", openVino.c().ov_infer_request_set_input_tensor_by_index(request, 0, in));
    openVino.c().ov_tensor_free(in);
    Pointer out = tensor(graph.outputs().get(0).type(), output);
    openVino.check(
        "give an output",
        openVino.c().ov_infer_request_set_output_tensor_by_index(request, 0, out));
    openVino.c().ov_tensor_free(out);
  }

  private static Memory memory(Type type) {
    Memory memory = new Memory(Float.BYTES * type.dims().stream().reduce(1L, Math::multiplyExact));
    memory.clear();
    return memory;
  }

  private Pointer tensor(Type type, Memory memory) {
    long[] sizes = type.dims().stream().mapToLong(Long::longValue).toArray();
    return openVino.create(
        "make a tensor",
        r ->
            openVino
                .c()
                .ov_tensor_create_from_host_ptr(FLOAT32, new OpenVinoC.Shape(sizes), memory, r));
  }

  /** Runs once. */
  public void run() {
    openVino.check("run", openVino.c().ov_infer_request_infer(request));
  }

  @Override
  public void close() {
    openVino.c().ov_infer_request_free(request);
    openVino.c().ov_compiled_model_free(compiled);
    input.close();
    output.close();
  }
}
