package org.shallownet.model.chain;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.shallownet.data.DataException;
import org.shallownet.data.text.Printable;
import org.shallownet.model.onnx.OnnxTensor;

/**
 * Reads numbers that a model keeps in files beside its own. A model may come from anywhere, so it
 * reaches no file outside its folder.
 */
public final class ExternalFiles {
  private static final String HELP =
      "; keep both files in one folder, or export the model as one file (in PyTorch with"
          + " external_data=False)";

  /** None: of a model that is in no file itself. */
  public static final ExternalFiles NONE = new ExternalFiles();

  private final @Nullable Path folder;

  private ExternalFiles() {
    folder = null;
  }

  /** The files beside this model. */
  public ExternalFiles(Path model) {
    Path parent = model.toAbsolutePath().getParent();
    folder = parent == null ? model.toAbsolutePath() : parent;
  }

  /**
   * The tensor with its numbers, wherever they are.
   *
   * @throws DataException if the file is outside the folder, is missing, can't be read or is too
   *     short
   */
  public OnnxTensor load(OnnxTensor tensor) {
    Map<String, String> entries = tensor.external();
    if (entries == null) {
      return tensor;
    }
    String location = entries.getOrDefault("location", "");
    if (folder == null) {
      throw new DataException(
          "constant "
              + Printable.quoted(tensor.name())
              + " has its numbers in another file, "
              + Printable.quoted(location)
              + "; load the model by its path, or export it as one file");
    }
    Path file = file(folder, tensor, location);
    long offset = number(tensor, entries, "offset", 0);
    long needed = tensor.byteCount();
    long length = number(tensor, entries, "length", needed);
    if (needed < 0 || needed > Integer.MAX_VALUE - 64 || length != needed) {
      throw new DataException(
          "constant "
              + Printable.quoted(tensor.name())
              + " of shape "
              + tensor.dimensions()
              + " and ONNX type "
              + tensor.type()
              + " does not fit the "
              + length
              + " bytes that it has in the file "
              + Printable.quoted(location)
              + "; export the model again");
    }
    try (FileChannel channel = FileChannel.open(file)) {
      if (offset > channel.size() - needed) {
        throw new DataException(
            "the file "
                + Printable.quoted(location)
                + " is too short for the numbers of constant "
                + Printable.quoted(tensor.name())
                + ": it is cut off or belongs to another model; copy it again, or export the model"
                + " again");
      }
      ByteBuffer data = ByteBuffer.allocate((int) needed);
      while (data.hasRemaining()) {
        if (channel.read(data, offset + data.position()) < 0) {
          throw new IOException("it became shorter while it was read");
        }
      }
      return tensor.withData(data.flip());
    } catch (IOException e) {
      throw new DataException(
          "the file "
              + Printable.quoted(location)
              + " with its numbers can't be read: "
              + e.getMessage(),
          e);
    }
  }

  private static Path file(Path folder, OnnxTensor tensor, String location) {
    try {
      Path path = Path.of(location);
      boolean plain = !location.isEmpty() && !path.isAbsolute() && path.getRoot() == null;
      for (Path part : path) {
        plain &= !part.toString().equals("..");
      }
      if (plain) {
        Path file = folder.resolve(path);
        if (!Files.isRegularFile(file)) {
          throw new DataException(
              "the file "
                  + Printable.quoted(location)
                  + " with the numbers of constant "
                  + Printable.quoted(tensor.name())
                  + " is missing"
                  + HELP);
        }
        // A link may still lead out of the folder.
        if (file.toRealPath().startsWith(folder.toRealPath())) {
          return file;
        }
      }
    } catch (InvalidPathException e) {
      throw outside(tensor, location);
    } catch (IOException e) {
      throw new DataException(
          "the file " + Printable.quoted(location) + " can't be read: " + e.getMessage(), e);
    }
    throw outside(tensor, location);
  }

  private static DataException outside(OnnxTensor tensor, String location) {
    return new DataException(
        "constant "
            + Printable.quoted(tensor.name())
            + " has its numbers in "
            + Printable.quoted(location)
            + ", which is no file in the model's folder"
            + HELP);
  }

  private static long number(
      OnnxTensor tensor, Map<String, String> entries, String key, long otherwise) {
    String text = entries.get(key);
    if (text == null) {
      return otherwise;
    }
    try {
      long value = Long.parseLong(text);
      if (value >= 0) {
        return value;
      }
    } catch (NumberFormatException e) {
      // Refused below, as a negative number is.
    }
    throw new DataException(
        "constant "
            + Printable.quoted(tensor.name())
            + " has the "
            + key
            + " "
            + Printable.quoted(text)
            + " in its external file, which is no such number; export the model again");
  }
}
