package org.shallownet.model;

import com.google.protobuf.InvalidProtocolBufferException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.shallownet.data.DataException;
import org.shallownet.model.chain.ChainReader;
import org.shallownet.model.chain.DenseChain;
import org.shallownet.model.chain.ExternalFiles;
import org.shallownet.model.onnx.OnnxDecoder;
import org.shallownet.model.onnx.OnnxEncoder;
import org.shallownet.model.onnx.OnnxModel;
import org.shallownet.model.onnx.WireMessage;

/**
 * A model's file. Ours hold a {@link ContentChecksum}, so that damage is found but other tools may
 * rewrite them without changing a number. Files of formats before that end in a metadata entry of
 * fixed length with the SHA-256 of all bytes before it.
 */
final class ModelFile {
  /** The last format whose checksum is one of bytes. */
  private static final int LAST_FORMAT_OF_BYTES = 3;

  private static final int HEX_DIGITS = 64;

  private static final int LARGEST_ARRAY = Integer.MAX_VALUE - 64;

  /** What a model is called that is in no file. */
  private static final Path IN_MEMORY = Path.of("the model");

  /** What the entry begins with: field and length, key, and the value's field and length. */
  private static final byte[] ENTRY_START = entryStart();

  private static final int ENTRY_BYTES = ENTRY_START.length + HEX_DIGITS;

  private ModelFile() {}

  private static byte[] entryStart() {
    byte[] entry = entry("0".repeat(HEX_DIGITS));
    return Arrays.copyOf(entry, entry.length - HEX_DIGITS);
  }

  private static byte[] entry(String checksum) {
    return bytes(
        new WireMessage().message(14, OnnxEncoder.metadata(ContentChecksum.KEY, checksum)));
  }

  private static byte[] bytes(WireMessage message) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try {
      message.writeTo(out);
    } catch (IOException e) {
      throw new UncheckedIOException(e); // memory does not fail
    }
    return out.toByteArray();
  }

  /**
   * Writes a model to a file or replaces the file.
   *
   * @throws IOException if the file can't be written; what was there before is then still there
   * @throws DataException if the model is too large for the format
   */
  static void write(Model model, OnnxOutputs outputs, Path file) throws IOException {
    AtomicFile.write(file, message(model, outputs, Integer.MAX_VALUE, file)::writeTo);
  }

  /**
   * A file's bytes.
   *
   * @throws DataException if they are more than an array holds
   */
  static byte[] toBytes(Model model) {
    return bytes(message(model, OnnxOutputs.LABELS, LARGEST_ARRAY, IN_MEMORY));
  }

  private static WireMessage message(Model model, OnnxOutputs outputs, int most, Path file) {
    WireMessage message =
        OnnxEncoder.encode(ContentChecksum.addTo(ModelWriter.toOnnx(model, outputs)));
    if (message.size() > most) {
      throw new DataException(
          file + ": the model is larger than 2 GiB, the most that an ONNX file can hold");
    }
    return message;
  }

  /**
   * Reads a model of ours or a chain from another tool.
   *
   * @throws IOException if the file can't be read
   * @throws DataException if it is damaged or holds something else
   */
  static Model read(Path file) throws IOException {
    if (Files.isDirectory(file)) {
      throw new FileSystemException(file.toString(), null, "it is a folder; name a model file");
    }
    if (Files.size(file) > LARGEST_ARRAY) {
      throw new DataException(file + " is larger than 2 GiB, the most that an ONNX file can hold");
    }
    return parse(Files.readAllBytes(file), file);
  }

  /**
   * The model in these bytes, which are no file's.
   *
   * @throws DataException if they are damaged, hold something else, or numbers in other files
   */
  static Model parse(byte[] bytes) {
    return parse(bytes, IN_MEMORY, ExternalFiles.NONE);
  }

  /** The model in these bytes, the content of a file whose name is for messages. */
  static Model parse(byte[] bytes, Path file) {
    return parse(bytes, file, new ExternalFiles(file));
  }

  private static Model parse(byte[] bytes, Path file, ExternalFiles files) {
    if (bytes.length == 0) {
      throw new DataException(file + " is empty; it should be an ONNX model");
    }
    OnnxModel onnx;
    try {
      onnx = OnnxDecoder.decode(bytes);
    } catch (InvalidProtocolBufferException e) {
      if (endsInChecksum(bytes)) {
        throw damaged(file);
      }
      throw new DataException(
          file
              + " is not a whole ONNX model: it is damaged, cut off or something else; restore it from a"
              + " copy or export it again",
          e);
    }
    boolean ours = ModelReader.isOurs(onnx);
    if (!ours && endsInChecksum(bytes)) {
      throw damaged(file);
    }
    try {
      return ours ? ours(onnx, bytes, files) : withoutNames(ChainReader.read(onnx, files));
    } catch (DamagedException e) {
      throw damaged(file);
    } catch (DataException e) {
      throw new DataException("can't use " + file + ": " + e.getMessage(), e);
    }
  }

  private static Model ours(OnnxModel onnx, byte[] bytes, ExternalFiles files)
      throws DamagedException {
    ModelReader reader = new ModelReader(onnx, files);
    int format = reader.format();
    boolean intact =
        format <= LAST_FORMAT_OF_BYTES ? checksumFits(bytes) : reader.contentIsIntact();
    if (!intact) {
      throw new DamagedException();
    }
    return reader.read();
  }

  private static Model withoutNames(DenseChain chain) {
    return new Model(
        chain.weights(),
        chain.task(),
        chain.preprocessing(),
        List.of(),
        List.of(),
        null,
        chain.functions(),
        chain.provenance());
  }

  /** The checksum doesn't fit. */
  private static final class DamagedException extends Exception {
    private static final long serialVersionUID = 1;
  }

  private static DataException damaged(Path file) {
    return new DataException(
        file + " is damaged: its checksum does not match; restore it from a copy or train again");
  }

  private static boolean endsInChecksum(byte[] bytes) {
    int start = bytes.length - ENTRY_BYTES;
    return start >= 0
        && Arrays.equals(
            bytes, start, start + ENTRY_START.length, ENTRY_START, 0, ENTRY_START.length);
  }

  private static boolean checksumFits(byte[] bytes) {
    if (!endsInChecksum(bytes)) {
      return false;
    }
    MessageDigest digest = ContentChecksum.sha256();
    digest.update(bytes, 0, bytes.length - ENTRY_BYTES);
    String stored =
        new String(bytes, bytes.length - HEX_DIGITS, HEX_DIGITS, StandardCharsets.ISO_8859_1);
    return stored.equals(HexFormat.of().formatHex(digest.digest()));
  }
}
