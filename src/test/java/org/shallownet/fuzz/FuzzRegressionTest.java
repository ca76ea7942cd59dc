package org.shallownet.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.shallownet.model.onnx.WireMessage;

/** What fuzzing begins with and what it found, and what is too large to be found by it. */
class FuzzRegressionTest {
  private static final int HALF_MEGABYTE = 1 << 19;

  private static Stream<Path> csv() throws IOException, URISyntaxException {
    return files("csv");
  }

  private static Stream<Path> npy() throws IOException, URISyntaxException {
    return files("npy");
  }

  private static Stream<Path> onnx() throws IOException, URISyntaxException {
    return Stream.concat(files("onnx"), files("../model").filter(FuzzRegressionTest::isModel));
  }

  private static boolean isModel(Path file) {
    return file.toString().endsWith(".onnx");
  }

  private static Stream<Path> files(String folder) throws IOException, URISyntaxException {
    Path path = Path.of(Objects.requireNonNull(Contract.class.getResource(folder)).toURI());
    try (Stream<Path> files = Files.list(path)) {
      List<Path> all = files.sorted().toList();
      assertThat(all).isNotEmpty();
      return all.stream();
    }
  }

  @ParameterizedTest
  @MethodSource("csv")
  void tablesOfText(Path file) throws IOException {
    CsvFuzzer.readInEveryWay(Files.readAllBytes(file));
  }

  @ParameterizedTest
  @MethodSource("npy")
  void arrays(Path file) throws IOException {
    NpyFuzzer.readInEveryWay(Files.readAllBytes(file));
  }

  @ParameterizedTest
  @MethodSource("onnx")
  void models(Path file) throws IOException {
    OnnxFuzzer.fuzzerTestOneInput(Files.readAllBytes(file));
  }

  @ParameterizedTest
  @MethodSource("longCells")
  void longCells(String text) {
    CsvFuzzer.readInEveryWay(bytes(text));
  }

  private static Stream<String> longCells() {
    return Stream.of("1", "1,", "1.", ".", "-", "1e", "'", "a", "ä", " ", "\t", "\"\"", "$1,")
        .map(part -> "\n1;2\n\"" + part.repeat(HALF_MEGABYTE / part.length()) + "1\";1\n3;4\n")
        .flatMap(rows -> Stream.of("x1;t" + rows, "t;x1" + rows));
  }

  /** Many columns, of which each takes some memory, or many rows. */
  @Test
  void wideAndLongTables() {
    StringBuilder names = new StringBuilder("t");
    StringBuilder words = new StringBuilder("1");
    StringBuilder rows = new StringBuilder("x1,t\n");
    for (int i = 0; i < HALF_MEGABYTE / 64; i++) {
      names.append(",n").append(i);
      words.append(",w").append(i);
    }
    for (int i = 0; i < HALF_MEGABYTE / 16; i++) {
      rows.append('w').append(i).append(",l").append(i).append('\n');
    }
    CsvFuzzer.readInEveryWay(bytes(names + "\n" + words + "\n" + words + "\n"));
    CsvFuzzer.readInEveryWay(bytes(rows.toString()));
    CsvFuzzer.readInEveryWay(bytes("x1,t\n" + "\r".repeat(HALF_MEGABYTE) + "1,2\n"));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void manyFields() {
    StringBuilder fields = new StringBuilder();
    int count = HALF_MEGABYTE / 32;
    for (int i = 0; i < count; i++) {
      fields.append("('f").append(i).append("', '<f4'), ");
    }
    byte[] header = bytes("{'descr': [" + fields + "], 'fortran_order': False, 'shape': (2,), }\n");
    byte[] start = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 2, 0};
    NpyFuzzer.readInEveryWay(
        ByteBuffer.allocate(start.length + Integer.BYTES + header.length + 2 * count * Float.BYTES)
            .order(ByteOrder.LITTLE_ENDIAN)
            .put(start)
            .putInt(header.length)
            .put(header)
            .array());
  }

  @Test
  void manyArrays() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(out)) {
      for (int i = 0; i < HALF_MEGABYTE / 100; i++) {
        zip.putNextEntry(new ZipEntry(i + ".npy"));
      }
    }
    NpyFuzzer.readInEveryWay(out.toByteArray());
  }

  @Test
  void deepHeaders() {
    byte[] start = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 2, 0, 0, 0, 8, 0};
    ByteBuffer file = ByteBuffer.allocate(start.length + HALF_MEGABYTE).put(start);
    while (file.hasRemaining()) {
      file.put((byte) '(');
    }
    NpyFuzzer.readInEveryWay(file.array());
  }

  /** Each in a field of its own, as old encoders wrote them. */
  @Test
  void numbersThatAreNotPacked() throws IOException {
    WireMessage tensor = new WireMessage().integer(1, HALF_MEGABYTE / 5).integer(2, 1);
    for (int i = 0; i < HALF_MEGABYTE / 5; i++) {
      tensor.real(4, i);
    }
    OnnxFuzzer.fuzzerTestOneInput(model(new WireMessage().message(5, tensor.text(8, "W"))));
  }

  @Test
  void nestedGraphs() throws IOException {
    WireMessage attribute = new WireMessage().text(1, "body");
    for (int depth = 0; depth < 3000; depth++) {
      WireMessage node = new WireMessage().text(4, "Loop").message(5, attribute);
      attribute = new WireMessage().text(1, "body").message(6, new WireMessage().message(1, node));
    }
    WireMessage node = new WireMessage().text(2, "y").text(4, "Loop").message(5, attribute);
    OnnxFuzzer.fuzzerTestOneInput(model(new WireMessage().message(1, node)));
  }

  @Test
  void nestedGroups() {
    byte[] groups = new byte[HALF_MEGABYTE];
    Arrays.fill(groups, (byte) (15 << 3 | 3));
    OnnxFuzzer.fuzzerTestOneInput(groups);
  }

  /** As many nodes, constants and inputs as half a megabyte holds. */
  @Test
  void longChains() throws IOException {
    WireMessage nodes = new WireMessage();
    WireMessage constants = new WireMessage();
    String last = "x";
    for (int i = 0; i < HALF_MEGABYTE / 40; i++) {
      String next = "v" + i;
      nodes.message(1, new WireMessage().text(1, last).text(2, next).text(4, "Identity"));
      constants
          .message(5, new WireMessage().integer(2, 1).text(8, "c" + i))
          .message(11, new WireMessage().text(1, "i" + i));
      last = next;
    }
    OnnxFuzzer.fuzzerTestOneInput(model(nodes));
    OnnxFuzzer.fuzzerTestOneInput(model(constants));
  }

  /** A model from another tool with one input. */
  private static byte[] model(WireMessage graph) throws IOException {
    graph.message(11, new WireMessage().text(1, "x")).message(12, new WireMessage().text(1, "y"));
    WireMessage model =
        new WireMessage()
            .integer(1, 8)
            .message(7, graph)
            .message(8, new WireMessage().integer(2, 17));
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    model.writeTo(out);
    return out.toByteArray();
  }
}
