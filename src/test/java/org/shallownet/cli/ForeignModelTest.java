package org.shallownet.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shallownet.model.onnx.OnnxEncoder;
import org.shallownet.model.onnx.OnnxGraph;
import org.shallownet.model.onnx.OnnxModel;
import org.shallownet.model.onnx.OnnxNode;
import org.shallownet.model.onnx.OnnxTensor;
import org.shallownet.model.onnx.OnnxValue;

/** What {@code evaluate} takes the outputs of other tools' models for. */
class ForeignModelTest {
  @TempDir Path folder;
  private Path numbers;
  private Path words;
  private Path three;

  @BeforeEach
  void writeTables() {
    numbers = Cli.write(folder.resolve("numbers.csv"), "a,b,y", "2,0,1", "-1,1,0", "1,1,1");
    words = Cli.write(folder.resolve("words.csv"), "a,b,y", "2,0,yes", "-1,1,no", "1,1,yes");
    three = Cli.write(folder.resolve("three.csv"), "a,b,y", "2,0,u", "-1,3,v", "-1,-1,w");
  }

  /** A model that multiplies rows of two features and applies operators. */
  private Path model(float[] weights, int units, String... operators) throws IOException {
    List<OnnxNode> nodes = new ArrayList<>();
    nodes.add(OnnxNode.of("MatMul", "dense", List.of("x", "W"), "v0"));
    for (int i = 0; i < operators.length; i++) {
      nodes.add(OnnxNode.of(operators[i], operators[i], List.of("v" + i), "v" + (i + 1)));
    }
    OnnxGraph graph =
        new OnnxGraph(
            "test",
            nodes,
            List.of(OnnxTensor.ofFloats("W", weights, 2, units)),
            List.of(new OnnxValue("x", OnnxTensor.FLOAT, null)),
            List.of(new OnnxValue("v" + operators.length, OnnxTensor.FLOAT, null)));
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    OnnxEncoder.encode(new OnnxModel(8, "test", "1", Map.of("", 13L), graph, Map.of()))
        .writeTo(bytes);
    return Files.write(folder.resolve("other.onnx"), bytes.toByteArray());
  }

  private static Cli.Result evaluate(Path model, Path table, Object... more) {
    List<Object> words = new ArrayList<>(List.of("evaluate", model, table, "--target", "y"));
    words.addAll(List.of(more));
    return Cli.run(words.toArray());
  }

  private static void assertAssumes(Cli.Result result, String metric, String assumption) {
    assertThat(result.exitCode()).as(result.err()).isZero();
    assertThat(result.out()).contains(metric);
    assertThat(result.err().lines().filter(line -> line.contains("other tool")).toList())
        .singleElement()
        .asString()
        .endsWith("other.onnx is from another tool: " + assumption);
  }

  @Test
  void oneNumberIsARegressionUnlessTold() throws IOException {
    float[] weights = {1, 0};
    Path model = model(weights, 1);
    assertAssumes(
        evaluate(model, numbers),
        "rmse",
        "its output is taken as the number to predict; say --task binary if it is a logit");
    assertAssumes(
        evaluate(model, numbers, "--task", "binary"),
        "auc",
        "its output is taken as the logit of class '1'");
    assertAssumes(
        evaluate(model, words, "--task", "binary"),
        "auc",
        "its output is taken as the logit of class 'yes'");
    Cli.Result refused = evaluate(model, words);
    assertThat(refused.exitCode()).isEqualTo(ExitCode.DATA);
    assertThat(refused.err()).contains("words.csv: the model gives one number").contains("--task");
    for (String operator : new String[] {"Relu", "Tanh"}) {
      assertAssumes(
          evaluate(model(weights, 1, operator), numbers, "--task", "regression"),
          "rmse",
          "its output is taken as the number to predict");
    }
  }

  @Test
  void classesAreProbabilitiesOrLogits() throws IOException {
    assertAssumes(
        evaluate(model(new float[] {1, 0}, 1, "Sigmoid"), words),
        "auc",
        "its output is taken as the probability of class 'yes'");
    float[] weights = {3, 0, -3, 0, 3, -3};
    assertAssumes(
        evaluate(model(weights, 3), three),
        "accuracy         1.000",
        "its outputs are taken as the logits of the data's 3 classes in their order");
    assertAssumes(
        evaluate(model(weights, 3, "LogSoftmax"), three),
        "accuracy         1.000",
        "its outputs are taken as the probabilities of the data's 3 classes in their order");
    Cli.Result refused =
        evaluate(model(new float[] {1, 0}, 1, "Sigmoid"), words, "--task", "regression");
    assertThat(refused.exitCode()).isEqualTo(ExitCode.DATA);
  }

  @Test
  void unknownTasksAreNamed() throws IOException {
    Cli.Result result = evaluate(model(new float[] {1, 0}, 1), numbers, "--task", "guess");
    assertThat(result.exitCode()).isEqualTo(ExitCode.USAGE);
    assertThat(result.err()).contains("--task").contains("guess").contains("auto");
  }

  @Test
  void aFunctionAtTheEndIsNoLogit() throws IOException {
    Path model = model(new float[] {1, 0}, 1, "Tanh");
    assertThat(evaluate(model, numbers).out()).contains("rmse");
    for (List<Object> asked :
        List.<List<Object>>of(List.of(words), List.of(numbers, "--task", "binary"))) {
      Path table = (Path) asked.get(0);
      Cli.Result result = evaluate(model, table, asked.subList(1, asked.size()).toArray());
      assertThat(result.exitCode()).isEqualTo(ExitCode.DATA);
      assertThat(result.err()).contains(table + ": the model ends in Tanh, so its outputs are num");
    }
    Path several = model(new float[] {1, 0, 2, -1, 0, 1}, 3, "Relu");
    assertThat(evaluate(several, three).err()).contains("the model ends in Relu, so its outputs");
  }

  @Test
  void functionsThatAreNoneOfOursAreScoredButNotTrained() throws IOException {
    Path model = model(new float[] {1, 0}, 1, "Elu", "Sigmoid");
    assertAssumes(
        evaluate(model, words),
        "accuracy",
        "its output is taken as the probability of class 'yes'");
    assertThat(Cli.run("info", model).out()).contains("output            Elu, sigmoid");
    Cli.Result train =
        Cli.run("train", words, "--target", "y", "--from", model, "--out", folder.resolve("n"));
    assertThat(train.exitCode()).isEqualTo(ExitCode.DATA);
    assertThat(train.err()).contains("with Elu can be evaluated and predicted with, but not");
    assertThat(folder.resolve("n")).doesNotExist();
  }
}
