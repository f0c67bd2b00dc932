package dev.fovea.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.EOFException;
import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ParallelLoopTest {

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 1000})
  void each_number_is_done_once_also_within_another_loop(int count) throws IOException {
    AtomicIntegerArray done = new AtomicIntegerArray(3 * count);
    ParallelLoop.run(
        3, outer -> ParallelLoop.run(count, i -> done.incrementAndGet(outer * count + i)));
    for (int i = 0; i < 3 * count; i++) {
      assertThat(done.get(i)).isEqualTo(1);
    }
  }

  /** What a thread still writes to must not be freed by the one that found the fault. */
  @Test
  void a_fault_is_thrown_when_no_thread_works_any_more() {
    CountDownLatch begun = new CountDownLatch(1);
    AtomicBoolean ended = new AtomicBoolean();
    AtomicInteger runs = new AtomicInteger();
    ParallelLoop.Body body =
        i -> {
          runs.incrementAndGet();
          if (i == 1) {
            begun.countDown();
            await(new CountDownLatch(1));
            ended.set(true);
          } else {
            await(begun);
            throw new EOFException("at " + i);
          }
        };
    assertThatThrownBy(() -> ParallelLoop.run(100, body))
        .isInstanceOf(EOFException.class)
        .hasMessageStartingWith("at ");
    assertThat(ended.get()).isEqualTo(begun.getCount() == 0);
    assertThat(runs.get()).isLessThan(100);
  }

  /** For a second: on one processor there is no other thread to wait for. */
  private static boolean await(CountDownLatch latch) {
    try {
      return latch.await(1, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
