package org.shallownet.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shallownet.data.DataException;
import org.shallownet.model.chain.Chain;
import org.shallownet.model.onnx.OnnxTensor;

/** Weights beside the model's file. */
class ExternalFilesTest {
  @TempDir Path directory;
  private Path folder;

  @BeforeEach
  void writeWeights() throws IOException {
    folder = Files.createDirectory(directory.resolve("models"));
    Files.write(folder.resolve("w.bin"), weights());
    Files.write(directory.resolve("outside.bin"), weights());
  }

  /** A padding of 4 bytes and then 1 and -2. */
  private static byte[] weights() {
    ByteBuffer bytes = ByteBuffer.allocate(12).order(ByteOrder.LITTLE_ENDIAN);
    return bytes.putInt(7).putFloat(1).putFloat(-2).array();
  }

  private Model load(Map<String, String> entries) throws IOException {
    OnnxTensor tensor =
        new OnnxTensor(
            "W", List.of(2L, 1L), OnnxTensor.FLOAT, ByteBuffer.allocate(0), List.of(), entries);
    Path file = folder.resolve("model.onnx");
    Files.write(file, new Chain(-1, 2).multiply(tensor).bytes());
    return Model.load(file);
  }

  private void refused(String message, Map<String, String> entries) {
    assertThatThrownBy(() -> load(entries))
        .isInstanceOf(DataException.class)
        .hasMessageStartingWith("can't use " + folder.resolve("model.onnx") + ": ")
        .hasMessageContaining(message);
  }

  @Test
  void numbersAreReadFromTheirPlace() throws IOException {
    Map<String, String> whole = Map.of("location", "w.bin", "offset", "4", "length", "8");
    assertThat(load(whole).weights().weights(1)).containsExactly(1, -2);
    Map<String, String> brief = Map.of("location", "./w.bin", "offset", "4", "checksum", "?");
    assertThat(load(brief).weights().weights(1)).containsExactly(1, -2);
    Files.createDirectory(folder.resolve("sub"));
    Files.move(folder.resolve("w.bin"), folder.resolve("sub/w.bin"));
    Map<String, String> below = Map.of("location", "sub/w.bin", "offset", "4");
    assertThat(load(below).weights().weights(1)).containsExactly(1, -2);
  }

  @Test
  void aLinkToTheFolderItselfIsFollowed() throws IOException {
    load(Map.of("location", "w.bin"));
    Path link = Files.createSymbolicLink(directory.resolve("link"), folder);
    assertThat(Model.load(link.resolve("model.onnx")).spec().inputs()).isEqualTo(2);
  }

  @Test
  void filesOutsideTheFolderAreRefused() throws IOException {
    String outside = "which is no file in the model's folder; keep both files in one folder";
    Files.createSymbolicLink(folder.resolve("link.bin"), directory.resolve("outside.bin"));
    Files.createSymbolicLink(folder.resolve("up"), directory);
    for (String location :
        List.of(
            "",
            "../outside.bin",
            "sub/../../outside.bin",
            directory.resolve("outside.bin").toString(),
            folder.resolve("w.bin").toString(),
            "link.bin",
            "up/outside.bin",
            "w\0.bin")) {
      refused(outside, Map.of("location", location));
    }
    refused(outside, Map.of());
  }

  @Test
  void missingAndShortFilesAreNamed() {
    refused(
        "the file 'none.bin' with the numbers of constant 'W' is missing; keep both files in one"
            + " folder, or export the model as one file (in PyTorch with external_data=False)",
        Map.of("location", "none.bin"));
    refused("the file 'w.bin' is too short", Map.of("location", "w.bin", "offset", "5"));
    refused(
        "the file 'w.bin' is too short",
        Map.of("location", "w.bin", "offset", Long.toString(Long.MAX_VALUE)));
    refused("is missing", Map.of("location", "."));
  }

  @Test
  void placesThatAreNoneAreRefused() {
    refused("has the offset '-4'", Map.of("location", "w.bin", "offset", "-4"));
    refused("has the length 'x'", Map.of("location", "w.bin", "length", "x"));
    refused(
        "of shape [2, 1] and ONNX type 1 does not fit the 4 bytes",
        Map.of("location", "w.bin", "length", "4"));
  }
}
