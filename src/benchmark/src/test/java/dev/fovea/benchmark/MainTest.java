package dev.fovea.benchmark;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class MainTest {

  @Test
  void a_wrong_argument_is_answered_in_one_line() {
    StringWriter errors = new StringWriter();
    CommandLine line = Main.line().setErr(new PrintWriter(errors));
    assertThat(line.execute("overhead", "--backends", "cuda")).isEqualTo(2);
    assertThat(errors.toString().lines()).singleElement().asString().contains("cuda");
  }
}
