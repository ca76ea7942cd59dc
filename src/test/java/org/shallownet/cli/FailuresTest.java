package org.shallownet.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayOutputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.shallownet.backend.device.DeviceMemoryException;
import org.shallownet.cli.output.StandardOutput;
import org.shallownet.cli.output.Terminal;

/** What users get wrong: one sentence and the right exit code. */
class FailuresTest {
  @TempDir private Path folder;

  private Path model() {
    return folder.resolve("model.onnx");
  }

  @Test
  void anArgumentWithAnAtSignIsAFilesName() throws IOException {
    Path secret = Files.writeString(folder.resolve("secret"), "root:x:0:0");
    assertFails(Cli.run("info", "@" + secret), 6, "@" + secret + " does not exist");
    assertFails(Cli.run("@" + secret), 2, "@" + secret);
  }

  private static void assertFails(Cli.Result result, int exitCode, String... parts) {
    assertThat(result.exitCode()).as(result.err()).isEqualTo(exitCode);
    assertThat(result.err()).contains(parts).doesNotContain("\tat ");
    assertThat(result.err().lines().filter(line -> line.startsWith("error: "))).hasSize(1);
    assertThat(result.out()).isEmpty();
  }

  private Cli.Result train(Object... options) {
    Object[] args = new Object[options.length + 6];
    Object[] start = {"train", Cli.PLANAR, "--target", "label", "--out", model()};
    System.arraycopy(start, 0, args, 0, start.length);
    System.arraycopy(options, 0, args, start.length, options.length);
    return Cli.run(args);
  }

  @Test
  void aModelIsAFile() {
    for (String command : new String[] {"train", "compare"}) {
      assertFails(
          Cli.run(command, Cli.PLANAR, "--target", "label", "--out", "-"),
          2,
          "a model can't be written to a terminal or pipe; name a file with --out");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--hidden     | 0          | at least 1 unit",
        "--hidden     | 4,x        | --hidden must be none or numbers such as 64 or 64x32, not"
            + " '4,x'",
        "--hidden     | 4,0        | --hidden must be none or numbers",
        "--hidden     | 4x         | not '4x'",
        "--hidden     | '64, 32'   | write --hidden 64x32 for the layers of one network",
        "--hidden     | 8,4,2      | separates networks, which only shallownet compare takes",
        "--hidden     | -3         | at least 1 unit",
        "--activation | relu,tanh  | one function, for all hidden layers, not 'relu,tanh'",
        "--activation | swish      | choose one of relu",
        "--optimizer  | sgd        | adam, momentum or gd",
        "--learning-rate | 0       | learning rate must be a positive number",
        "--learning-rate | NaN     | learning rate must be a positive number",
        "--learning-rate | fast    | --learning-rate",
        "--batch-size | 0          | batch size must be at least 1",
        "--batch-size | all        | --batch-size must be a number or 'full'",
        "--epochs     | 0          | at least 1 epoch",
        "--l2         | -1         | 0 or a positive number",
        "--init       | random     | --init must be",
        "--init       | normal:0   | positive and finite",
        "--init       | normal:x   | needs a number for S",
        "--l2         | 1e300      | fits float32",
        "--features   | ',x1'      | has an empty name",
        "--features   | '\"x1'     | quote that is not closed",
        "--patience   | 0          | patience must be at least 1",
        "--dev-fraction | 1        | at least 0 and below 1",
        "--dev-fraction | -0.5     | at least 0 and below 1",
        "--task       | clustering | unknown task",
        "--backend    | gpu        | choose auto, cpu, cuda or cuda:i",
        "--precision  | fp64       | fp32, tf32 or bf16",
        "--threads    | -1         | --threads",
        "--threads    | 100000     | from 0 to 1024",
        "--seed       | x          | --seed",
        "--colour     | blue       | --colour"
      })
  void usage(String option, String value, String message) {
    assertFails(train(option, value), ExitCode.USAGE, message, "--help");
  }

  @Test
  void usageWithoutWhatIsRequired() {
    assertFails(Cli.run(), ExitCode.USAGE, "a command is missing");
    assertFails(Cli.run("trian"), ExitCode.USAGE, "trian");
    assertFails(Cli.run("train", Cli.PLANAR), ExitCode.USAGE, "--target");
    assertFails(Cli.run("train", "--target", "label"), ExitCode.USAGE, "DATA");
    assertFails(Cli.run("evaluate", model()), ExitCode.USAGE, "DATA");
  }

  /** A mapped file that is cut while it is read, as a large .npy may be. */
  @Test
  void aFileThatIsCutWhileItIsReadIsAnErrorOfTheData() throws IOException {
    Path file = Files.write(folder.resolve("cut.npy"), new byte[1 << 20]);
    Throwable thrown = null;
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      MappedByteBuffer mapped = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size());
      channel.truncate(0);
      try {
        for (int i = 0; i < mapped.capacity(); i += 64) {
          mapped.get(i);
        }
      } catch (InternalError e) {
        thrown = e;
      }
    }
    assumeTrue(thrown != null, "this system tells nothing of it");
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    PrintStream printed = new PrintStream(err, true, StandardCharsets.UTF_8);
    Failures failures = new Failures(Terminal.plain(printed, printed), () -> false);
    assertThat(failures.of(thrown)).isEqualTo(ExitCode.DATA);
    assertThat(Failures.exitCode(thrown)).isEqualTo(ExitCode.DATA);
    assertThat(err.toString(StandardCharsets.UTF_8))
        .startsWith("error: a file of the data became shorter while it was read;")
        .hasLineCount(1);
  }

  @Test
  void optionsThatExcludeEachOther() {
    assertFails(
        train("--dev", Cli.PLANAR, "--dev-fraction", 0.2),
        ExitCode.USAGE,
        "can't be used together");
    assertFails(train("--history", model()), ExitCode.USAGE, "another file");
    train("--epochs", 1);
    assertFails(
        train("--from", model(), "--hidden", 4), ExitCode.USAGE, "--hidden can't be used with");
    assertFails(
        train("--from", model(), "--activation", "tanh"), ExitCode.USAGE, "--activation can't");
    assertFails(train("--from", model(), "--init", "he"), ExitCode.USAGE, "--init can't");
    assertFails(train("--from", model(), "--no-standardize"), ExitCode.USAGE, "standardises");
  }

  @Test
  void backendsThatAreNotThere() {
    assertFails(train("--backend", "cuda:99"), ExitCode.BACKEND, "backend 'cuda' is unavailable");
    assertFails(train("--backend", "cpu", "--precision", "tf32"), ExitCode.BACKEND, "float32 only");
    assertThat(model()).doesNotExist();
  }

  @Test
  void dataThatIsNotThereOrNotATable() {
    assertFails(
        Cli.run("train", folder.resolve("no.csv"), "--target", "y", "--out", model()),
        ExitCode.FILE_SYSTEM,
        "no.csv",
        "does not exist");
    Path empty = Cli.write(folder.resolve("empty.csv"));
    assertFails(
        Cli.run("train", empty, "--target", "y", "--out", model()), ExitCode.DATA, "empty.csv");
    assertFails(
        Cli.run("train", Cli.PLANAR, "--target", "y", "--out", model()), ExitCode.DATA, "'y'");
  }

  @Test
  void outputsThatCanNotBeWrittenAreFoundBeforeTraining() {
    Path missing = folder.resolve("missing").resolve("model.onnx");
    assertFails(
        Cli.run("train", Cli.PLANAR, "--target", "label", "--out", missing),
        ExitCode.FILE_SYSTEM,
        "missing",
        "does not exist");
    assertFails(
        Cli.run("train", Cli.PLANAR, "--target", "label", "--out", folder),
        ExitCode.FILE_SYSTEM,
        "is a folder");
    assertFails(
        train("--history", folder.resolve("missing").resolve("h.csv")),
        ExitCode.FILE_SYSTEM,
        "missing",
        "does not exist");
    assertThat(model()).doesNotExist();
  }

  @Test
  void aFolderWithoutPermissionIsFoundBeforeTraining() throws IOException {
    assumeFalse("root".equals(System.getProperty("user.name")), "root may write everywhere");
    Path locked = Files.createDirectory(folder.resolve("locked"));
    Files.setPosixFilePermissions(locked, PosixFilePermissions.fromString("r-xr-xr-x"));
    assertFails(
        Cli.run("train", Cli.PLANAR, "--target", "label", "--out", locked.resolve("m.onnx")),
        ExitCode.FILE_SYSTEM,
        "locked");
  }

  @Test
  void theDataIsNeverOverwritten() throws IOException {
    Path data = Files.copy(Cli.PLANAR, folder.resolve("data.csv"));
    assertFails(
        Cli.run("train", data, "--target", "label", "--out", data),
        ExitCode.FILE_SYSTEM,
        "is an input");
    assertThat(data).hasSameBinaryContentAs(Cli.PLANAR);
  }

  @Test
  void modelsThatAreDamagedOrNone() throws IOException {
    train("--epochs", 1);
    byte[] bytes = Files.readAllBytes(model());
    Path damaged = folder.resolve("damaged.onnx");
    bytes[bytes.length / 2] ^= 1;
    Files.write(damaged, bytes);
    assertFails(Cli.run("info", damaged), ExitCode.DATA, "damaged.onnx");
    Files.write(damaged, java.util.Arrays.copyOf(bytes, bytes.length / 2));
    assertFails(Cli.run("evaluate", damaged, Cli.PLANAR), ExitCode.DATA, "damaged.onnx");
    assertFails(Cli.run("predict", Cli.PLANAR, Cli.PLANAR), ExitCode.DATA, "planar.csv");
    assertFails(Cli.run("info", folder.resolve("no.onnx")), ExitCode.FILE_SYSTEM, "does not exist");
  }

  @Test
  void dataThatLacksWhatAModelNeeds() {
    train("--epochs", 1);
    Path lacking = Cli.write(folder.resolve("lacking.csv"), "x1,label", "1,0");
    assertFails(Cli.run("predict", model(), lacking), ExitCode.DATA, "'x2'");
    Path text = Cli.write(folder.resolve("text.csv"), "x1,x2,label", "1,two,0");
    assertFails(Cli.run("predict", model(), text), ExitCode.DATA, "'x2'", "line 2");
    Path strange = Cli.write(folder.resolve("strange.csv"), "x1,x2,label", "1,2,7");
    assertFails(Cli.run("evaluate", model(), strange), ExitCode.DATA, "'7'", "line 2");
    Path unlabelled = Cli.write(folder.resolve("unlabelled.csv"), "x1,x2", "1,2");
    assertFails(Cli.run("evaluate", model(), unlabelled), ExitCode.DATA, "'label'");
  }

  @Test
  void debugShowsWhereItHappened() {
    Cli.Result result = train("--backend", "cuda", "--debug");
    assertThat(result.err()).contains("\tat ");
  }

  @Test
  void inputsAreNeverOverwritten() throws IOException {
    assertThat(train("--epochs", 1).exitCode()).isZero();
    Path dev = Files.copy(Cli.PLANAR, folder.resolve("dev.csv"));
    byte[] before = Files.readAllBytes(model());
    assertFails(
        Cli.run("predict", model(), Cli.PLANAR, "--out", model()),
        ExitCode.FILE_SYSTEM,
        "is an input");
    assertFails(train("--dev", dev, "--history", dev), ExitCode.FILE_SYSTEM, "is an input");
    assertFails(
        train("--from", model(), "--history", folder.resolve(".").resolve("model.onnx")),
        ExitCode.FILE_SYSTEM,
        "is an input");
    assertFails(
        Cli.run("train", Cli.PLANAR, "--target", "label", "--dev", dev, "--out", dev),
        ExitCode.FILE_SYSTEM,
        "is an input");
    assertThat(model()).hasBinaryContent(before);
    assertThat(dev).hasSameBinaryContentAs(Cli.PLANAR);
  }

  @Test
  void historyIsNotTheModelUnderAnotherSpelling() {
    assertFails(
        train("--history", folder.resolve(".").resolve("model.onnx")),
        ExitCode.USAGE,
        "another file than the model");
  }

  @Test
  void aDirectoryIsNoFile() {
    assertFails(
        Cli.run("info", folder),
        ExitCode.FILE_SYSTEM,
        "error: " + folder + " is a folder; name a model file.");
    assertFails(
        Cli.run("train", folder, "--target", "y"),
        ExitCode.FILE_SYSTEM,
        "error: " + folder + " is a folder; name a file.");
    assertFails(
        Cli.run("train", folder.resolve("part-*.csv"), "--target", "y"),
        ExitCode.FILE_SYSTEM,
        "part-*.csv is a pattern that no file fits; check it.");
    assertFails(
        Cli.run("predict", model(), Cli.PLANAR, "--out", Cli.PLANAR),
        ExitCode.FILE_SYSTEM,
        "planar.csv is an input and would be overwritten; choose another name.");
  }

  @Test
  void whatTheSystemSaysIsAReason() {
    assertThat(exitCode(new FullStream(), "doctor")).isEqualTo(ExitCode.FILE_SYSTEM);
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    PrintStream printed = new PrintStream(err, true, StandardCharsets.UTF_8);
    Failures failures = new Failures(Terminal.plain(printed, printed), () -> false);
    failures.of(new FileSystemException("t.csv", null, "Input/output error"));
    failures.of(new FileSystemException("t.csv"));
    failures.of(
        new FileSystemException("standard output", null, "it can't be written: No space left"));
    assertThat(err.toString(StandardCharsets.UTF_8).lines())
        .containsExactly(
            "error: t.csv can't be used: Input/output error.",
            "error: t.csv can't be used; check the path.",
            "error: standard output can't be written: No space left.");
  }

  @Test
  void unwritableStandardOutput() {
    for (String word : new String[] {"doctor", "--help", "--version"}) {
      assertThat(exitCode(new FullStream(), word)).isEqualTo(ExitCode.FILE_SYSTEM);
      assertThat(exitCode(Cli.pipeWithoutReader(), word)).isEqualTo(ExitCode.OK);
    }
  }

  @Test
  void aFullDeviceIsAFailureInTheSystemsOwnWords() throws IOException {
    Path full = Path.of("/dev/full");
    assumeTrue(Files.isWritable(full), "there is no /dev/full");
    try (OutputStream out = new FileOutputStream(full.toFile())) {
      assertThat(exitCode(out, "--version")).isEqualTo(ExitCode.FILE_SYSTEM);
    }
  }

  private static final class FullStream extends OutputStream {
    @Override
    public void write(int b) throws IOException {
      throw new IOException("No space left on device");
    }
  }

  private static int exitCode(OutputStream standardOutput, String word) {
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    Terminal terminal =
        Terminal.plain(
            new PrintStream(new StandardOutput(standardOutput), true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8));
    int exitCode = Main.run(terminal, new Interruption(() -> {}), word);
    assertThat(err.toString(StandardCharsets.UTF_8).lines())
        .hasSize(exitCode == ExitCode.OK ? 0 : 1);
    return exitCode;
  }

  @Test
  void outOfMemory() {
    OutputStream hungry =
        new OutputStream() {
          @Override
          public void write(int b) {
            throw new OutOfMemoryError("Java heap space");
          }
        };
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    Terminal terminal =
        Terminal.plain(
            new PrintStream(hungry, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8));
    assertThat(Main.run(terminal, new Interruption(() -> {}), "doctor")).isEqualTo(ExitCode.MEMORY);
    assertThat(err.toString(StandardCharsets.UTF_8)).contains("no more memory", "-Xmx");
  }

  @Test
  void tooLittleMemoryOnTheDevice() {
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    PrintStream printed = new PrintStream(err, true, StandardCharsets.UTF_8);
    Failures failures = new Failures(Terminal.plain(printed, printed), () -> false);
    Exception e =
        new DeviceMemoryException("the card's memory", 5 << 20, 3 << 20, "ask less", null);
    assertThat(failures.of(e)).isEqualTo(ExitCode.MEMORY);
    assertThat(err.toString(StandardCharsets.UTF_8).strip())
        .isEqualTo("error: not enough of the card's memory: 5 MiB asked, 3 MiB free; ask less.");
  }
}
