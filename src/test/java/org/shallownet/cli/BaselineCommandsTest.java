package org.shallownet.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.grack.nanojson.JsonParser;
import com.grack.nanojson.JsonParserException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every command that judges a model says so if it is worse than guessing. */
class BaselineCommandsTest {
  private static final String OF_TRAINING =
      "; check the target and the columns (--features, --ignore), or give more rows";

  /** Of the rows that contradict those that were learned from not one is answered right. */
  private static final String WORSE_THAN_CLASS =
      "warning: the model is worse than always giving the most frequent class 'no' (accuracy 0, not"
          + " 0.6667)";

  /** Answers near 0, where the targets have mean 1.12e9 and deviation 7.211e7. */
  private static final String WORSE_THAN_MEAN =
      "warning: the model is worse than always giving the mean (r2 -241.2)";

  /** From zeros one step along the gradient, which gives the label of each side of 0. */
  private static final List<Object> ONE_STEP =
      List.of(
          "--hidden",
          "none",
          "--init",
          "zeros",
          "--optimizer",
          "gd",
          "--batch-size",
          "full",
          "--epochs",
          1);

  /** Numbers as they are, which a few short steps never reach. */
  private static final List<Object> TOO_SHORT =
      List.of("--features", "x", "--no-standardize", "--hidden", "none", "--epochs", 1);

  @TempDir private Path folder;

  private Path model() {
    return folder.resolve("model.onnx");
  }

  /** It rains where x is positive and snows where z is. */
  private Path learned() {
    List<String> lines = new ArrayList<>(List.of("x,z,rain,snow"));
    for (int i = 0; i < 40; i++) {
      boolean right = i % 2 == 0;
      boolean up = i % 4 < 2;
      double size = 1 + i * 0.01;
      lines.add(
          (right ? size : -size)
              + ","
              + (up ? size : -size)
              + (right ? ",yes" : ",no")
              + (up ? ",yes" : ",no"));
    }
    return Cli.write(folder.resolve("learned.csv"), lines.toArray(new String[0]));
  }

  /** It rains where x is not positive, which it is in two of three rows; with snow all is well. */
  private Path contradicting() {
    List<String> lines = new ArrayList<>(List.of("x,z,rain,snow"));
    for (int i = 0; i < 60; i++) {
      boolean right = i % 3 < 2;
      boolean up = i % 2 == 0;
      double size = 1 + i * 0.01;
      lines.add(
          (right ? size : -size)
              + ","
              + (up ? size : -size)
              + (right ? ",no" : ",yes")
              + (up ? ",yes" : ",no"));
    }
    return Cli.write(folder.resolve("contradicting.csv"), lines.toArray(new String[0]));
  }

  /** Two columns of numbers that are far from 0. */
  private Path numbers() {
    List<String> lines = new ArrayList<>(List.of("x,y,v"));
    for (int i = 0; i < 25; i++) {
      long y = 1_000_000_000L + i * 10_000_000L;
      lines.add(Math.sin(i) + "," + y + "," + -y / 2);
    }
    return Cli.write(folder.resolve("numbers.csv"), lines.toArray(new String[0]));
  }

  private static List<Object> line(List<Object> options, Object... words) {
    List<Object> line = new ArrayList<>(List.of(words));
    line.addAll(options);
    return line;
  }

  private static Cli.Result run(List<Object> line) {
    Cli.Result result = Cli.run(line.toArray());
    assertThat(result.exitCode()).as(result.err()).isZero();
    return result;
  }

  /** Says it, also beside JSON, which stays one object. */
  private static void assertSays(String sentence, List<Object> line) throws JsonParserException {
    assertThat(run(line).err().lines()).containsOnlyOnce(sentence);
    Cli.Result json = run(line(List.of("--json"), line.toArray()));
    assertThat(json.err().lines()).containsOnlyOnce(sentence);
    assertThat(json.lines()).hasSize(1);
    assertThat(JsonParser.object().from(json.out())).isNotEmpty();
  }

  private List<Object> command(String name, String target) {
    return line(
        ONE_STEP,
        name,
        learned(),
        "--target",
        target,
        "--features",
        "x,z",
        "--dev",
        contradicting(),
        "--out",
        model());
  }

  @Test
  void trainSaysItOfOneNetwork() throws JsonParserException {
    assertSays(WORSE_THAN_CLASS + OF_TRAINING, command("train", "rain"));
  }

  @Test
  void quietKeepsIt() {
    Cli.Result result = run(line(List.of("--quiet"), command("train", "rain").toArray()));
    assertThat(result.err()).isEqualTo(WORSE_THAN_CLASS + OF_TRAINING + "\n");
  }

  @Test
  void withoutADevSetTheRowsThatWereLearnedFromShowIt() throws JsonParserException {
    assertSays(
        WORSE_THAN_MEAN + OF_TRAINING,
        line(
            TOO_SHORT, "train", numbers(), "--target", "y", "--dev-fraction", 0, "--out", model()));
  }

  @Test
  void trainSaysItOfAnEnsemble() throws JsonParserException {
    assertSays(
        WORSE_THAN_MEAN + OF_TRAINING,
        List.of(
            "train",
            numbers(),
            "--target",
            "y",
            "--features",
            "x",
            "--no-standardize",
            "--patience",
            3,
            "--out",
            model()));
  }

  @Test
  void compareSaysItByADevSet() throws JsonParserException {
    assertSays(WORSE_THAN_CLASS + OF_TRAINING, command("compare", "rain"));
  }

  @Test
  void compareSaysItByFolds() throws JsonParserException {
    assertSays(
        WORSE_THAN_MEAN + OF_TRAINING,
        line(
            TOO_SHORT,
            "compare",
            numbers(),
            "--target",
            "y",
            "--folds",
            2,
            "--learning-rates",
            0.003,
            "--l2",
            0,
            "--out",
            model()));
  }

  @Test
  void crossValidateSaysItOfAllFoldsTogether() throws JsonParserException {
    assertSays(
        WORSE_THAN_MEAN + OF_TRAINING,
        line(TOO_SHORT, "cross-validate", numbers(), "--target", "y"));
  }

  @Test
  void evaluateSaysItOfTheRowsThatItIsGiven() throws JsonParserException {
    run(command("train", "rain"));
    assertSays(
        WORSE_THAN_CLASS
            + "; check that the target (--target) and the columns hold what they held in training",
        List.of("evaluate", model(), contradicting()));
    assertThat(run(List.of("evaluate", model(), learned())).err()).doesNotContain("worse than");
  }

  @Test
  void ofSeveralTargetsTheWorseOneIsNamed() throws JsonParserException {
    String sentence =
        "warning: the model is worse than always giving the most frequent class 'no' of 'rain'"
            + " (accuracy 0, not 0.6667)";
    assertSays(sentence + OF_TRAINING, command("train", "rain,snow"));
    assertSays(sentence + OF_TRAINING, command("compare", "rain,snow"));
  }

  @Test
  void ofSeveralTargetsAllThatAreWorseAreNamedInOneLine() throws JsonParserException {
    assertSays(
        "warning: the model is worse than always giving the mean of 'y' (r2 -241.2), the mean of"
            + " 'v' (r2 -241.2)"
            + OF_TRAINING,
        line(TOO_SHORT, "cross-validate", numbers(), "--target", "y,v"));
  }
}
