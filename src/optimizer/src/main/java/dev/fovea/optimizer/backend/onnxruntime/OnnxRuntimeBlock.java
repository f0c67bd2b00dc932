package dev.fovea.optimizer.backend.onnxruntime;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxValue;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.fovea.optimizer.backend.Backend;
import dev.fovea.optimizer.backend.CompiledBlock;
import dev.fovea.optimizer.backend.KernelTime;
import dev.fovea.optimizer.ir.Node;
import dev.fovea.optimizer.ir.Value;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * Runs a session on the memory of DJL's arrays. Inputs are read where they lie. Outputs are written
 * where the caller finds them, from the second run on inputs of the same sizes on: the first tells
 * how large they are.
 */
final class OnnxRuntimeBlock extends CompiledBlock {

  private static final int MAX_KNOWN_SIZES = 256;

  /** What decides how large the outputs are, and whether their arrays can be written from here. */
  private record Call(Engine engine, Device device, List<Shape> inputs) {}

  private final OrtEnvironment environment;
  private final OrtSession session;
  private final int requests;
  private final Optional<ProfiledSession> profiled;
  private final List<Value> inputs;
  private final List<Value> outputs;
  private final Map<Call, List<Shape>> sizes = new ConcurrentHashMap<>();
  // Closing waits for the runs: freeing a session under a run would crash the process.
  private final ReadWriteLock use = new ReentrantReadWriteLock();
  private boolean closed;

  OnnxRuntimeBlock(
      List<Value> inputs,
      List<Value> outputs,
      List<Node> nodes,
      Backend.Options options,
      OrtEnvironment environment,
      OrtSession session,
      int requests,
      Optional<ProfiledSession> profiled) {
    super(inputs, outputs, nodes, options);
    this.requests = requests;
    this.profiled = profiled;
    this.environment = environment;
    this.session = session;
    this.inputs = inputs;
    this.outputs = outputs;
  }

  @Override
  public int requests() {
    return requests;
  }

  @Override
  protected NDList run(NDList arrays) {
    use.readLock().lock();
    try {
      if (closed) {
        throw new IllegalStateException("The optimized model is closed");
      }
      return runOpen(arrays);
    } catch (OrtException e) {
      throw new IllegalStateException("ONNX Runtime failed: " + e.getMessage(), e);
    } finally {
      use.readLock().unlock();
    }
  }

  private NDList runOpen(NDList arrays) throws OrtException {
    NDManager manager = arrays.head().getManager();
    List<Shape> shapes = List.of(arrays.getShapes());
    Call call = new Call(manager.getEngine(), manager.getDevice(), shapes);
    try (NDManager scope = manager.newSubManager();
        Tensors given = new Tensors()) {
      given.addAll(arrays, scope);
      List<Shape> known = sizes.get(call);
      NDList results = known == null ? runFirst(given, call, scope) : run(given, known, scope);
      results.attach(manager);
      return results;
    }
  }

  private NDList run(Tensors given, List<Shape> known, NDManager scope) throws OrtException {
    NDList results = new NDList();
    try (Tensors written = new Tensors()) {
      for (int i = 0; i < outputs.size(); i++) {
        NDArray result = scope.create(known.get(i), outputs.get(i).type().dataType());
        written.add(outputs.get(i), result);
        results.add(result);
      }
      session.run(given.byName, written.byName).close();
    }
    return results;
  }

  private NDList runFirst(Tensors given, Call call, NDManager scope) throws OrtException {
    NDList results = new NDList();
    try (OrtSession.Result values = session.run(given.byName)) {
      for (Value output : outputs) {
        OnnxValue value = values.get(output.name()).orElseThrow();
        OnnxTensor tensor = (OnnxTensor) value;
        ByteBuffer copy = tensor.getByteBuffer().order(ByteOrder.nativeOrder());
        Shape shape = new Shape(tensor.getInfo().getShape());
        results.add(scope.create(copy, shape, output.type().dataType()));
      }
    }
    if (sizes.size() < MAX_KNOWN_SIZES && canWriteInPlace(scope)) {
      sizes.put(call, List.of(results.getShapes()));
    }
    return results;
  }

  @Override
  protected List<KernelTime> time(NDList arrays, int warmUps, int runs) {
    ProfiledSession profile = profiled.orElseThrow(CompiledBlock::noProfiling);
    try {
      Path folder = Files.createTempDirectory("profile");
      try {
        return ProfileFile.read(trace(profile, folder, arrays, warmUps + runs), warmUps);
      } finally {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
          for (Path file : files) {
            Files.delete(file);
          }
        }
        Files.delete(folder);
      }
    } catch (OrtException e) {
      throw new IllegalStateException("ONNX Runtime failed: " + e.getMessage(), e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Path trace(ProfiledSession profile, Path folder, NDList arrays, int runs)
      throws OrtException {
    try (OrtSession traced = profile.open(folder);
        NDManager scope = arrays.head().getManager().newSubManager();
        Tensors given = new Tensors()) {
      given.addAll(arrays, scope);
      for (int i = 0; i < runs; i++) {
        traced.run(given.byName).close();
      }
      return Path.of(traced.endProfiling());
    }
  }

  @Override
  public void close() {
    use.writeLock().lock();
    try {
      if (!closed) {
        closed = true;
        session.close();
      }
    } catch (OrtException e) {
      throw new IllegalStateException("ONNX Runtime cannot close: " + e.getMessage(), e);
    } finally {
      use.writeLock().unlock();
    }
  }

  /** Tensors of ONNX Runtime on the memory of arrays, which must outlive them. */
  private final class Tensors implements AutoCloseable {

    private final Map<String, OnnxTensor> byName = new HashMap<>();

    void addAll(NDList arrays, NDManager scope) throws OrtException {
      for (int i = 0; i < arrays.size(); i++) {
        // A view of our own, so that a contiguous copy that is made for it goes with the scope.
        NDArray view = arrays.get(i).reshape(arrays.get(i).getShape());
        view.attach(scope);
        add(inputs.get(i), view);
      }
    }

    void add(Value value, NDArray array) throws OrtException {
      ByteBuffer bytes = array.toByteBuffer(true).order(ByteOrder.nativeOrder());
      long[] dims = array.getShape().getShape();
      OnnxJavaType type = elementType(value.type().dataType());
      byName.put(value.name(), OnnxTensor.createTensor(environment, bytes, dims, type));
    }

    @Override
    public void close() {
      byName.values().forEach(OnnxTensor::close);
    }
  }

  private static OnnxJavaType elementType(DataType type) {
    return switch (type) {
      case FLOAT32 -> OnnxJavaType.FLOAT;
      case FLOAT64 -> OnnxJavaType.DOUBLE;
      case FLOAT16 -> OnnxJavaType.FLOAT16;
      case BFLOAT16 -> OnnxJavaType.BFLOAT16;
      case INT8 -> OnnxJavaType.INT8;
      case UINT8 -> OnnxJavaType.UINT8;
      case INT16 -> OnnxJavaType.INT16;
      case INT32 -> OnnxJavaType.INT32;
      case INT64 -> OnnxJavaType.INT64;
      case BOOLEAN -> OnnxJavaType.BOOL;
      default -> throw new IllegalArgumentException("ONNX Runtime takes no " + type);
    };
  }
}
