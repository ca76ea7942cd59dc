package org.shallownet.fuzz;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.shallownet.model.Model;
import org.shallownet.model.ResealedModels;

/**
 * Holds the reader of models to the {@link Contract}, also where the checksum is right, which
 * doesn't make the rest so.
 */
public final class OnnxFuzzer {
  private static final Path FILE = Contract.file("input.onnx");

  private OnnxFuzzer() {}

  /** Reads an input as it is and with its checksum put right. */
  public static void fuzzerTestOneInput(byte[] input) {
    Contract.hold(input, FILE, Model::load);
    Contract.hold(input, FILE, OnnxFuzzer::readResealed);
  }

  private static void readResealed(Path file) throws IOException {
    byte[] resealed = ResealedModels.reseal(Files.readAllBytes(file));
    if (resealed != null) {
      Files.write(file, resealed);
      Model.load(file);
    }
  }
}
