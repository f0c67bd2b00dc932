package dev.fovea.image;

import ai.djl.modality.cv.Image;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.translate.Batchifier;
import ai.djl.translate.Translator;
import ai.djl.translate.TranslatorContext;
import java.util.ArrayDeque;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * What translators of images have in common: the {@link Preprocess} before the model, and for each
 * result the image that it belongs to.
 *
 * <p>Where all images get one size, they form batches; otherwise each is a batch of its own.
 * Immutable; one instance serves any number of predictors.
 *
 * @param <O> what the model's output becomes
 */
public abstract class ImageTranslator<O> implements Translator<Image, O> {
  /** The context's queue of images: results come in the order of the images. */
  private static final String SEEN = ImageTranslator.class.getName();

  private final Preprocess preprocess;

  /**
   * Creates a translator.
   *
   * @param preprocess what happens to images before the model
   */
  protected ImageTranslator(Preprocess preprocess) {
    this.preprocess = preprocess;
  }

  /**
   * An image that went into the model.
   *
   * @param width its columns, before it was resized
   * @param height its rows
   * @param input the pixels that the model saw
   */
  protected record Seen(int width, int height, Pixels input) {}

  /**
   * Makes a result of the model's output.
   *
   * @param output the model's arrays; with a leading 1 where {@link #getBatchifier} is null
   * @param seen the image
   * @return the result, which holds no array
   * @throws IllegalArgumentException if the arrays are not what this translator expects
   */
  protected abstract O result(NDList output, Seen seen);

  /**
   * What happens to images before the model.
   *
   * @return the description
   */
  public final Preprocess preprocess() {
    return preprocess;
  }

  /**
   * How images become batches.
   *
   * @return {@link Batchifier#STACK} if all images get one size, else null: one at a time
   */
  @Override
  public final @Nullable Batchifier getBatchifier() {
    return preprocess.inputShape().isPresent() ? Batchifier.STACK : null;
  }

  /**
   * Makes the model's input.
   *
   * @param context keeps the image until its result comes
   * @param image any image
   * @return one float32 array: (3, H, W), or (1, 3, H, W) where {@link #getBatchifier} is null
   */
  @Override
  public final NDList processInput(TranslatorContext context, Image image) {
    return process(context, Pixels.of(image, context.getNDManager()));
  }

  /**
   * Makes the model's input, as {@link #processInput} does.
   *
   * @param context keeps the image until its result comes
   * @param image any image
   * @return one float32 array
   */
  public final NDList process(TranslatorContext context, Pixels image) {
    Pixels input = preprocess.fit(image);
    seen(context).add(new Seen(image.width(), image.height(), input));
    NDArray array = preprocess.normalize().toArray(input, context.getNDManager());
    return new NDList(getBatchifier() == null ? array.expandDims(0) : array);
  }

  /**
   * Makes a result of the model's output.
   *
   * @param context what {@link #processInput} was given
   * @param output the model's arrays for one image
   * @return the result
   * @throws IllegalStateException if there was no image for this result
   * @throws IllegalArgumentException if the arrays are not what this translator expects
   */
  @Override
  public final O processOutput(TranslatorContext context, NDList output) {
    Seen image = seen(context).poll();
    if (image == null) {
      throw new IllegalStateException("the model gave more results than it got images");
    }
    return result(output, image);
  }

  /**
   * The same translator for images that are still to be decoded, by {@link ImageDecoder#DEFAULT}.
   *
   * @param <I> where images come from
   * @param input {@code Path}, {@code URL}, {@code InputStream}, {@code byte[]}, {@link Pixels} or
   *     {@code String} (an address or a path); streams are not closed
   * @return a translator
   * @throws IllegalArgumentException if the type is none of these
   */
  public final <I> Translator<I, O> from(Class<I> input) {
    return from(input, ImageDecoder.DEFAULT);
  }

  /**
   * The same translator for images that are still to be decoded.
   *
   * @param <I> where images come from
   * @param input as of {@link #from(Class)}
   * @param decoder decodes them, with its limits
   * @return a translator
   * @throws IllegalArgumentException if the type is none of these
   */
  public final <I> Translator<I, O> from(Class<I> input, ImageDecoder decoder) {
    ImageSource<I> source = ImageSource.of(input, decoder);
    ImageTranslator<O> images = this;
    return new Translator<>() {
      @Override
      public @Nullable Batchifier getBatchifier() {
        return images.getBatchifier();
      }

      @Override
      public NDList processInput(TranslatorContext context, I in) throws Exception {
        return images.process(context, source.read(in));
      }

      @Override
      public O processOutput(TranslatorContext context, NDList output) {
        return images.processOutput(context, output);
      }
    };
  }

  @SuppressWarnings("unchecked")
  private static Queue<Seen> seen(TranslatorContext context) {
    Queue<Seen> seen = (Queue<Seen>) context.getAttachment(SEEN);
    if (seen == null) {
      seen = new ArrayDeque<>();
      context.setAttachment(SEEN, seen);
    }
    return seen;
  }
}
