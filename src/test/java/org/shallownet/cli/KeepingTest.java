package org.shallownet.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.shallownet.cli.options.CheckpointOptions;
import org.shallownet.cli.output.Terminal;
import org.shallownet.data.Task;
import org.shallownet.model.Model;
import org.shallownet.network.NetworkSpec;
import org.shallownet.network.Output;
import org.shallownet.network.Weights;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** What becomes of a model that can't be written where it should be, and of its checkpoint. */
class KeepingTest {
  @TempDir private Path folder;

  /** A command with nothing but what is read here. */
  @Command(name = "trains")
  private static final class Trains {
    @Mixin private CheckpointOptions checkpoints = new CheckpointOptions();
  }

  /** What is kept in a folder, m.onnx and m.checkpoint. */
  static Keeping keeping(Path folder, Keeping.Saving saving, String... arguments)
      throws IOException {
    Trains trains = new Trains();
    CommandLine line = new CommandLine(trains);
    line.parseArgs(arguments);
    return new Keeping(
        saving, folder.resolve("m.onnx"), folder.resolve("m.checkpoint"), trains.checkpoints, line);
  }

  private Path modelFile() {
    return folder.resolve("m.onnx");
  }

  private Path checkpoint() {
    return folder.resolve("m.checkpoint");
  }

  private static Model model() {
    NetworkSpec spec = NetworkSpec.of(1, Output.IDENTITY_SQUARED_ERROR, 1);
    return new Model(
        Weights.of(spec, new float[2]),
        Task.REGRESSION,
        List.of("x"),
        "y",
        List.of(),
        null,
        null,
        Map.of());
  }

  /** What may keep a model from being written, each with an exit code of its own. */
  private static Stream<Throwable> failures() {
    return Stream.of(
        new IOException("no room"),
        new OutOfMemoryError("Java heap space"),
        new IllegalStateException("a fault of ours"));
  }

  private static void fail(Throwable failure) throws IOException {
    if (failure instanceof IOException known) {
      throw known;
    }
    if (failure instanceof Error error) {
      throw error;
    }
    throw (RuntimeException) failure;
  }

  /** The exit code and the sentence that a command ends with. */
  private static Cli.Result told(Throwable failure) {
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    PrintStream printed = new PrintStream(err, true, StandardCharsets.UTF_8);
    int exitCode = new Failures(Terminal.plain(printed, printed), () -> false).of(failure);
    return new Cli.Result(exitCode, "", err.toString(StandardCharsets.UTF_8));
  }

  private static String reason(Throwable failure) {
    if (failure instanceof IOException) {
      return "no room";
    }
    return "the model can't be written: "
        + (failure instanceof OutOfMemoryError
            ? "Java has no more memory (Java heap space)"
            : "java.lang.IllegalStateException: a fault of ours");
  }

  @ParameterizedTest
  @MethodSource("failures")
  void aModelGoesBesideItsPlaceAndItsCheckpointIsNamed(Throwable failure) throws IOException {
    Keeping keeping =
        keeping(
            folder,
            (model, file) -> {
              if (file.equals(modelFile())) {
                fail(failure);
              }
              model.save(file);
            });
    Files.writeString(checkpoint(), "of this training");
    SavedElsewhereException e =
        catchThrowableOfType(SavedElsewhereException.class, () -> keeping.saveWhole(model()));
    Path beside = folder.resolve("m.rescued.onnx");
    Cli.Result told = told(e);
    assertThat(told.err().strip())
        .isEqualTo(
            "error: "
                + reason(failure)
                + "; the model is in "
                + beside
                + " instead: move it to where it should be; its checkpoint "
                + checkpoint()
                + " stays as well.");
    assertThat(told.exitCode()).isEqualTo(Failures.exitCode(failure));
    assertThat(Model.load(beside).weights()).isEqualTo(model().weights());
    assertThat(checkpoint()).exists();
  }

  @ParameterizedTest
  @MethodSource("failures")
  void whereItGoesNowhereTheCheckpointIsWhatToGoOnFrom(Throwable failure) throws IOException {
    Keeping keeping = keeping(folder, (model, file) -> fail(failure));
    Files.writeString(checkpoint(), "of this training");
    SavedElsewhereException e =
        catchThrowableOfType(SavedElsewhereException.class, () -> keeping.saveUnfinished(model()));
    Cli.Result told = told(e);
    assertThat(told.err())
        .startsWith(
            "error: "
                + reason(failure)
                + "; nor can the model be written beside it or to the temporary folder; make room"
                + " and go on: ")
        .contains(" --resume ", "m.checkpoint")
        .hasLineCount(1);
    assertThat(told.exitCode()).isEqualTo(Failures.exitCode(failure));
    assertThat(checkpoint()).exists();
  }

  /** Nothing is said of a checkpoint that isn't there, or that is of another training. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void otherwiseNoCheckpointIsNamed(boolean ofAnother) throws IOException {
    if (ofAnother) {
      Files.writeString(checkpoint(), "of another training");
    }
    Keeping keeping = keeping(folder, (model, file) -> fail(new IOException("no room")));
    SavedElsewhereException e =
        catchThrowableOfType(SavedElsewhereException.class, () -> keeping.saveWhole(model()));
    assertThat(e)
        .hasMessage("no room; nor can the model be written beside it or to the temporary folder");
  }

  @Test
  void aCheckpointThatIsGoneOnFromIsKnownByAnyName() throws IOException {
    Files.writeString(checkpoint(), "of this training");
    ByteArrayOutputStream said = new ByteArrayOutputStream();
    PrintStream printed = new PrintStream(said, true, StandardCharsets.UTF_8);
    Terminal terminal = Terminal.plain(printed, printed);
    keeping(folder, Model::save).tellOfOther(terminal);
    assertThat(said.toString(StandardCharsets.UTF_8)).contains("this one begins anew");
    said.reset();
    Path otherName = folder.resolve(".").resolve("m.checkpoint");
    Keeping keeping = keeping(folder, Model::save, "--resume", otherName.toString());
    keeping.tellOfOther(terminal);
    assertThat(said.toString(StandardCharsets.UTF_8)).isEmpty();
    // It is removed also where the training has ended before it wrote one itself.
    assertThat(keeping.saveWhole(model()))
        .isEqualTo(
            "Model saved to " + modelFile() + "; its checkpoint " + checkpoint() + " is removed");
    assertThat(checkpoint()).doesNotExist();
  }
}
