package org.shallownet.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shallownet.backend.Backend;
import org.shallownet.backend.Backends;
import org.shallownet.data.DataException;
import org.shallownet.data.Dataset;
import org.shallownet.data.Target;
import org.shallownet.data.Task;
import org.shallownet.data.features.FloatTable;
import org.shallownet.data.preprocessing.Preprocessing;
import org.shallownet.network.Activation;
import org.shallownet.network.NetworkSpec;
import org.shallownet.network.Output;
import org.shallownet.network.Weights;

/** Models of several networks, whose logits are added up. */
class EnsembleModelTest {
  private static final int ROWS = 300;
  private static final int COLUMNS = 4;

  @TempDir private Path folder;

  private static Dataset data(Target target) {
    float[][] features = Samples.features(ROWS, COLUMNS, 3);
    return new Dataset(List.of("a", "b", "c", "d"), FloatTable.of(features), "y", target);
  }

  private static Target target(Output output, int outputs) {
    Random random = new Random(9);
    if (output == Output.IDENTITY_SQUARED_ERROR) {
      return new Target.Numbers(random.doubles(ROWS, 100, 200).toArray());
    }
    int classes = Math.max(2, outputs);
    return new Target.Classes(
        IntStream.range(0, classes).mapToObj(k -> "class " + k).toList(),
        IntStream.range(0, ROWS).map(r -> r % classes).toArray());
  }

  private static Weights network(NetworkSpec spec) {
    Random random = new Random(spec.sizes().hashCode() + spec.hidden().hashCode());
    float[] values = new float[spec.parameterCount()];
    for (int i = 0; i < values.length; i++) {
      values[i] = 0.4f * (float) random.nextGaussian();
    }
    return Weights.of(spec, values);
  }

  private static Model ensemble(Output output, int outputs) {
    Dataset data = data(target(output, outputs));
    Preprocessing inputs = Preprocessing.fit(data, true, warning -> {}).withPieces(data);
    List<Weights> parts = new ArrayList<>();
    NetworkSpec plain = NetworkSpec.of(COLUMNS, output, outputs);
    NetworkSpec all = NetworkSpec.of(inputs.inputs(), output, outputs);
    for (Activation activation : List.of(Activation.TANH, Activation.RELU)) {
      parts.add(network(plain.withHidden(7, activation)));
      parts.add(network(all.withHidden(7, activation)));
    }
    parts.add(network(plain));
    parts.add(network(plain.withHidden(6, Activation.TANH).withHidden(3, Activation.RELU)));
    boolean numbers = output == Output.IDENTITY_SQUARED_ERROR;
    return new Model(
        parts,
        data.task(),
        inputs,
        List.of("y"),
        numbers ? List.of() : ((Target.Classes) data.target()).names(),
        numbers ? new TargetScale(150, 25) : null,
        Map.of(),
        Map.of("seed", "7"));
  }

  private static Model reread(Model model, Path file) throws IOException {
    model.save(file);
    Model read = Model.load(file);
    assertThat(read).isEqualTo(model);
    return read;
  }

  /** The sum of the networks' logits, in double from the model's inputs. */
  private static double[] logits(Model model, float[] row) {
    float[] inputs = new float[model.preprocessing().inputs()];
    model.preprocessing().apply(row.clone(), 1, inputs, 0);
    double[] sum = new double[model.outputs()];
    for (Weights part : model.parts()) {
      NetworkSpec spec = part.spec();
      double[] values = IntStream.range(0, spec.inputs()).mapToDouble(j -> inputs[j]).toArray();
      for (int l = 1; l <= spec.layerCount(); l++) {
        double[] next = new double[spec.units(l)];
        for (int h = 0; h < next.length; h++) {
          double z = part.bias(l, h);
          for (int j = 0; j < values.length; j++) {
            z += part.weight(l, h, j) * values[j];
          }
          boolean last = l == spec.layerCount();
          boolean tanh = !last && spec.hidden().get(l - 1).activation() == Activation.TANH;
          next[h] = last ? z : tanh ? Math.tanh(z) : Math.max(z, 0);
        }
        values = next;
      }
      for (int k = 0; k < sum.length; k++) {
        sum[k] += values[k];
      }
    }
    return sum;
  }

  @Test
  void classesAreThoseOfTheAddedLogitsInJavaAndInOnnxRuntime() throws Exception {
    for (int outputs : new int[] {1, 3}) {
      Output output = outputs == 1 ? Output.SIGMOID_CROSS_ENTROPY : Output.SOFTMAX_CROSS_ENTROPY;
      Path file = folder.resolve(outputs + ".onnx");
      Model model = reread(ensemble(output, outputs), file);
      float[][] features = Samples.features(50, COLUMNS, 17);
      try (Backend backend = Backends.open("cpu");
          Judge judge = new Judge(Files.readAllBytes(file))) {
        Predictions ours = model.predict(backend, FloatTable.of(features));
        Map<String, Object> theirs = judge.score(features);
        float[][] probabilities = (float[][]) theirs.get("probabilities");
        String[] labels = (String[]) theirs.get("label");
        for (int r = 0; r < features.length; r++) {
          double[] expected = probabilities(logits(model, features[r]));
          for (int k = 0; k < expected.length; k++) {
            assertThat((double) ours.probabilities(r)[k]).isCloseTo(expected[k], within(1e-5));
            assertThat(probabilities[r][k]).isCloseTo(ours.probabilities(r)[k], within(1e-5f));
          }
          assertThat(labels[r]).isEqualTo(ours.label(r));
        }
      }
    }
  }

  private static double[] probabilities(double[] logits) {
    if (logits.length == 1) {
      double yes = 1 / (1 + Math.exp(-logits[0]));
      return new double[] {1 - yes, yes};
    }
    double sum = 0;
    for (double z : logits) {
      sum += Math.exp(z);
    }
    double[] probabilities = new double[logits.length];
    for (int k = 0; k < logits.length; k++) {
      probabilities[k] = Math.exp(logits[k]) / sum;
    }
    return probabilities;
  }

  @Test
  void numbersAreThoseOfTheAddedOutputs() throws Exception {
    Path file = folder.resolve("numbers.onnx");
    Model model = reread(ensemble(Output.IDENTITY_SQUARED_ERROR, 1), file);
    float[][] features = Samples.features(50, COLUMNS, 18);
    try (Backend backend = Backends.open("cpu");
        Judge judge = new Judge(Files.readAllBytes(file))) {
      Predictions ours = model.predict(backend, FloatTable.of(features));
      float[][] theirs = (float[][]) judge.score(features).get("prediction");
      for (int r = 0; r < features.length; r++) {
        double expected = 150 + 25 * logits(model, features[r])[0];
        assertThat(ours.value(r)).isCloseTo(expected, within(1e-3));
        assertThat((double) theirs[r][0]).isCloseTo(ours.value(r), within(1e-3));
      }
    }
  }

  @Test
  void logitsGivenAreJudgedAsThoseOfTheModel() {
    for (int outputs : new int[] {1, 3}) {
      Output output = outputs == 1 ? Output.SIGMOID_CROSS_ENTROPY : Output.SOFTMAX_CROSS_ENTROPY;
      assertJudgedAlike(ensemble(output, outputs), data(target(output, outputs)));
    }
    Output numbers = Output.IDENTITY_SQUARED_ERROR;
    assertJudgedAlike(ensemble(numbers, 1), data(target(numbers, 1)));
  }

  private static void assertJudgedAlike(Model model, Dataset data) {
    try (Backend backend = Backends.open("cpu");
        Predictor predictor = new Predictor(backend, model)) {
      FloatTable.Builder logits = new FloatTable.Builder(model.outputs());
      predictor.logits(data.features(), (first, rows, values) -> logits.add(values, rows));
      Map<String, Double> expected = model.evaluate(backend, data).asMap();
      Map<String, Double> found = model.evaluate(logits.build(), data).asMap();
      assertThat(found.keySet()).isEqualTo(expected.keySet());
      expected.forEach(
          (name, value) -> assertThat(found.get(name)).as(name).isCloseTo(value, within(1e-9)));
    }
  }

  @Test
  void aChangedNumberOfAnyNetworkOrIntervalIsFound() throws Exception {
    Path file = folder.resolve("m.onnx");
    Model model = ensemble(Output.SIGMOID_CROSS_ENTROPY, 1);
    model.save(file);
    byte[] bytes = Files.readAllBytes(file);
    for (String name : List.of("W1_4", "b2_3", "piece_start", "piece_scale", "piece_column")) {
      byte[] changed = bytes.clone();
      byte[] needle = name.getBytes(StandardCharsets.US_ASCII);
      // The name of a constant comes before its elements; the last mention is the constant's.
      int at = lastIndexOf(changed, needle) + needle.length + 6;
      changed[at] ^= 1;
      Files.write(file, changed);
      assertThatThrownBy(() -> Model.load(file)).as(name).isInstanceOf(DataException.class);
    }
  }

  private static int lastIndexOf(byte[] bytes, byte[] needle) {
    for (int i = bytes.length - needle.length; i >= 0; i--) {
      int k = 0;
      while (k < needle.length && bytes[i + k] == needle[k]) {
        k++;
      }
      if (k == needle.length) {
        return i;
      }
    }
    throw new AssertionError("not found");
  }

  @Test
  void networksThatDoNotGoTogetherAreRefused() {
    Dataset data = data(target(Output.SIGMOID_CROSS_ENTROPY, 1));
    Preprocessing inputs = Preprocessing.fit(data, true, warning -> {}).withPieces(data);
    Weights one =
        network(
            NetworkSpec.of(COLUMNS, Output.SIGMOID_CROSS_ENTROPY, 1)
                .withHidden(7, Activation.TANH));
    Weights other =
        network(
            NetworkSpec.of(COLUMNS, Output.SOFTMAX_CROSS_ENTROPY, 2)
                .withHidden(7, Activation.TANH));
    Weights narrow =
        network(
            NetworkSpec.of(COLUMNS + 1, Output.SIGMOID_CROSS_ENTROPY, 1)
                .withHidden(7, Activation.TANH));
    for (List<Weights> parts :
        List.of(List.of(one, other), List.of(one, narrow), List.<Weights>of())) {
      assertThatThrownBy(
              () ->
                  new Model(
                      parts,
                      Task.BINARY,
                      inputs,
                      List.of("y"),
                      List.of("no", "yes"),
                      null,
                      Map.of(),
                      Map.of()))
          .isInstanceOf(IllegalArgumentException.class);
    }
    Model model = ensemble(Output.SIGMOID_CROSS_ENTROPY, 1);
    assertThat(model.isEnsemble()).isTrue();
    assertThatThrownBy(model::spec).isInstanceOf(IllegalStateException.class);
    assertThat(model.activationNames())
        .containsExactly("tanh", "tanh", "relu", "relu", "tanh", "relu");
    assertThat(model.parameterCount())
        .isEqualTo(model.parts().stream().mapToInt(part -> part.spec().parameterCount()).sum());
  }
}
