package dev.fovea.optimizer.backend.openvino;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import com.sun.jna.ptr.LongByReference;
import dev.fovea.optimizer.backend.Backend;
import dev.fovea.optimizer.backend.CompiledBlock;
import dev.fovea.optimizer.backend.KernelTime;
import dev.fovea.optimizer.ir.Node;
import dev.fovea.optimizer.ir.Value;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Runs a compiled model on the memory of DJL's arrays. Inputs are read where they lie. Outputs are
 * written where the caller finds them, from the second run on inputs of the same sizes on: the
 * first tells how large they are, and copies them out of the memory of its request. Small ones are
 * always copied, which takes less time than to say where they are to be written.
 *
 * <p>A request runs one prediction at a time and keeps its memory for the next. There are as many
 * as OpenVINO says it can keep busy, made when they are first needed; more threads than that wait.
 */
final class OpenVinoBlock extends CompiledBlock {

  private static final int MAX_KNOWN_SIZES = 256;

  /** Bytes of an output that are copied sooner than OpenVINO is given other memory. */
  private static final long SMALL = 1 << 16;

  /** What decides whether an array's memory can be written from here. */
  private record Place(Engine engine, Device device) {}

  /** What decides how large the outputs are. */
  private record Call(Place place, List<Shape> inputs) {}

  private final OpenVino openVino;
  private final OpenVinoC c;
  private final Pointer compiled;
  private final List<Value> inputs;
  private final List<Value> outputs;
  private final int requests;
  private final boolean profiling;
  private final Semaphore permits;
  // A request that was given memory for its outputs must never run without being given new one.
  private final Queue<Request> copying = new ConcurrentLinkedQueue<>();
  private final Queue<Request> direct = new ConcurrentLinkedQueue<>();
  private final Map<Call, List<Shape>> sizes = new ConcurrentHashMap<>();
  private final Map<Place, Boolean> inPlace = new ConcurrentHashMap<>();
  // Closing waits for the runs: freeing a request under a run would crash the process.
  private final ReadWriteLock use = new ReentrantReadWriteLock();
  private boolean closed;

  /** Owns the compiled model from here on, also if this fails. */
  OpenVinoBlock(
      List<Value> inputs,
      List<Value> outputs,
      List<Node> nodes,
      Backend.Options options,
      OpenVino openVino,
      Pointer compiled) {
    super(inputs, outputs, nodes, options);
    this.inputs = inputs;
    this.outputs = outputs;
    profiling = options.profiling();
    this.openVino = openVino;
    this.compiled = compiled;
    c = openVino.c();
    String key = "OPTIMAL_NUMBER_OF_INFER_REQUESTS";
    try {
      requests =
          Integer.parseInt(
              openVino.text(
                  "tell how many requests it keeps busy",
                  r -> c.ov_compiled_model_get_property(compiled, key, r)));
      permits = new Semaphore(requests);
    } catch (RuntimeException e) {
      c.ov_compiled_model_free(compiled);
      throw e;
    }
  }

  @Override
  public int requests() {
    return requests;
  }

  @Override
  protected NDList run(NDList arrays) {
    return whileOpen(() -> runPermitted(arrays));
  }

  @Override
  protected List<KernelTime> time(NDList arrays, int warmUps, int runs) {
    if (!profiling) {
      throw noProfiling();
    }
    return whileOpen(() -> timePermitted(arrays, warmUps, runs));
  }

  private <T> T whileOpen(Supplier<T> work) {
    use.readLock().lock();
    try {
      if (closed) {
        throw new IllegalStateException("The optimized model is closed");
      }
      permits.acquireUninterruptibly();
      try {
        return work.get();
      } finally {
        permits.release();
      }
    } finally {
      use.readLock().unlock();
    }
  }

  private Request newRequest() {
    Pointer handle =
        openVino.create(
            "make a request", r -> c.ov_compiled_model_create_infer_request(compiled, r));
    return new Request(openVino, handle, inputs.size(), outputs.size());
  }

  private NDList runPermitted(NDList arrays) {
    NDManager manager = arrays.head().getManager();
    Place place = new Place(manager.getEngine(), manager.getDevice());
    Call call = new Call(place, List.of(arrays.getShapes()));
    @Nullable List<Shape> known = sizes.get(call);
    Queue<Request> idle = known == null ? copying : direct;
    @Nullable Request used = idle.poll();
    Request request = used != null ? used : newRequest();
    try (NDManager scope = manager.newSubManager()) {
      NDList results =
          known == null
              ? runFirst(request, arrays, call, scope)
              : run(request, arrays, known, scope);
      results.attach(manager);
      return results;
    } finally {
      idle.add(request);
    }
  }

  /** With a request of its own, whose results nobody asks for. */
  private List<KernelTime> timePermitted(NDList arrays, int warmUps, int runs) {
    Request request = newRequest();
    try (NDManager scope = arrays.head().getManager().newSubManager()) {
      List<KernelTime> times = new ArrayList<>();
      for (int i = 0; i < warmUps + runs; i++) {
        infer(request, arrays, scope);
        if (i >= warmUps) {
          times.addAll(ProfilingInfo.of(openVino, request.handle()));
        }
      }
      return times;
    } finally {
      request.free();
    }
  }

  private NDList run(Request request, NDList arrays, List<Shape> known, NDManager scope) {
    NDList results = new NDList();
    ByteBuffer[] memory = new ByteBuffer[known.size()];
    try {
      for (int i = 0; i < memory.length; i++) {
        Value output = outputs.get(i);
        DataType type = output.type().dataType();
        long bytes = known.get(i).size() * type.getNumOfBytes();
        NDArray result = scope.create(known.get(i), type);
        results.add(result);
        memory[i] =
            bytes > SMALL ? result.toByteBuffer(true) : request.own(i, Math.toIntExact(bytes));
        Pointer address = Native.getDirectBufferPointer(memory[i]);
        request.write(i, output.name(), elementType(type), address, known.get(i));
      }
      infer(request, arrays, scope);
      for (int i = 0; i < memory.length; i++) {
        if (memory[i].remaining() <= SMALL) {
          results.get(i).toByteBuffer(true).put(memory[i]);
        }
      }
      return results;
    } finally {
      Reference.reachabilityFence(memory);
    }
  }

  private NDList runFirst(Request request, NDList arrays, Call call, NDManager scope) {
    infer(request, arrays, scope);
    NDList results = new NDList();
    for (int i = 0; i < outputs.size(); i++) {
      results.add(output(request.handle(), i, scope));
    }
    boolean simple = results.stream().allMatch(r -> r.getShape().dimension() > 0 && r.size() > 0);
    if (simple && sizes.size() < MAX_KNOWN_SIZES && writesInPlace(scope)) {
      sizes.put(call, List.of(results.getShapes()));
    }
    return results;
  }

  private boolean writesInPlace(NDManager manager) {
    Place place = new Place(manager.getEngine(), manager.getDevice());
    return inPlace.computeIfAbsent(place, p -> canWriteInPlace(manager));
  }

  private void infer(Request request, NDList arrays, NDManager scope) {
    ByteBuffer[] memory = new ByteBuffer[arrays.size()];
    try {
      for (int i = 0; i < memory.length; i++) {
        // A view of our own, so that a contiguous copy that is made for it goes with the scope.
        NDArray view = arrays.get(i).reshape(arrays.get(i).getShape());
        view.attach(scope);
        memory[i] = direct(view.toByteBuffer(true));
        Value input = inputs.get(i);
        int type = elementType(input.type().dataType());
        Pointer address = Native.getDirectBufferPointer(memory[i]);
        request.read(i, input.name(), type, address, view.getShape());
      }
      request.infer();
    } finally {
      Reference.reachabilityFence(memory);
    }
  }

  private static ByteBuffer direct(ByteBuffer bytes) {
    if (bytes.isDirect() && bytes.hasRemaining()) {
      return bytes;
    }
    int size = Math.max(1, bytes.remaining()); // OpenVINO takes no null, also for an empty array
    return ByteBuffer.allocateDirect(size).put(bytes);
  }

  private NDArray output(Pointer request, int index, NDManager scope) {
    String what = "give output " + outputs.get(index).name();
    Pointer tensor =
        openVino.create(
            what, r -> c.ov_infer_request_get_output_tensor_by_index(request, index, r));
    try {
      LongByReference bytes = new LongByReference();
      openVino.check(what, c.ov_tensor_get_byte_size(tensor, bytes));
      Pointer data = openVino.create(what, r -> c.ov_tensor_data(tensor, r));
      DataType type = outputs.get(index).type().dataType();
      // A scalar's shape cannot be asked for.
      boolean scalar = outputs.get(index).type().rank() == 0;
      Shape shape = scalar ? new Shape() : shape(what, tensor);
      return bytes.getValue() == 0
          ? scope.create(shape, type)
          : copy(data.getByteBuffer(0, bytes.getValue()), shape, type, scope);
    } finally {
      c.ov_tensor_free(tensor);
    }
  }

  private Shape shape(String what, Pointer tensor) {
    try (Memory shape = new Memory(OpenVinoC.Shape.BYTES)) {
      openVino.check(what, c.ov_tensor_get_shape(tensor, shape));
      try {
        int rank = Math.toIntExact(shape.getLong(0));
        return new Shape(shape.getPointer(Long.BYTES).getLongArray(0, rank));
      } finally {
        c.ov_shape_free(shape);
      }
    }
  }

  /** An array on memory of its own: that of the request is written again by its next run. */
  private NDArray copy(ByteBuffer data, Shape shape, DataType type, NDManager scope) {
    if (writesInPlace(scope)) {
      NDArray result = scope.create(shape, type);
      result.toByteBuffer(true).put(data);
      return result;
    }
    ByteBuffer copy = ByteBuffer.allocateDirect(data.remaining()).order(ByteOrder.nativeOrder());
    return scope.create(copy.put(data).flip(), shape, type);
  }

  @Override
  public void close() {
    use.writeLock().lock();
    try {
      if (!closed) {
        closed = true;
        for (Queue<Request> idle : List.of(copying, direct)) {
          idle.forEach(Request::free);
          idle.clear();
        }
        c.ov_compiled_model_free(compiled);
      }
    } finally {
      use.writeLock().unlock();
    }
  }

  /** {@code ov_element_type_e} of 2026.4. */
  private static int elementType(DataType type) {
    return switch (type) {
      case BOOLEAN -> 1;
      case BFLOAT16 -> 2;
      case FLOAT16 -> 3;
      case FLOAT32 -> 4;
      case FLOAT64 -> 5;
      case INT8 -> 7;
      case INT16 -> 8;
      case INT32 -> 9;
      case INT64 -> 10;
      case UINT8 -> 16;
      default -> throw new IllegalArgumentException("OpenVINO takes no " + type);
    };
  }
}
