package dev.fovea.optimizer.backend;

/**
 * How long one operation of a compiled model takes; see {@link CompiledBlock#profile}.
 *
 * @param source path of the block that the operation was traced from, such as {@code
 *     stages.0.blocks.1.fc1}; empty for what the run-time added on its own, or made of more than it
 *     tells
 * @param name the run-time's name of the operation
 * @param operation what the run-time calls what it computes: several operations of the graph may
 *     have become one
 * @param kernel the code that computed it, in the run-time's words; it tells the type of numbers
 * @param millis mean time of a run
 * @param share of the sum of all operations' times, 0 to 1
 */
public record LayerTime(
    String source, String name, String operation, String kernel, double millis, double share) {}
