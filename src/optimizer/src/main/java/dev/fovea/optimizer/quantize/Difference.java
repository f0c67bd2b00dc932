package dev.fovea.optimizer.quantize;

/**
 * How far the outputs of a quantized graph are from those of the float graph.
 *
 * @param mean mean absolute difference over the mean absolute output
 * @param largest largest difference over the largest absolute output
 */
public record Difference(double mean, double largest) {}
