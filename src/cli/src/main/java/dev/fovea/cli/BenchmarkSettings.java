package dev.fovea.cli;

import ai.djl.ndarray.types.Shape;
import dev.fovea.optimizer.backend.Backend;
import java.util.List;
import java.util.Optional;

/**
 * What {@code fovea benchmark} is asked to do.
 *
 * @param modes ways to run each model; the first is the model as it is
 * @param options for the back ends
 * @param runs timed runs of each mode, unless there is a time
 * @param seconds how long each mode is timed; 0: as many runs as said
 * @param async whether several predictions are computed at a time
 * @param requests how many; 0: as many as keep the back end busy
 * @param batch images in one run
 * @param input what a model is given, without the batch; empty: one image of its size
 * @param memory whether to measure memory, in processes of their own
 * @param layers whether to measure layers
 */
record BenchmarkSettings(
    List<BenchmarkMode> modes,
    Backend.Options options,
    int runs,
    int seconds,
    boolean async,
    int requests,
    int batch,
    Optional<Shape> input,
    boolean memory,
    boolean layers) {}
