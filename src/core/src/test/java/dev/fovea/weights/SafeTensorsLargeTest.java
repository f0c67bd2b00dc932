package dev.fovea.weights;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.io.IOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SafeTensorsLargeTest {
  @TempDir Path folder;
  private final NDManager manager = NDManager.newBaseManager();

  @AfterEach
  void close() {
    manager.close();
  }

  /** 16 Mi elements each; what Java allocates must not depend on that. */
  @Test
  void reading_takes_the_tensors_memory_and_a_small_buffer() throws IOException {
    Path path = folder.resolve("flat.safetensors");
    String header =
        "{\"f\":"
            + SafeTensorsFile.tensor("F32", "[16777216]", "[0,67108864]")
            + ",\"b\":"
            + SafeTensorsFile.tensor("BF16", "[16777216]", "[67108864,100663296]")
            + "}";
    byte[] head = SafeTensorsFile.bytes(header, 0);
    try (FileChannel file = sparse(path)) {
      file.write(ByteBuffer.wrap(head));
      file.write(ByteBuffer.allocate(1), head.length + 100_663_295L);
    }
    var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    try (SafeTensors file = SafeTensors.open(path)) {
      for (String name : List.of("f", "b")) {
        long direct = directMemory();
        long heap = threads.getCurrentThreadAllocatedBytes();
        NDArray array = file.read(manager, name);
        assertThat(threads.getCurrentThreadAllocatedBytes() - heap).isLessThan(1 << 20);
        assertThat(directMemory() - direct).isLessThan(1 << 20);
        assertThat(array.size()).isEqualTo(16_777_216);
      }
    }
  }

  private static long directMemory() {
    return ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
        .filter(pool -> pool.getName().equals("direct"))
        .mapToLong(BufferPoolMXBean::getMemoryUsed)
        .sum();
  }

  /** Takes no space for what is never written, where the file system knows holes. */
  private static FileChannel sparse(Path path) throws IOException {
    return FileChannel.open(
        path, StandardOpenOption.CREATE_NEW, StandardOpenOption.SPARSE, StandardOpenOption.WRITE);
  }

  @Test
  void reads_a_file_of_more_than_2_gib() throws IOException {
    Path path = folder.resolve("large.safetensors");
    long gib = 1L << 30;
    StringBuilder header = new StringBuilder("{");
    for (int i = 0; i < 3; i++) {
      String offsets = "[" + i * gib + "," + (i + 1) * gib + "]";
      header.append(
          "\"t" + i + "\":" + SafeTensorsFile.tensor("F32", "[16,16777216]", offsets) + ",");
    }
    String last = "[" + 3 * gib + "," + (3 * gib + 4) + "]";
    header.append("\"last\":" + SafeTensorsFile.tensor("F32", "[1]", last) + "}");
    byte[] head = SafeTensorsFile.bytes(header.toString(), 0);
    try (FileChannel file = sparse(path)) {
      file.write(ByteBuffer.wrap(head));
      ByteBuffer value = ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putFloat(0, 2.5f);
      file.write(value, head.length + 3 * gib);
    }
    try (SafeTensors file = SafeTensors.open(path)) {
      assertThat(file.read(manager, "last").toFloatArray()).containsExactly(2.5f);
    }
  }
}
