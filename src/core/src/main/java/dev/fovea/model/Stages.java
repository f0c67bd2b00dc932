package dev.fovea.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import java.util.List;

/** What four-stage networks have in common: the checks of their numbers and of their images. */
final class Stages {

  private Stages() {}

  /** Returns a copy of a list of four positive numbers, or says what was given instead. */
  static List<Integer> check(String name, List<Integer> numbers) {
    if (numbers.size() != 4 || numbers.stream().anyMatch(n -> n < 1)) {
      throw new IllegalArgumentException(
          name + ": one positive number for each of 4 stages, got " + numbers);
    }
    return List.copyOf(numbers);
  }

  /** Refuses a negative number of classes. */
  static void checkClasses(int classes) {
    if (classes < 0) {
      throw new IllegalArgumentException("classes: 0 or more, got " + classes);
    }
  }

  /** Refuses images without channels. */
  static void checkChannels(int channels) {
    if (channels < 1) {
      throw new IllegalArgumentException("inputChannels: 1 or more, got " + channels);
    }
  }

  /** Refuses images (B, C, H, W) that are lower or narrower than the network can halve so often. */
  static void checkSides(NDArray image, int smallest) {
    Shape shape = image.getShape();
    if (shape.dimension() == 4 && (shape.get(2) < smallest || shape.get(3) < smallest)) {
      throw new IllegalArgumentException(
          "images of shape "
              + shape
              + ": this network takes a height and a width of "
              + smallest
              + " pixels or more; enlarge the images");
    }
  }
}
