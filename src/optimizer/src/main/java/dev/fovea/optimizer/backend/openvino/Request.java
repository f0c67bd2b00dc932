package dev.fovea.optimizer.backend.openvino;

import ai.djl.ndarray.types.Shape;
import com.sun.jna.Pointer;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A request with the memory that it was given last. Giving it memory takes several calls, so what
 * it has already is not given again: arrays of one size come to lie at the same place very often.
 */
final class Request {

  /** Memory as OpenVINO knows it. */
  private record Place(Pointer address, Shape shape) {}

  private final OpenVino openVino;
  private final Pointer handle;
  private final List<@Nullable Place> inputs;
  private final List<@Nullable Place> outputs;
  private final List<@Nullable ByteBuffer> own; // memory of this request for small outputs

  /** Owns the handle, which {@link #free} frees. */
  Request(OpenVino openVino, Pointer handle, int inputs, int outputs) {
    this.openVino = openVino;
    this.handle = handle;
    this.inputs = new ArrayList<>(Collections.nCopies(inputs, null));
    this.outputs = new ArrayList<>(Collections.nCopies(outputs, null));
    this.own = new ArrayList<>(Collections.nCopies(outputs, null));
  }

  Pointer handle() {
    return handle;
  }

  /**
   * Has the next run read an input there.
   *
   * @param name its name, for messages
   * @param type the number of its element type
   */
  void read(int index, String name, int type, Pointer address, Shape shape) {
    Place place = new Place(address, shape);
    if (!place.equals(inputs.get(index))) {
      inputs.set(index, null); // in case that it fails
      String what = "take input " + name;
      Pointer tensor = tensor(what, type, place);
      try {
        openVino.check(
            what, openVino.c().ov_infer_request_set_input_tensor_by_index(handle, index, tensor));
      } finally {
        openVino.c().ov_tensor_free(tensor); // the request holds what it needs
      }
      inputs.set(index, place);
    }
  }

  /** Has the next run write an output there; the parameters as in {@link #read}. */
  void write(int index, String name, int type, Pointer address, Shape shape) {
    Place place = new Place(address, shape);
    if (!place.equals(outputs.get(index))) {
      outputs.set(index, null);
      String what = "give output " + name;
      Pointer tensor = tensor(what, type, place);
      try {
        openVino.check(
            what, openVino.c().ov_infer_request_set_output_tensor_by_index(handle, index, tensor));
      } finally {
        openVino.c().ov_tensor_free(tensor);
      }
      outputs.set(index, place);
    }
  }

  /** Memory that stays, for an output; it is written again by the next run. */
  ByteBuffer own(int index, int bytes) {
    @Nullable ByteBuffer memory = own.get(index);
    if (memory == null || memory.capacity() < bytes) {
      memory = ByteBuffer.allocateDirect(bytes);
      own.set(index, memory);
    }
    return memory.duplicate().limit(bytes);
  }

  private Pointer tensor(String what, int type, Place place) {
    OpenVinoC.Shape shape = new OpenVinoC.Shape(place.shape().getShape());
    return openVino.create(
        what, r -> openVino.c().ov_tensor_create_from_host_ptr(type, shape, place.address(), r));
  }

  void infer() {
    openVino.check("run this graph", openVino.c().ov_infer_request_infer(handle));
  }

  void free() {
    openVino.c().ov_infer_request_free(handle);
  }
}
