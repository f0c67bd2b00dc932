package dev.fovea.data;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.training.dataset.RandomAccessDataset;
import ai.djl.training.dataset.Record;
import ai.djl.util.Progress;
import dev.fovea.image.Normalize;
import dev.fovea.image.Pixels;
import dev.fovea.image.Resample;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;

/**
 * A classification data set that needs no download: 1,797 handwritten digits of 8 x 8 pixels, ten
 * classes, about as many images of each; 1,437 for training and 360, of other writers, for testing.
 *
 * <p>E. Alpaydin and C. Kaynak, Optical Recognition of Handwritten Digits, UCI Machine Learning
 * Repository, 1998, <a href="https://doi.org/10.24432/C50P49">doi:10.24432/C50P49</a>, CC BY 4.0.
 *
 * <p>As a DJL data set, a record is the image, enlarged, float32 (3, H, W), and its digit, an int64
 * scalar.
 *
 * <pre>{@code
 * Digits train = Digits.builder().setSampling(64, true).build();
 * Digits skewed = Digits.builder().setSampling(64, true).optRare(50, 0, 3, 5, 8).build();
 * }</pre>
 */
public final class Digits extends RandomAccessDataset {
  /** How many classes there are: 10. Class 0 is the digit 0, and so on. */
  public static final int NUM_CLASSES = 10;

  private static final int SIDE = 8; // pixels
  private static final int INK = 16; // the largest value of a pixel
  private static final int TRAIN = 1_437; // images; the usual split, in the order of the file

  private final int size;
  private final Normalize normalize;
  private final List<Sample> samples;

  private Digits(Builder builder) throws IOException {
    super(builder);
    size = builder.size;
    normalize = builder.normalize;
    List<Sample> all = read();
    samples =
        rare(
            builder.usage == Usage.TRAIN ? all.subList(0, TRAIN) : all.subList(TRAIN, all.size()),
            builder);
  }

  /**
   * Starts a data set.
   *
   * @return a builder; unless told otherwise: all images for training, enlarged to 32 x 32 pixels,
   *     with values from -1 (paper) to 1 (ink)
   */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * One image as it was published, white ink on black.
   *
   * @param index 0 to the data set's size, exclusive
   * @return 8 x 8 pixels and the digit
   * @throws IndexOutOfBoundsException if there is no such sample
   */
  public Sample sample(long index) {
    if (index < 0 || index >= samples.size()) {
      throw new IndexOutOfBoundsException("sample " + index + " of " + samples.size());
    }
    return samples.get((int) index);
  }

  /**
   * Counts the images of each digit, which losses for rare classes ask for.
   *
   * @return ten counts, that of digit 0 first
   */
  public long[] counts() {
    long[] counts = new long[NUM_CLASSES];
    samples.forEach(sample -> counts[sample.digit()]++);
    return counts;
  }

  /**
   * One sample, as arrays.
   *
   * @param manager the manager that the arrays are attached to
   * @param index 0 to the data set's size, exclusive
   * @return data: the image, float32 (3, H, W); label: the digit, an int64 scalar
   */
  @Override
  public Record get(NDManager manager, long index) {
    Sample sample = sample(index);
    Pixels image = Resample.BILINEAR.resize(sample.image(), size, size);
    NDArray label = manager.create((long) sample.digit());
    return new Record(new NDList(normalize.toArray(image, manager)), new NDList(label));
  }

  /** Does nothing: a data set is ready as soon as it is built. */
  @Override
  public void prepare(@Nullable Progress progress) {}

  @Override
  protected long availableSize() {
    return samples.size();
  }

  private static List<Sample> rare(List<Sample> all, Builder builder) {
    int[] seen = new int[NUM_CLASSES];
    List<Sample> kept = new ArrayList<>();
    for (Sample sample : all) {
      int number = seen[sample.digit()]++;
      boolean rare = Arrays.stream(builder.rare).anyMatch(digit -> digit == sample.digit());
      if (!rare || number % builder.oneIn == builder.first) {
        kept.add(sample);
      }
    }
    return List.copyOf(kept);
  }

  private static List<Sample> read() throws IOException {
    String resource = "digits/digits.csv.gz";
    List<Sample> samples = new ArrayList<>();
    try (InputStream in = Digits.class.getResourceAsStream(resource)) {
      if (in == null) {
        throw new IOException(resource + " is missing from the jar of dev.fovea.data");
      }
      BufferedReader lines =
          new BufferedReader(
              new InputStreamReader(new GZIPInputStream(in), StandardCharsets.US_ASCII));
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        samples.add(sample(line));
      }
    }
    return samples;
  }

  private static Sample sample(String line) {
    int[] values = Arrays.stream(line.split(",")).mapToInt(Integer::parseInt).toArray();
    byte[] rgb = new byte[3 * SIDE * SIDE];
    for (int i = 0; i < rgb.length; i++) {
      rgb[i] = (byte) Math.round(values[i / 3] * 255f / INK);
    }
    return new Sample(new Pixels(SIDE, SIDE, rgb), values[SIDE * SIDE]);
  }

  /**
   * An image and what it shows.
   *
   * @param image 8 x 8 pixels, white ink on black; do not write to it
   * @param digit 0 to 9
   */
  public record Sample(Pixels image, int digit) {}

  /** Collects what a {@link Digits} needs. */
  public static final class Builder extends BaseBuilder<Builder> {
    private Usage usage = Usage.TRAIN;
    private int size = 32;
    private Normalize normalize = Normalize.SYMMETRIC;
    private int oneIn = 1;
    private int first;
    private int[] rare = {};

    private Builder() {}

    /**
     * Chooses the images; the 1,437 for training if not called.
     *
     * @param usage what the images are for; {@code TEST} and {@code VALIDATION} are the same 360
     * @return this builder
     */
    public Builder optUsage(Usage usage) {
      this.usage = usage;
      return this;
    }

    /**
     * Sets the size that images are enlarged to; 32 if not called.
     *
     * @param size width and height in pixels, 8 to 4,096
     * @return this builder
     */
    public Builder optSize(int size) {
      if (size < SIDE || size > 4096) {
        throw new IllegalArgumentException("size must be 8 to 4096, not " + size);
      }
      this.size = size;
      return this;
    }

    /**
     * Chooses how pixels become floats; {@link Normalize#SYMMETRIC} if not called.
     *
     * @param normalize mean and deviation
     * @return this builder
     */
    public Builder optNormalize(Normalize normalize) {
      this.normalize = normalize;
      return this;
    }

    /**
     * Makes some digits rare, to study imbalance: of the images of each, in the order of the file,
     * every {@code oneIn}-th is kept. The other digits keep all theirs.
     *
     * @param oneIn 1 in how many images is kept, at least 1 (all)
     * @param first which is the first one kept, 0 to {@code oneIn}, exclusive; another number keeps
     *     other images
     * @param digits the digits that become rare, 0 to 9
     * @return this builder
     */
    public Builder optRare(int oneIn, int first, int... digits) {
      if (oneIn < 1 || first < 0 || first >= oneIn) {
        throw new IllegalArgumentException(
            "oneIn must be at least 1 and first from 0 to less than that, not %d and %d"
                .formatted(oneIn, first));
      }
      for (int digit : digits) {
        if (digit < 0 || digit >= NUM_CLASSES) {
          throw new IllegalArgumentException("digits must be 0 to 9, not " + digit);
        }
      }
      this.oneIn = oneIn;
      this.first = first;
      this.rare = digits.clone();
      return this;
    }

    @Override
    protected Builder self() {
      return this;
    }

    /**
     * Makes the data set and reads the images.
     *
     * @return a data set, safe for use by several threads
     * @throws IOException if the images cannot be read from the jar
     */
    public Digits build() throws IOException {
      return new Digits(this);
    }
  }
}
