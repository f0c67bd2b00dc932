package dev.fovea.cli;

import ai.djl.translate.TranslateException;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.FileSystemException;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * The {@code fovea} command. Exit codes: 0 success, 1 the command failed, 2 wrong arguments. An
 * error is one line; {@code FOVEA_DEBUG=1} adds the stack trace.
 */
@Command(
    name = "fovea",
    description = "Modern vision models on the JVM: train, check, optimize.",
    mixinStandardHelpOptions = true,
    version = "fovea 0.1.0-SNAPSHOT",
    subcommands = {
      QuickstartCommand.class,
      ImbalanceCommand.class,
      PredictCommand.class,
      EmbedCommand.class,
      ModelsCommand.class,
      InfoCommand.class,
      GoldenCommand.class,
      ExportCommand.class,
      OptimizeCommand.class,
      BenchmarkCommand.class,
      DoctorCommand.class
    })
final class Main implements Runnable {

  @Spec private CommandSpec spec;

  @SuppressWarnings("NullAway.Init") // picocli fills the spec
  private Main() {}

  /**
   * Runs the command and ends the process with its exit code.
   *
   * @param args command line
   */
  public static void main(String[] args) {
    Thread worker = Thread.currentThread();
    CountDownLatch finished = new CountDownLatch(1);
    Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(worker, finished)));
    System.setOut(new PrintStream(new StandardOutput(new FileOutputStream(FileDescriptor.out))));
    int code = commandLine().execute(args);
    finished.countDown();
    System.exit(code);
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

  static CommandLine commandLine() {
    CommandLine line = new CommandLine(new Main());
    line.setExecutionStrategy(
        result -> {
          try {
            return new CommandLine.RunLast().execute(result);
          } catch (UncheckedIOException e) { // of help, which no command prints
            return failed(e, line.getErr());
          }
        });
    line.setExecutionExceptionHandler((error, command, result) -> failed(error, line.getErr()));
    line.setParameterExceptionHandler(
        (error, args) -> {
          CommandLine command = error.getCommandLine();
          command.getErr().println("fovea: " + error.getMessage());
          boolean aboutContent = error.getCause() instanceof IOException; // help would not help
          if (!aboutContent
              && !CommandLine.UnmatchedArgumentException.printSuggestions(
                  error, command.getErr())) {
            command
                .getErr()
                .println("Try '" + command.getCommandSpec().qualifiedName() + " --help'.");
          }
          return CommandLine.ExitCode.USAGE;
        });
    return line;
  }

  /** Says what went wrong, but to nobody who reads no further, as {@code head}. */
  private static int failed(Exception failure, PrintWriter err) {
    boolean wrapped = failure instanceof TranslateException;
    Exception error = wrapped && failure.getCause() instanceof Exception e ? e : failure;
    if (!(error instanceof UncheckedIOException) || !oneLine(error).endsWith("Broken pipe")) {
      err.println("fovea: " + oneLine(error));
    }
    if (System.getenv("FOVEA_DEBUG") != null) {
      error.printStackTrace(err);
    }
    return error instanceof IllegalArgumentException
        ? CommandLine.ExitCode.USAGE
        : CommandLine.ExitCode.SOFTWARE;
  }

  /** What went wrong, on one line; a file system's exception may hold but the file's name. */
  static String oneLine(Exception error) {
    String message = error.getMessage();
    if (message == null || message.isBlank()) {
      return error.toString();
    }
    if (error instanceof FileSystemException file && file.getReason() == null) {
      String kind = file.getClass().getSimpleName().replace("Exception", "");
      return message + ": " + kind.replaceAll("(?<=[a-z])(?=[A-Z])", " ").toLowerCase(Locale.ROOT);
    }
    return message.strip().replaceAll("\\s*\\R\\s*", "; ");
  }

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(),
        "a command is missing: " + String.join(", ", spec.subcommands().keySet()));
  }
}
