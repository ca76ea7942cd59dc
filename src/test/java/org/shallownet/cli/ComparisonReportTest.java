package org.shallownet.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shallownet.backend.Backend;
import org.shallownet.backend.Backends;
import org.shallownet.cli.options.DevOptions;
import org.shallownet.cli.options.ReportOption;
import org.shallownet.cli.options.ResultOptions;
import org.shallownet.cli.output.Terminal;
import org.shallownet.data.Split;
import org.shallownet.model.Model;
import org.shallownet.network.Activation;
import org.shallownet.network.Optimizer;
import org.shallownet.training.Planar;
import org.shallownet.training.TrainingFaultException;
import org.shallownet.training.TrainingSettings;
import org.shallownet.training.comparison.Candidate;
import org.shallownet.training.comparison.Comparison;
import org.shallownet.training.comparison.ComparisonResult;

/** What {@code compare} saves and tells where something has failed. */
class ComparisonReportTest {
  @TempDir private Path folder;

  /** A file that was cut can't be read to say how good the model is, either. */
  @Test
  void whatFailsASecondTimeKeepsNobodyFromLearningWhereTheModelIs() throws IOException {
    Split planar = Planar.data().split(0.2, 1);
    List<Candidate> candidates =
        Candidate.grid(
            Planar.data().network(),
            List.of(List.of(3)),
            List.of(Activation.TANH),
            List.of(Optimizer.Adam.of(0.03)),
            0);
    InternalError cut = new InternalError("a fault occurred in an unsafe memory access operation");
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    Terminal terminal =
        Terminal.plain(
            new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8));
    int exitCode;
    try (Backend backend = Backends.open("cpu")) {
      ComparisonResult result =
          new Comparison(backend, TrainingSettings.defaults().withEpochs(2))
              .run(candidates, 1, planar.train(), planar.dev());
      ComparisonEnding ending =
          new ComparisonEnding(result, null, false)
              .failed(new TrainingFaultException(2, null, cut))
              .failed(new TrainingFaultException(2, null, new IllegalStateException("later")));
      Model best = result.best().orElseThrow().best().orElseThrow().result().model();
      Winner winner =
          new Winner(
              best,
              "tanh 3",
              0,
              null,
              null,
              () -> {
                throw cut;
              });
      DevOptions.Parts parts = new DevOptions.Parts(planar.train(), planar.dev());
      exitCode =
          new ComparisonReport(
                  terminal,
                  new ResultOptions(),
                  KeepingTest.keeping(folder, Model::save),
                  false,
                  List.of(),
                  new ReportOption())
              .report(backend, new ComparedData(parts, parts, null), ending, winner);
      assertThat(Model.load(folder.resolve("m.onnx")).weights()).isEqualTo(best.weights());
    }
    assertThat(exitCode).isEqualTo(ExitCode.DATA);
    assertThat(err.toString(StandardCharsets.UTF_8))
        .contains(
            "error: training ended in epoch 2: a file of the data became shorter while it was"
                + " read; by then 1 of 1 networks had ended, and the best model so far is in "
                + folder.resolve("m.onnx")
                + ".");
  }
}
