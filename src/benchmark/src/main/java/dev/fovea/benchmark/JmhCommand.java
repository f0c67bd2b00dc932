package dev.fovea.benchmark;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.openjdk.jmh.Main;
import picocli.CommandLine.Command;
import picocli.CommandLine.Unmatched;

/** JMH's own command line on the benchmarks of this module. */
@Command(
    name = "jmh",
    description = {
      "Runs the benchmarks of JMH: Overhead, Losses and Preprocessing.",
      "Takes the arguments of JMH, such as -l, -h or Losses -f 1 -wi 2 -i 5."
    })
final class JmhCommand implements Callable<Integer> {

  @Unmatched private List<String> arguments = new ArrayList<>();

  @Override
  public Integer call() throws IOException {
    Main.main(arguments.toArray(String[]::new)); // ends the process itself if one fails
    return 0;
  }
}
