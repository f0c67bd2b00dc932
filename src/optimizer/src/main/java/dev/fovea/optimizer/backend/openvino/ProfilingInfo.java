package dev.fovea.optimizer.backend.openvino;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import dev.fovea.optimizer.backend.KernelTime;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Reads {@code ov_profiling_info_list_t}: what a request's last run spent its time on. */
final class ProfilingInfo {

  // ov_profiling_info_t: int status, int64 real_time, int64 cpu_time, and three texts.
  private static final long REAL_TIME = 8;
  private static final long NODE_NAME = 24;
  private static final long EXEC_TYPE = 32;
  private static final long NODE_TYPE = 40;
  private static final long BYTES = 48;
  private static final int EXECUTED = 2;

  private ProfilingInfo() {}

  static List<KernelTime> of(OpenVino openVino, Pointer request) {
    try (Memory list = new Memory(2L * Native.POINTER_SIZE)) {
      openVino.check(
          "tell what it spent its time on",
          openVino.c().ov_infer_request_get_profiling_info(request, list));
      try {
        List<KernelTime> times = new ArrayList<>();
        long size = list.getLong(Native.POINTER_SIZE);
        for (long i = 0; i < size; i++) {
          Pointer infos = list.getPointer(0);
          if (infos.getInt(i * BYTES) == EXECUTED) {
            times.add(kernel(infos, i * BYTES));
          }
        }
        return times;
      } finally {
        openVino.c().ov_profiling_info_list_free(list);
      }
    }
  }

  private static KernelTime kernel(Pointer infos, long at) {
    return new KernelTime(
        text(infos, at + NODE_NAME),
        text(infos, at + NODE_TYPE),
        text(infos, at + EXEC_TYPE),
        TimeUnit.MICROSECONDS.toNanos(infos.getLong(at + REAL_TIME)));
  }

  private static String text(Pointer infos, long at) {
    return infos.getPointer(at).getString(0, StandardCharsets.UTF_8.name());
  }
}
