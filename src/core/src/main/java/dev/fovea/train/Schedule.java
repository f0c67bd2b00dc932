package dev.fovea.train;

/** The learning rate of every step. */
@FunctionalInterface
public interface Schedule {

  /**
   * Returns the learning rate of a step.
   *
   * @param step the number of updates done before, from 0
   * @return the learning rate, 0 or more
   */
  double learningRate(long step);

  /**
   * One rate for all steps.
   *
   * @param rate the learning rate
   * @return the schedule
   */
  static Schedule constant(double rate) {
    return step -> rate;
  }

  /**
   * Polynomial decay to 0, as SegFormer is trained with power 1: base (1 - step / steps)^power.
   *
   * @param base the rate at step 0
   * @param power how sharply it falls
   * @param steps the step from which on it is 0
   * @return the schedule
   */
  static Schedule polynomial(double base, double power, long steps) {
    requirePositive("steps", steps);
    return step -> base * Math.pow(1 - Math.min(step, steps) / (double) steps, power);
  }

  /**
   * Warm-up, then half a cosine: peak step / warmup before step {@code warmup}, and from there
   * floor + (peak - floor) (1 + cos(pi (step - warmup) / (steps - warmup))) / 2.
   *
   * <p>He et al., Masked Autoencoders, arXiv:2111.06377, appendix A; per step rather than per
   * epoch, as in its code. Loshchilov and Hutter, SGDR, arXiv:1608.03983, eq. 5.
   *
   * @param peak the highest rate
   * @param floor the rate at the end
   * @param warmup how many steps the rate rises, 0 for none
   * @param steps the step from which on the rate stays at the floor; above {@code warmup}
   * @return the schedule
   */
  static Schedule cosine(double peak, double floor, long warmup, long steps) {
    requirePositive("steps - warmup", steps - warmup);
    return step -> {
      if (step < warmup) {
        return peak * step / warmup;
      }
      double progress = (Math.min(step, steps) - warmup) / (double) (steps - warmup);
      return floor + (peak - floor) * 0.5 * (1 + Math.cos(Math.PI * progress));
    };
  }

  /**
   * This schedule, with its first steps held down: multiplied by a factor that rises in a line from
   * {@code ratio} at step 0 to 1 at step {@code warmup}. The linear warm-up of MMCV, with which
   * SegFormer is trained (1500 steps from 1e-6).
   *
   * @param warmup how many steps are held down
   * @param ratio the factor at step 0
   * @return the schedule with the warm-up
   */
  default Schedule withWarmup(long warmup, double ratio) {
    requirePositive("warmup", warmup);
    return step -> {
      double rate = learningRate(step);
      return step < warmup ? rate * (1 - (1 - step / (double) warmup) * (1 - ratio)) : rate;
    };
  }

  private static void requirePositive(String name, long value) {
    if (value <= 0) {
      throw new IllegalArgumentException(name + " must be above 0, but is " + value);
    }
  }
}
