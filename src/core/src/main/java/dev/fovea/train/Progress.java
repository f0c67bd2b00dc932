package dev.fovea.train;

import java.util.OptionalDouble;

/**
 * Where a training stands after a step.
 *
 * @param step the number of updates done, from 1
 * @param steps the number of updates of the whole run
 * @param loss the loss of this step's batch, before the update
 * @param learningRate the learning rate of this step
 * @param gradientNorm the norm of all gradients before clipping; empty if there is no clipping
 * @param imagesPerSecond the speed since the start, waiting for data included
 * @param secondsLeft the time that the rest takes at that speed, in seconds
 * @param metric the last value of the metric; empty if there is none yet
 */
public record Progress(
    long step,
    long steps,
    double loss,
    double learningRate,
    OptionalDouble gradientNorm,
    double imagesPerSecond,
    double secondsLeft,
    OptionalDouble metric) {}
