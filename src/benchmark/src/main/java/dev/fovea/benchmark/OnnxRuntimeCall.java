package dev.fovea.benchmark;

import ai.djl.ndarray.types.Shape;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.fovea.optimizer.ir.Graph;
import dev.fovea.optimizer.onnx.OnnxWriter;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Map;

/** A session of ONNX Runtime on one input and one output of float32, both in place. */
final class OnnxRuntimeCall implements RawCall {

  private final OrtSession session;
  private final Map<String, OnnxTensor> inputs;
  private final Map<String, OnnxTensor> outputs;

  OnnxRuntimeCall(Graph graph) {
    OrtEnvironment environment = OrtEnvironment.getEnvironment();
    try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
      session = environment.createSession(new OnnxWriter(Map.of()).toBuffer(graph), options);
      inputs =
          Map.of(
              graph.inputs().get(0).name(),
              tensor(environment, new Shape(graph.inputs().get(0).type().dims())));
      outputs =
          Map.of(
              graph.outputs().get(0).name(),
              tensor(environment, new Shape(graph.outputs().get(0).type().dims())));
    } catch (OrtException e) {
      throw new IllegalStateException(e);
    }
  }

  private static OnnxTensor tensor(OrtEnvironment environment, Shape shape) throws OrtException {
    ByteBuffer memory =
        ByteBuffer.allocateDirect(Math.toIntExact(shape.size() * Float.BYTES))
            .order(ByteOrder.nativeOrder());
    return OnnxTensor.createTensor(environment, memory.asFloatBuffer(), shape.getShape());
  }

  @Override
  public void run() {
    try {
      session.run(inputs, outputs).close();
    } catch (OrtException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    inputs.values().forEach(OnnxTensor::close);
    outputs.values().forEach(OnnxTensor::close);
    try {
      session.close();
    } catch (OrtException e) {
      throw new IllegalStateException(e);
    }
  }
}
