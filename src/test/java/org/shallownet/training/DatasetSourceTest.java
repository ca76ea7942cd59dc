package org.shallownet.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.shallownet.backend.Backend;
import org.shallownet.backend.Backends;
import org.shallownet.backend.SampleRows;
import org.shallownet.backend.Samples;
import org.shallownet.backend.device.Scope;
import org.shallownet.data.Dataset;
import org.shallownet.data.SampleWeights;
import org.shallownet.data.Target;
import org.shallownet.data.features.FloatTable;
import org.shallownet.data.preprocessing.Preprocessing;
import org.shallownet.data.preprocessing.Standardizer;
import org.shallownet.model.TargetScale;
import org.shallownet.network.Output;

/** What training reads of a data set. */
class DatasetSourceTest {
  private static final Standardizer STANDARDIZER =
      new Standardizer(new float[] {1, 2}, new float[] {10, 100});

  private static final Preparation RAW =
      new Preparation(Preprocessing.ofNumbers(List.of("a", "b"), null), null);

  private static Dataset data(Target target) {
    FloatTable table = FloatTable.of(new float[][] {{1, 2}, {2, 3}, {3, 4}, {4, 5}});
    return new Dataset(List.of("a", "b"), table, "y", target);
  }

  private static Dataset numbers() {
    return data(new Target.Numbers(new double[] {5, 6, 7, 8}));
  }

  @Test
  void rangesAndSingleRowsAreStandardised() {
    DatasetSource source =
        new DatasetSource(
            numbers(),
            Output.IDENTITY_SQUARED_ERROR,
            new Preparation(
                Preprocessing.ofNumbers(List.of("a", "b"), STANDARDIZER), new TargetScale(6, 0.5)),
            false);
    assertThat(source.rows()).isEqualTo(4);
    assertThat(source.featureColumns()).isEqualTo(2);
    assertThat(source.targetColumns()).isEqualTo(1);
    float[] x = new float[5];
    float[] y = new float[3];
    source.read(1, 2, x, y);
    assertThat(x).containsExactly(10, 100, 20, 200, 0);
    assertThat(y).containsExactly(0, 2, 0);
    source.gather(new long[] {9, 3, 0}, 1, 2, x, y);
    assertThat(x).containsExactly(30, 300, 0, 0, 0);
    assertThat(y).containsExactly(4, -2, 0);
  }

  @Test
  void rawSamplesAndClasses() {
    Target classes = new Target.Classes(List.of("no", "yes"), new int[] {0, 1, 1, 0});
    DatasetSource source =
        new DatasetSource(data(classes), Output.SIGMOID_CROSS_ENTROPY, RAW, false);
    float[] x = new float[2];
    float[] y = new float[1];
    source.read(2, 1, x, y);
    assertThat(x).containsExactly(3, 4);
    assertThat(y).containsExactly(1);
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> new DatasetSource(data(classes), Output.IDENTITY_SQUARED_ERROR, RAW, false))
        .withMessage("classes can't be learned by an output of numbers");
  }

  @Test
  void weightsStandBehindTheTargets() {
    Dataset weighted = numbers().withWeights(SampleWeights.of(0.5f, 0, 6, 3));
    DatasetSource source = new DatasetSource(weighted, Output.IDENTITY_SQUARED_ERROR, RAW, true);
    assertThat(source.weighted()).isTrue();
    assertThat(source.targetColumns()).isEqualTo(2);
    float[] x = new float[8];
    float[] y = new float[8];
    source.read(0, 4, x, y);
    // The largest is brought to between 1 and 2, by a power of 2.
    assertThat(y).containsExactly(5, 0.125f, 6, 0, 7, 1.5f, 8, 0.75f);
    source.gather(new long[] {2, 0}, 0, 2, x, y);
    assertThat(y).startsWith(7, 1.5f, 5, 0.125f);
    assertThat(DatasetSource.totalWeight(weighted, SampleRows.ALL)).isEqualTo(2.375);
  }

  @Test
  void aWeightStandsBehindSeveralTargets() {
    Dataset one = numbers();
    Target several =
        new Target.Several(
            List.of(one.target(), new Target.Numbers(new double[] {-5, -6, -7, -8})));
    Dataset data =
        new Dataset(
            one.schema(),
            one.features(),
            List.of("y", "z"),
            several,
            SampleWeights.of(1, 0.5f, 0, 1));
    DatasetSource source = new DatasetSource(data, Output.IDENTITY_SQUARED_ERROR, RAW, true);
    assertThat(source.targetColumns()).isEqualTo(3);
    float[] y = new float[6];
    source.read(1, 2, new float[4], y);
    assertThat(y).containsExactly(6, -6, 0.5f, 7, -7, 0);
  }

  @Test
  void samplesWithoutWeightsWeighOneBesideOthersWithThem() {
    DatasetSource source = new DatasetSource(numbers(), Output.IDENTITY_SQUARED_ERROR, RAW, true);
    float[] y = new float[4];
    source.read(2, 2, new float[4], y);
    assertThat(y).containsExactly(7, 1, 8, 1);
    assertThat(DatasetSource.totalWeight(numbers(), SampleRows.ALL)).isEqualTo(4);
  }

  /** Sums of such weights would not fit float32. */
  @ParameterizedTest
  @ValueSource(floats = {Float.MAX_VALUE, 1e-38f, Float.MIN_VALUE})
  void veryLargeAndVerySmallWeightsAreScaled(float weight) {
    Dataset weighted = numbers().withWeights(SampleWeights.of(weight, weight, weight, weight));
    DatasetSource source = new DatasetSource(weighted, Output.IDENTITY_SQUARED_ERROR, RAW, true);
    float[] y = new float[2];
    source.read(0, 1, new float[2], y);
    assertThat(y[1]).isBetween(1e-7f, 2f);
    assertThat(DatasetSource.totalWeight(weighted, SampleRows.ALL)).isEqualTo(4.0 * y[1]);
  }

  /** More rows than are read at once. */
  @Test
  void aBackendLoadsEveryRow() {
    int rows = 300_001;
    float[][] features = new float[rows][1];
    double[] targets = new double[rows];
    for (int i = 0; i < rows; i++) {
      features[i][0] = i;
      targets[i] = -i;
    }
    Dataset data =
        new Dataset(List.of("x"), FloatTable.of(features), "y", new Target.Numbers(targets));
    Preparation raw = new Preparation(Preprocessing.ofNumbers(List.of("x"), null), null);
    DatasetSource source = new DatasetSource(data, Output.IDENTITY_SQUARED_ERROR, raw, false);
    try (Backend backend = Backends.open("cpu");
        Scope scope = backend.newScope()) {
      Samples.Resident loaded = (Samples.Resident) backend.load(scope, source, 0);
      float[] values = new float[rows];
      backend.download(loaded.features(), values, 0);
      assertThat(values[rows - 1]).isEqualTo(rows - 1);
      assertThat(values[262_144]).isEqualTo(262_144);
      backend.download(loaded.targets(), values, 0);
      assertThat(values[rows - 1]).isEqualTo(1 - rows);
    }
  }
}
