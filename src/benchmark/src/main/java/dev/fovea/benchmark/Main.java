package dev.fovea.benchmark;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** Starts the benchmarks. */
@Command(
    name = "benchmark",
    description = "Measures the optimizer beside its peers.",
    mixinStandardHelpOptions = true,
    subcommands = {
      SideBySideCommand.class,
      OverheadCommand.class,
      CompileCommand.class,
      LayersCommand.class,
      JmhCommand.class,
      QuantizationCommand.class
    })
final class Main {

  private Main() {}

  /**
   * Runs one and ends the process.
   *
   * @param args command line
   */
  public static void main(String[] args) {
    Thread worker = Thread.currentThread();
    CountDownLatch finished = new CountDownLatch(1);
    Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(worker, finished)));
    int code = line().execute(args);
    finished.countDown();
    System.exit(code);
  }

  /** A wrong argument is answered with its message; any other fault with where it happened. */
  static CommandLine line() {
    CommandLine line = new CommandLine(new Main());
    line.setExecutionExceptionHandler(
        (error, command, result) -> {
          if (error instanceof IllegalArgumentException) {
            line.getErr().println("benchmark: " + error.getMessage());
            return CommandLine.ExitCode.USAGE;
          }
          error.printStackTrace(line.getErr());
          return CommandLine.ExitCode.SOFTWARE;
        });
    return line;
  }

  /**
   * Ends the work before the process ends: on an interrupt (Ctrl-C) the libraries tear down what
   * native code on another thread would still be using.
   */
  private static void stop(Thread worker, CountDownLatch finished) {
    worker.interrupt();
    try {
      finished.await(10, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
