package org.shallownet.model.chain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.shallownet.model.onnx.OnnxAttribute.integer;
import static org.shallownet.model.onnx.OnnxAttribute.integers;
import static org.shallownet.model.onnx.OnnxAttribute.reals;
import static org.shallownet.model.onnx.OnnxAttribute.text;

import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.shallownet.backend.Backend;
import org.shallownet.backend.Backends;
import org.shallownet.data.DataException;
import org.shallownet.data.Task;
import org.shallownet.data.features.FloatTable;
import org.shallownet.model.Judge;
import org.shallownet.model.Model;
import org.shallownet.model.Predictor;

/** Linear models as scikit-learn's converter writes them, judged by ONNX Runtime. */
class MlStepsTest {
  private static final float[][] X = {{0.3f, -1.2f}, {1.5f, 0.1f}, {-0.7f, 0.9f}};

  private static Chain scaled() {
    return new Chain(-1, 2)
        .ml("Scaler", List.of("scaled"), reals("offset", 0.5f, -1), reals("scale", 2, 0.25f));
  }

  private static Chain classifier(String transform, float[] weights, float... intercepts) {
    List<Long> labels = intercepts.length == 2 ? List.of(0L, 1L) : List.of(0L, 1L, 2L);
    return scaled()
        .ml(
            "LinearClassifier",
            List.of("label", "scores"),
            reals("coefficients", weights),
            reals("intercepts", intercepts),
            integers("classlabels_ints", labels),
            integer("multi_class", 0),
            text("post_transform", transform));
  }

  private static Model load(Chain chain) {
    return Model.load(chain.bytes());
  }

  private static void check(Chain chain, Task task) throws Exception {
    Model model = load(chain);
    assertThat(model.task()).isEqualTo(task);
    float[][] expected;
    try (Judge judge = new Judge(chain.bytes())) {
      expected = (float[][]) Objects.requireNonNull(judge.score(X).get(chain.current()));
    }
    try (Backend backend = Backends.open("cpu");
        Predictor predictor = new Predictor(backend, model)) {
      predictor.score(
          FloatTable.of(X),
          (first, rows, values) -> {
            int columns = predictor.columns();
            for (int i = 0; i < rows * columns; i++) {
              assertThat(values[i]).isEqualTo(expected[i / columns][i % columns], within(1e-6f));
            }
          });
    }
  }

  @Test
  void linearModels() throws Exception {
    check(
        scaled()
            .ml(
                "LinearRegressor",
                List.of("y"),
                reals("coefficients", 1, -2),
                reals("intercepts", 0.5f)),
        Task.REGRESSION);
    float[] three = {1, 2, -1, 0.5f, 0.25f, -2};
    check(classifier("SOFTMAX", three, 0.1f, 0.2f, 0.3f), Task.MULTICLASS);
    check(classifier("NONE", three, 0.1f, 0.2f, 0.3f), Task.REGRESSION);
    float[] two = {-1, 2, 1, -2};
    check(classifier("LOGISTIC", two, -0.5f, 0.5f), Task.BINARY);
    check(
        classifier("LOGISTIC", two, -0.5f, 0.5f).ml("Normalizer", List.of("p"), text("norm", "L1")),
        Task.BINARY);
  }

  @Test
  void labelsAndMapsAreSetAside() {
    Chain chain = classifier("LOGISTIC", new float[] {-1, 2, 1, -2}, -0.5f, 0.5f);
    Model plain = load(chain);
    chain.node("Cast", List.of("label"), integer("to", 7)).from("scores");
    chain.ml("ZipMap", List.of("map"), integers("classlabels_int64s", List.of(0L, 1L)));
    assertThat(load(chain)).isEqualTo(plain);
  }

  @Test
  void whatIsNoChainOfOursIsRefused() {
    float[] two = {-1, 2, 1, -2};
    refused(classifier("LOGISTIC", two, -0.5f, 0.4f), "train a multinomial model");
    refused(classifier("PROBIT", two, -0.5f, 0.5f), "has post_transform PROBIT");
    refused(classifier("SOFTMAX", two, 1, 2, 3), "4 coefficients for 3 outputs");
    refused(scaled().ml("TreeEnsembleRegressor", List.of("y")), "is not supported; of ai.onnx.ml");
    refused(scaled().ml("LinearRegressor", List.of("y")), "lacks attribute 'coefficients'");
    refused(scaled().ml("Normalizer", List.of("y")), "does not follow probabilities");
    refused(
        classifier("LOGISTIC", two, -0.5f, 0.5f).add("b", 2), "comes after ai.onnx.ml.LinearCl");
  }

  private static void refused(Chain chain, String why) {
    assertThatThrownBy(() -> load(chain))
        .isInstanceOf(DataException.class)
        .hasMessageContaining(why);
  }
}
