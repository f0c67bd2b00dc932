package dev.fovea.optimizer;

import ai.djl.basicmodelzoo.basic.Mlp;
import ai.djl.basicmodelzoo.cv.classification.AlexNet;
import ai.djl.basicmodelzoo.cv.classification.GoogLeNet;
import ai.djl.basicmodelzoo.cv.classification.LeNet;
import ai.djl.basicmodelzoo.cv.classification.MobileNetV1;
import ai.djl.basicmodelzoo.cv.classification.MobileNetV2;
import ai.djl.basicmodelzoo.cv.classification.NiN;
import ai.djl.basicmodelzoo.cv.classification.ResNetV1;
import ai.djl.basicmodelzoo.cv.classification.SqueezeNet;
import ai.djl.basicmodelzoo.cv.classification.VGG;
import ai.djl.basicmodelzoo.cv.object_detection.ssd.SingleShotDetection;
import ai.djl.basicmodelzoo.cv.object_detection.yolo.YOLOV3;
import ai.djl.basicmodelzoo.nlp.SimpleTextDecoder;
import ai.djl.basicmodelzoo.nlp.SimpleTextEncoder;
import ai.djl.basicmodelzoo.tabular.TabNet;
import ai.djl.modality.nlp.DefaultVocabulary;
import ai.djl.modality.nlp.embedding.TrainableTextEmbedding;
import ai.djl.modality.nlp.embedding.TrainableWordEmbedding;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.nn.recurrent.GRU;
import ai.djl.nn.recurrent.LSTM;
import ai.djl.nn.recurrent.RNN;
import ai.djl.nn.recurrent.RecurrentBlock;
import ai.djl.nn.transformer.BertBlock;
import ai.djl.nn.transformer.IdEmbedding;
import ai.djl.nn.transformer.TransformerEncoderBlock;
import ai.djl.training.initializer.NormalInitializer;
import dev.fovea.optimizer.ir.Type;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * DJL's own networks, which know nothing of this library, and what they are given.
 *
 * @param name the network
 * @param supplier builds it
 * @param takesEveryImage whether one graph has to serve images of every size
 * @param inputs an example of each input
 */
record DjlZoo(String name, Supplier<Block> supplier, boolean takesEveryImage, List<Type> inputs) {

  private static final List<String> WORDS = List.of("a", "model", "sees", "the", "world");

  static Stream<DjlZoo> all() {
    return Stream.of(
        of("mlp", () -> new Mlp(28 * 28, 10, new int[] {128, 64}), false, image(1, 28)),
        of("lenet", () -> LeNet.builder().setOutSize(10).build(), false, image(1, 28)),
        of("alexnet", () -> AlexNet.builder().setOutSize(10).build(), false, image(1, 224)),
        of(
            "vgg11",
            () -> VGG.builder().setNumLayers(11).setOutSize(10).build(),
            false,
            image(3, 32)),
        of("nin", () -> NiN.builder().build(), false, image(1, 224)),
        of("googlenet", () -> GoogLeNet.builder().setOutSize(10).build(), true, image(1, 96)),
        of("squeezenet", () -> SqueezeNet.squeezenet(10), true, image(3, 96)),
        of("mobilenet_v1", () -> MobileNetV1.builder().setOutSize(10).build(), true, image(3, 96)),
        of("mobilenet_v2", () -> MobileNetV2.builder().setOutSize(10).build(), true, image(3, 64)),
        of("resnet_18", () -> resNet(18), true, image(3, 64)),
        of("resnet_50", () -> resNet(50), true, image(3, 64)),
        of("ssd", DjlZoo::ssd, false, image(3, 128)),
        of("yolo_v3", () -> YOLOV3.builder().setNumClasses(4).build(), false, image(3, 64)),
        of(
            "tabnet",
            () -> TabNet.builder().setInputDim(16).setOutDim(3).build(),
            false,
            floats(1, 16)),
        of(
            "rnn_tanh",
            () ->
                RNN.builder()
                    .setStateSize(5)
                    .setNumLayers(2)
                    .setActivation(RNN.Activation.TANH)
                    .build(),
            false,
            floats(1, 7, 4)),
        of(
            "rnn_relu",
            () ->
                RNN.builder()
                    .setStateSize(5)
                    .setNumLayers(1)
                    .setActivation(RNN.Activation.RELU)
                    .build(),
            false,
            floats(1, 7, 4)),
        of(
            "gru_states",
            () -> GRU.builder().setStateSize(5).setNumLayers(2).optReturnState(true).build(),
            false,
            floats(1, 7, 4)),
        of(
            "lstm_states",
            () -> LSTM.builder().setStateSize(5).setNumLayers(2).optReturnState(true).build(),
            false,
            floats(1, 7, 4)),
        of(
            "lstm_classifier",
            () ->
                new SequentialBlock()
                    .add(LSTM.builder().setStateSize(6).setNumLayers(1).build())
                    .addSingleton(x -> x.get(":, -1"))
                    .add(Linear.builder().setUnits(3).build()),
            false,
            floats(1, 7, 4)),
        of(
            "lstm_without_biases",
            () -> LSTM.builder().setStateSize(5).setNumLayers(1).optHasBiases(false).build(),
            false,
            floats(1, 7, 4)),
        of(
            "transformer_encoder",
            () -> new TransformerEncoderBlock(16, 4, 32, 0, ai.djl.nn.Activation::gelu),
            false,
            floats(1, 6, 16)),
        of(
            "id_embedding",
            () -> new IdEmbedding.Builder().setDictionarySize(50).setEmbeddingSize(8).build(),
            false,
            longs(1, 6)),
        of("text_encoder", () -> new SimpleTextEncoder(words(), lstm(true)), false, longs(1, 6)),
        of(
            "text_decoder",
            () -> new SimpleTextDecoder(words(), lstm(false), WORDS.size() + 1L),
            false,
            longs(1, 1)),
        of("bert", () -> bert(), false, longs(2, 8), longs(2, 8), longs(2, 8)));
  }

  private static TrainableTextEmbedding words() {
    return new TrainableTextEmbedding(
        TrainableWordEmbedding.builder()
            .setVocabulary(new DefaultVocabulary(WORDS))
            .setEmbeddingSize(4)
            .build());
  }

  private static RecurrentBlock lstm(boolean states) {
    return LSTM.builder().setStateSize(5).setNumLayers(2).optReturnState(states).build();
  }

  private static DjlZoo of(
      String name, Supplier<Block> supplier, boolean takesEveryImage, Type... inputs) {
    return new DjlZoo(name, supplier, takesEveryImage, List.of(inputs));
  }

  @Override
  public String toString() {
    return name;
  }

  private static Type image(long channels, long size) {
    return floats(1, channels, size, size);
  }

  private static Type floats(long... dims) {
    return Type.of(DataType.FLOAT32, dims);
  }

  private static Type longs(long... dims) {
    return Type.of(DataType.INT64, dims);
  }

  Block block() {
    return supplier.get();
  }

  Shape[] shapes() {
    return inputs.stream().map(type -> new Shape(type.dims())).toArray(Shape[]::new);
  }

  private static Block resNet(int layers) {
    return ResNetV1.builder()
        .setImageShape(new Shape(3, 64, 64))
        .setNumLayers(layers)
        .setOutSize(10)
        .build();
  }

  /** With the weights that Devlin et al. (2018) begin with: DJL's are so large that errors grow. */
  private static Block bert() {
    Block block =
        BertBlock.builder().nano().setTokenDictionarySize(50).optMaxSequenceLength(8).build();
    block.setInitializer(new NormalInitializer(0.02f), Parameter.Type.WEIGHT);
    return block;
  }

  private static Block ssd() {
    List<List<Float>> ratios = new ArrayList<>();
    List<List<Float>> sizes = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      ratios.add(List.of(1f, 2f, 0.5f));
      sizes.add(List.of(0.2f + 0.15f * i, 0.272f + 0.15f * i));
    }
    SequentialBlock base = new SequentialBlock();
    Stream.of(16, 32, 64)
        .forEach(filters -> base.add(SingleShotDetection.getDownSamplingBlock(filters)));
    return SingleShotDetection.builder()
        .setNumClasses(1)
        .setNumFeatures(3)
        .optGlobalPool(true)
        .setRatios(ratios)
        .setSizes(sizes)
        .setBaseNetwork(base)
        .build();
  }
}
