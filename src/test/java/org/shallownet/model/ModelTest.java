package org.shallownet.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.shallownet.data.DataException;
import org.shallownet.data.Task;
import org.shallownet.data.preprocessing.Standardizer;
import org.shallownet.network.NetworkSpec;
import org.shallownet.network.Output;
import org.shallownet.network.Weights;

class ModelTest {
  private static Model linear(int outputs) {
    return model(
        NetworkSpec.of(2, Output.IDENTITY_SQUARED_ERROR, outputs),
        Task.REGRESSION,
        List.of(),
        List.of(),
        null,
        null);
  }

  private static Model model(
      NetworkSpec spec,
      Task task,
      List<String> features,
      List<String> classes,
      @Nullable Standardizer standardizer,
      @Nullable TargetScale scale) {
    Weights weights = Weights.of(spec, new float[spec.parameterCount()]);
    return new Model(weights, task, features, "", classes, standardizer, scale, Map.of());
  }

  @Test
  void linearOutputsCanBeReadAsLogits() {
    assertThat(linear(1).asLogits(Task.BINARY).spec().output())
        .isEqualTo(Output.SIGMOID_CROSS_ENTROPY);
    assertThat(linear(2).asLogits(Task.BINARY).spec().output())
        .isEqualTo(Output.SOFTMAX_CROSS_ENTROPY);
    Model three = linear(3).asLogits(Task.MULTICLASS);
    assertThat(three.task()).isEqualTo(Task.MULTICLASS);
    assertThat(three.classNames()).containsExactly("0", "1", "2");
    assertThat(three.asLogits(Task.MULTICLASS)).isSameAs(three);
    assertThat(linear(2).asLogits(Task.MULTICLASS).asLogits(Task.BINARY).task())
        .isEqualTo(Task.BINARY);
    assertThat(linear(1).classNames()).isEmpty();
  }

  @Test
  void logitsThatDontFitTheTaskAreRefused() {
    assertThatThrownBy(() -> linear(1).asLogits(Task.MULTICLASS))
        .isInstanceOf(DataException.class)
        .hasMessage("a model for regression with 1 output can't be used for multiclass");
    assertThatThrownBy(() -> linear(3).asLogits(Task.BINARY)).isInstanceOf(DataException.class);
    assertThatThrownBy(() -> linear(3).asLogits(Task.MULTICLASS).asLogits(Task.REGRESSION))
        .isInstanceOf(DataException.class)
        .hasMessage("a model for multiclass with 3 outputs can't be used for regression");
  }

  @Test
  void partsThatDontFitAreRefused() {
    NetworkSpec logistic = NetworkSpec.of(2, Output.SIGMOID_CROSS_ENTROPY, 1);
    NetworkSpec number = NetworkSpec.of(2, Output.IDENTITY_SQUARED_ERROR, 1);
    List<String> none = List.of();
    refused(logistic, Task.BINARY, List.of("a"), none, null, null, "columns that become 1 inputs");
    Standardizer three = new Standardizer(new float[3], new float[3]);
    refused(logistic, Task.BINARY, none, none, three, null, "a standardizer of 3 columns");
    refused(logistic, Task.BINARY, none, List.of("a"), null, null, "1 classes for a network");
    refused(logistic, Task.MULTICLASS, none, none, null, null, "is not multiclass");
    refused(number, Task.BINARY, none, none, null, null, "is not binary");
    refused(number, Task.REGRESSION, none, List.of("a"), null, null, "1 classes");
    refused(logistic, Task.BINARY, none, none, null, new TargetScale(0, 1), "no scale");
  }

  private static void refused(
      NetworkSpec spec,
      Task task,
      List<String> features,
      List<String> classes,
      @Nullable Standardizer standardizer,
      @Nullable TargetScale scale,
      String message) {
    assertThatThrownBy(() -> model(spec, task, features, classes, standardizer, scale))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
  }
}
