package org.example;

import ai.djl.modality.Classifications;
import ai.djl.modality.cv.Image;
import ai.djl.modality.cv.ImageFactory;
import ai.djl.repository.zoo.Criteria;
import ai.djl.repository.zoo.ZooModel;
import ai.djl.translate.DeferredTranslatorFactory;
import java.nio.file.Path;

/** Somebody else's program: it knows DJL alone. */
public final class PlainDjl {

  private PlainDjl() {}

  /**
   * Classifies an image.
   *
   * @param args the folder of a model, and an image
   */
  public static void main(String[] args) throws Exception {
    try {
      Class.forName("dev.fovea.Fovea");
      throw new IllegalStateException("Fovea is on the class path");
    } catch (ClassNotFoundException e) {
      // as it should be
    }
    Criteria<Image, Classifications> criteria =
        Criteria.builder()
            .setTypes(Image.class, Classifications.class)
            .optModelPath(Path.of(args[0]))
            .optEngine("OnnxRuntime")
            .optTranslatorFactory(new DeferredTranslatorFactory())
            .build();
    try (ZooModel<Image, Classifications> model = criteria.loadModel();
        var predictor = model.newPredictor()) {
      Image image = ImageFactory.getInstance().fromFile(Path.of(args[1]));
      Classifications.Classification best = predictor.predict(image).best();
      System.out.println(best.getClassName() + " " + best.getProbability());
    }
  }
}
