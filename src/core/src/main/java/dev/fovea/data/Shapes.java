package dev.fovea.data;

import ai.djl.modality.cv.output.CategoryMask;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.dataset.RandomAccessDataset;
import ai.djl.training.dataset.Record;
import ai.djl.util.Progress;
import dev.fovea.image.ImageDecoder;
import dev.fovea.image.Normalize;
import dev.fovea.image.Pixels;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * A semantic segmentation data set that needs no download: circles, squares, triangles, stars and
 * rings, turned, scaled, hiding each other and cut off by the border, on pieces of photographs.
 *
 * <p>There are as many samples as one asks for. Sample {@code i} is a function of (seed, usage,
 * variant, size, i) alone: in whatever order and from however many threads samples are taken, they
 * are the same, and the first samples of a longer data set are those of a shorter one. (The
 * photographs are JPEG files: under another JDK, whose decoder may round differently, a background
 * pixel can differ by a grey level; masks cannot.)
 *
 * <p>Training and held-out samples lie on different photographs, so that a network which learned
 * backgrounds by heart is found out.
 *
 * <p>As a DJL data set, a record is the image, float32 (3, H, W), and its mask, int64 (H, W), with
 * the numbers of {@link #CLASSES}.
 *
 * <pre>{@code
 * Shapes train = Shapes.builder().setSampling(16, true).optCount(17_600).build();
 * Shapes test = Shapes.builder().setSampling(16, false).optUsage(Usage.TEST).optCount(200).build();
 * }</pre>
 */
public final class Shapes extends RandomAccessDataset {
  /** The names of the classes, by their number in a mask. */
  public static final List<String> CLASSES =
      List.of("background", "circle", "square", "triangle", "star", "ring");

  /** How many classes there are, the background included: 6. */
  public static final int NUM_CLASSES = 6;

  private final long seed;
  private final Usage usage;
  private final Variant variant;
  private final int size;
  private final long count;
  private final Normalize normalize;
  private final List<Pixels> photographs;

  private Shapes(Builder builder) throws IOException {
    super(builder);
    seed = builder.seed;
    usage = builder.usage;
    variant = builder.variant;
    size = builder.size;
    count = builder.count;
    normalize = builder.normalize;
    photographs = new ArrayList<>();
    for (String name : photographs(usage)) {
      photographs.add(photograph(name));
    }
  }

  /**
   * Starts a data set.
   *
   * @return a builder; unless told otherwise: 1,000 plain samples of 96 x 96 pixels for training,
   *     seed 0, normalized as ImageNet's
   */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * One sample, as pixels.
   *
   * @param index 0 to the data set's size, exclusive
   * @return the image and its mask, not shared with anyone
   * @throws IndexOutOfBoundsException if there is no such sample
   */
  public Sample sample(long index) {
    if (index < 0 || index >= count) {
      throw new IndexOutOfBoundsException("sample " + index + " of " + count);
    }
    long state = mix(seed);
    state = mix(state + usage.name().hashCode());
    state = mix(state + variant.name().hashCode());
    state = mix(state + size);
    state = mix(state + index);
    Pixels image = new Pixels(size, size);
    int[][] mask = new int[size][size];
    Scene scene = new Scene(image, mask, new Random(state));
    scene.backdrop(photographs);
    scene.shapes(variant);
    return new Sample(image, new CategoryMask(CLASSES, mask));
  }

  /**
   * One sample, as arrays.
   *
   * @param manager the manager that the arrays are attached to
   * @param index 0 to the data set's size, exclusive
   * @return data: the image, float32 (3, H, W); label: the mask, int64 (H, W)
   */
  @Override
  public Record get(NDManager manager, long index) {
    Sample sample = sample(index);
    long[] classes = new long[size * size];
    for (int i = 0; i < classes.length; i++) {
      classes[i] = sample.mask().getMask()[i / size][i % size];
    }
    NDArray image = normalize.toArray(sample.image(), manager);
    NDArray label = manager.create(classes, new Shape(size, size));
    return new Record(new NDList(image), new NDList(label));
  }

  /** Does nothing: a data set is ready as soon as it is built. */
  @Override
  public void prepare(@Nullable Progress progress) {}

  @Override
  protected long availableSize() {
    return count;
  }

  /** The finalizer of SplitMix64 (Steele et al., OOPSLA 2014) after one step of its counter. */
  private static long mix(long state) {
    long z = state + 0x9E3779B97F4A7C15L;
    z = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
    z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
    return z ^ z >>> 31;
  }

  static List<String> photographs(Usage usage) {
    return usage == Usage.TRAIN
        ? List.of("astronaut", "coffee", "rocket")
        : List.of("chelsea", "hubble_deep_field");
  }

  private static Pixels photograph(String name) throws IOException {
    String resource = "photos/" + name + ".jpg";
    try (InputStream in = Shapes.class.getResourceAsStream(resource)) {
      if (in == null) {
        throw new IOException(resource + " is missing from the jar of dev.fovea.data");
      }
      return ImageDecoder.DEFAULT.decode(in, resource);
    }
  }

  /** How much the colours give away. */
  public enum Variant {
    /**
     * Each class has a colour family and a pattern of its own: a small network learns it in
     * minutes.
     */
    PLAIN,
    /** Colours and patterns are random: the outline alone tells the class. */
    HARD
  }

  /**
   * An image and the class of each of its pixels.
   *
   * @param image the image
   * @param mask {@code getMask()[row][column]} is a number of {@link #CLASSES}
   */
  public record Sample(Pixels image, CategoryMask mask) {}

  /** Collects what a {@link Shapes} needs. */
  public static final class Builder extends BaseBuilder<Builder> {
    private long seed;
    private Usage usage = Usage.TRAIN;
    private Variant variant = Variant.PLAIN;
    private int size = 96;
    private long count = 1_000;
    private Normalize normalize = Normalize.IMAGENET;

    private Builder() {}

    /**
     * Sets the seed; 0 if not called.
     *
     * @param seed any number; another one gives other samples
     * @return this builder
     */
    public Builder optSeed(long seed) {
      this.seed = seed;
      return this;
    }

    /**
     * Chooses the photographs and with them the samples; those for training if not called.
     *
     * @param usage what the samples are for; {@code TEST} and {@code VALIDATION} have other
     *     samples, on the same held-out photographs
     * @return this builder
     */
    public Builder optUsage(Usage usage) {
      this.usage = usage;
      return this;
    }

    /**
     * Chooses how hard it is; {@link Variant#PLAIN} if not called.
     *
     * @param variant how much the colours give away
     * @return this builder
     */
    public Builder optVariant(Variant variant) {
      this.variant = variant;
      return this;
    }

    /**
     * Sets the size of the images; 96 if not called.
     *
     * @param size width and height in pixels, 16 to 4,096
     * @return this builder
     */
    public Builder optSize(int size) {
      if (size < 16 || size > 4096) {
        throw new IllegalArgumentException("size must be 16 to 4096, not " + size);
      }
      this.size = size;
      return this;
    }

    /**
     * Sets the number of samples; 1,000 if not called.
     *
     * @param count at least 1
     * @return this builder
     */
    public Builder optCount(long count) {
      if (count < 1) {
        throw new IllegalArgumentException("count must be at least 1, not " + count);
      }
      this.count = count;
      return this;
    }

    /**
     * Chooses how pixels become floats; {@link Normalize#IMAGENET} if not called.
     *
     * @param normalize mean and deviation; {@link Normalize#UNIT} gives values in 0 to 1
     * @return this builder
     */
    public Builder optNormalize(Normalize normalize) {
      this.normalize = normalize;
      return this;
    }

    @Override
    protected Builder self() {
      return this;
    }

    /**
     * Makes the data set and reads its photographs.
     *
     * @return a data set, safe for use by several threads
     * @throws IOException if a photograph cannot be read from the jar
     */
    public Shapes build() throws IOException {
      return new Shapes(this);
    }
  }
}
