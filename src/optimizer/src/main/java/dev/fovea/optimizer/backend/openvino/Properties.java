package dev.fovea.optimizer.backend.openvino;

import com.sun.jna.Memory;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** An array of {@code ov_property_t}: pairs of pointers to texts. */
final class Properties implements AutoCloseable {

  private final List<Memory> texts = new ArrayList<>();
  private final Memory pairs;
  private final int count;

  Properties(Map<String, String> properties) {
    count = properties.size();
    properties.forEach(
        (key, value) -> {
          texts.add(text(key));
          texts.add(text(value));
        });
    pairs = new Memory((long) texts.size() * Long.BYTES);
    for (int i = 0; i < texts.size(); i++) {
      pairs.setPointer((long) i * Long.BYTES, texts.get(i));
    }
  }

  private static Memory text(String value) {
    byte[] bytes = (value + '\0').getBytes(StandardCharsets.UTF_8);
    Memory memory = new Memory(bytes.length);
    memory.write(0, bytes, 0, bytes.length);
    return memory;
  }

  int count() {
    return count;
  }

  Memory pairs() {
    return pairs;
  }

  @Override
  public void close() {
    texts.forEach(Memory::close);
    pairs.close();
  }
}
