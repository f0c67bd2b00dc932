package dev.fovea.optimizer.backend;

/**
 * One operation in one run, as the run-time tells it.
 *
 * @param name the run-time's name of it: that of the node in the ONNX graph, or made from it
 * @param operation what it computes
 * @param kernel the code that computed it
 * @param nanos how long it took
 */
public record KernelTime(String name, String operation, String kernel, long nanos) {}
