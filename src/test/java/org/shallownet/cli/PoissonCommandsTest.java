package org.shallownet.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.grack.nanojson.JsonObject;
import com.grack.nanojson.JsonParser;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.function.ToDoubleFunction;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shallownet.model.Model;
import org.shallownet.network.Output;

/** {@code --loss poisson}: from the table to answers. */
class PoissonCommandsTest {
  private static final int ROWS = 400;

  @TempDir private Path folder;

  private Path model;
  private Path table;
  private List<double[]> rows;

  /** Counts whose logarithm's mean is linear in x; 1,000 times as large where they are sizes. */
  @BeforeEach
  void write() {
    model = folder.resolve("model.onnx");
    table = folder.resolve("counts.csv");
    rows = new ArrayList<>();
    Random random = new Random(4);
    List<String> lines = new ArrayList<>(List.of("x,y"));
    for (int i = 0; i < ROWS; i++) {
      double x = random.nextGaussian();
      double chance = Math.exp(-Math.exp(0.5 + 0.8 * x));
      int count = 0;
      // Knuth's way to draw from Poisson's distribution.
      for (double product = random.nextDouble(); product > chance; count++) {
        product *= random.nextDouble();
      }
      rows.add(new double[] {x, count});
      lines.add(String.format(Locale.ROOT, "%s,%d", x, count));
    }
    Cli.write(table, lines.toArray(String[]::new));
  }

  private Cli.Result run(String command, String options, Object... more) {
    List<Object> arguments =
        new ArrayList<>(List.of(command, table, "--target", "y", "--task", "regression"));
    arguments.addAll(List.of(options.split(" ", -1)));
    arguments.addAll(List.of(more));
    return Cli.run(arguments.toArray());
  }

  private void train(String options) {
    Cli.Result result = run("train", options, "--out", model);
    assertThat(result.exitCode()).as(result.err()).isZero();
  }

  private double mean(ToDoubleFunction<double[]> value) {
    return rows.stream().mapToDouble(value).average().orElseThrow();
  }

  @Test
  void countsThatAreTakenForClassesAreNamed() {
    Cli.Result refused = Cli.run("train", table, "--target", "y", "--loss", "poisson");
    assertThat(refused.exitCode()).isEqualTo(ExitCode.USAGE);
    assertThat(refused.err())
        .contains(
            "--loss poisson is for targets that are numbers, not for classes; say --task regression"
                + " if the classes are numbers");
  }

  /** At the minimum of a linear model's cost the answers' mean is the targets', for any x, too. */
  @Test
  void aLinearModelIsPoissonRegression() throws Exception {
    String options = "--loss poisson --hidden none --l2 0 --dev-fraction 0 --batch-size full";
    train(options + " --epochs 2000 --optimizer gd --learning-rate 0.3");
    Model trained = Model.load(model);
    assertThat(trained.output()).isEqualTo(Output.EXPONENTIAL_POISSON);
    ToDoubleFunction<double[]> answer =
        row -> {
          double[] out = new double[1];
          trained.scorer().predict(new float[] {(float) row[0]}, out);
          return out[0];
        };
    assertThat(mean(answer)).isCloseTo(mean(row -> row[1]), within(1e-3));
    assertThat(mean(row -> row[0] * answer.applyAsDouble(row)))
        .isCloseTo(mean(row -> row[0] * row[1]), within(1e-3));
    // What the counts were drawn by.
    double atZero = answer.applyAsDouble(new double[] {0});
    double atOne = answer.applyAsDouble(new double[] {1});
    assertThat(Math.log(atZero)).isBetween(0.4, 0.6);
    assertThat(Math.log(atOne / atZero)).isBetween(0.7, 0.9);

    Cli.Result evaluated = Cli.run("evaluate", model, table, "--target", "y", "--json");
    JsonObject metrics = JsonParser.object().from(evaluated.out()).getObject("metrics");
    double deviance =
        mean(
            row -> {
              double y = row[1];
              double a = answer.applyAsDouble(row);
              return 2 * ((y == 0 ? 0 : y * Math.log(y / a)) - y + a);
            });
    assertThat(metrics.getDouble("poisson_deviance")).isCloseTo(deviance, within(1e-5));
    assertThat(Cli.run("info", model).out()).contains("output            exponential");
  }

  @Test
  void everyWayToTrainTakesIt() throws Exception {
    String few = "--loss poisson --hidden 4 --activation tanh --epochs 5";
    Cli.Result crossed = run("cross-validate", few, "--folds", 3);
    assertThat(crossed.exitCode()).as(crossed.err()).isZero();
    assertThat(crossed.out()).contains("poisson_deviance");
    for (String judge : List.of("", " --folds 3", " --folds 3 --ensemble")) {
      Cli.Result compared = run("compare", few + judge, "--out", model, "--seeds", 1);
      assertThat(compared.exitCode()).as(compared.err()).isZero();
      assertThat(compared.out()).contains("poisson_deviance");
      Model best = Model.load(model);
      assertThat(best.output()).isEqualTo(Output.EXPONENTIAL_POISSON);
      double[] out = new double[1];
      best.scorer().predict(new float[] {-3}, out);
      assertThat(out[0]).isPositive();
    }
  }

  @Test
  void goingOnKeepsTheOutput() throws Exception {
    train("--loss poisson --epochs 3");
    Path further = folder.resolve("further.onnx");
    String options = "--epochs 3";
    Cli.Result gone = run("train", options, "--from", model, "--out", further);
    assertThat(gone.exitCode()).as(gone.err()).isZero();
    assertThat(Model.load(further).output()).isEqualTo(Output.EXPONENTIAL_POISSON);
    for (String other : List.of("squared", "huber:1")) {
      Cli.Result refused =
          run("train", "--loss " + other, "--from", model, "--out", folder.resolve("no.onnx"));
      assertThat(refused.exitCode()).isEqualTo(ExitCode.USAGE);
      assertThat(refused.err())
          .contains(
              "--loss "
                  + other
                  + " can't be used with this --from: the model's network has an exponential"
                  + " output; leave one of them out");
    }
    assertThat(folder.resolve("no.onnx")).doesNotExist();
  }

  @Test
  void negativeTargetsAreRefused() {
    Cli.write(table, "x,y", "1,3", "2,-2", "3,1", "4,5", "5,0", "6,2", "7,9", "8,4");
    for (String command : List.of("train", "compare")) {
      Cli.Result refused = run(command, "--loss poisson", "--out", model, "--dev-fraction", "0.25");
      assertThat(refused.exitCode()).as(refused.err()).isEqualTo(ExitCode.DATA);
      assertThat(refused.err())
          .contains(
              "column 'y' holds -2.0, but Poisson's cost is for numbers from 0 on; leave --loss"
                  + " poisson out or choose another target");
      assertThat(model).doesNotExist();
    }
  }
}
