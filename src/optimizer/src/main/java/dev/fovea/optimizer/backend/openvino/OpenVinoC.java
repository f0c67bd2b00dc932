package dev.fovea.optimizer.backend.openvino;

import com.sun.jna.Library;
import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import com.sun.jna.Structure;
import com.sun.jna.ptr.LongByReference;
import com.sun.jna.ptr.PointerByReference;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The functions that are used of OpenVINO's <a
 * href="https://docs.openvino.ai/2026/api/c_cpp_api/group__ov__c__api.html">C interface</a>, by
 * their own names. A {@code size_t} is a long here. Functions that return an int return a status, 0
 * for success. No variadic function is here: their calling convention differs between machines.
 */
@SuppressWarnings("MemberName")
interface OpenVinoC extends Library {

  int ov_get_openvino_version(Pointer version);

  void ov_version_free(Pointer version);

  /** A text that is never freed. */
  Pointer ov_get_error_info(int status);

  @Nullable Pointer ov_get_last_err_msg();

  void ov_free(Pointer text);

  int ov_core_create(PointerByReference core);

  void ov_core_free(Pointer core);

  int ov_core_get_property(Pointer core, String device, String key, PointerByReference value);

  /** Writes an {@code ov_available_devices_t}: a pointer to texts and a {@code size_t}. */
  int ov_core_get_available_devices(Pointer core, Pointer devices);

  void ov_available_devices_free(Pointer devices);

  /** The bytes are copied. */
  int ov_core_read_model_from_memory_buffer(
      Pointer core,
      ByteBuffer model,
      long length,
      @Nullable Pointer weights,
      PointerByReference result);

  /** External data is looked for beside the model. */
  int ov_core_read_model(
      Pointer core, String model, @Nullable String weights, PointerByReference result);

  /** The indexes are {@code size_t}, the shapes {@code ov_partial_shape_t}, one after the other. */
  int ov_model_reshape_by_port_indexes(Pointer model, Pointer indexes, Pointer shapes, long count);

  /** Properties are pairs of pointers to texts; the count is of pairs. */
  int ov_core_compile_model_props(
      Pointer core,
      Pointer model,
      String device,
      long count,
      Pointer properties,
      PointerByReference compiled);

  void ov_model_free(Pointer model);

  int ov_compiled_model_get_property(Pointer compiled, String key, PointerByReference value);

  int ov_compiled_model_create_infer_request(Pointer compiled, PointerByReference request);

  void ov_compiled_model_free(Pointer compiled);

  /** The memory is not copied and has to outlive every run on it. */
  int ov_tensor_create_from_host_ptr(
      int elementType, Shape shape, Pointer memory, PointerByReference tensor);

  int ov_tensor_get_shape(Pointer tensor, Pointer shape);

  int ov_shape_free(Pointer shape);

  int ov_tensor_get_byte_size(Pointer tensor, LongByReference bytes);

  int ov_tensor_data(Pointer tensor, PointerByReference data);

  void ov_tensor_free(Pointer tensor);

  int ov_infer_request_set_input_tensor_by_index(Pointer request, long index, Pointer tensor);

  /** Makes a new tensor, to be freed, on the request's own memory. */
  int ov_infer_request_get_output_tensor_by_index(
      Pointer request, long index, PointerByReference tensor);

  /** The request writes its result there from now on. */
  int ov_infer_request_set_output_tensor_by_index(Pointer request, long index, Pointer tensor);

  int ov_infer_request_infer(Pointer request);

  /** Writes an {@code ov_profiling_info_list_t}: a pointer and a {@code size_t}. */
  int ov_infer_request_get_profiling_info(Pointer request, Pointer list);

  void ov_profiling_info_list_free(Pointer list);

  void ov_infer_request_free(Pointer request);

  /** {@code ov_shape_t}, which is passed by value. */
  @Structure.FieldOrder({"rank", "dims"})
  final class Shape extends Structure implements Structure.ByValue {

    /** Bytes of the structure. */
    static final int BYTES = 16;

    public long rank;
    public Pointer dims;

    Shape(long... sizes) {
      rank = sizes.length;
      dims = new Memory(Long.BYTES * Math.max(1L, sizes.length)); // there is no empty memory
      dims.write(0, sizes, 0, sizes.length);
    }
  }
}
