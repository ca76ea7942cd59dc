package org.shallownet.data;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** A table as read from a file: features and perhaps a target whose task is still open. */
public final class Table {
  private final String file;
  private final List<String> featureNames;
  private final FeatureTable features;
  private final @Nullable TargetColumn target;
  private final String fingerprint;

  Table(
      String file,
      List<String> featureNames,
      FeatureTable features,
      @Nullable TargetColumn target,
      String fingerprint) {
    this.file = file;
    this.featureNames = List.copyOf(featureNames);
    this.features = features;
    this.target = target;
    this.fingerprint = fingerprint;
  }

  /**
   * Reads columns of a file: NumPy's formats, told by the file's first bytes, or else CSV.
   *
   * <p>CSV is comma separated UTF-8 whose first line names the columns. A {@code .npy} file holds a
   * matrix, or a vector as one column; its columns are named {@code 0}, {@code 1}, …. It is mapped
   * into memory, must not change while the table is used, and may be larger than memory. The fields
   * of a structured array are columns by their names. A {@code .npz} file holds one such array, or
   * {@code X} with the features and {@code y} with the target, a column of that name.
   *
   * @throws DataException if the data can't be used
   * @throws IOException if the file can't be read
   */
  public static Table read(Path file, Columns wanted) throws IOException {
    if (!Files.exists(file)) {
      throw new NoSuchFileException(file.toString(), null, "there is no such file");
    }
    if (Files.isDirectory(file)) {
      throw new FileSystemException(file.toString(), null, "it is a directory; name a file");
    }
    if (!Files.isReadable(file)) {
      throw new AccessDeniedException(file.toString(), null, "there is no permission to read it");
    }
    FileFormat format = FileFormat.of(file);
    return switch (format) {
      case NPY -> NpyTableReader.read(file, wanted);
      case NPZ -> NpzTableReader.read(file, wanted);
      case GZIP, UTF16 -> CsvTableReader.read(file, wanted);
      case TEXT -> {
        requireCsvName(file);
        yield CsvTableReader.read(file, wanted);
      }
      default -> throw format.unreadable(file);
    };
  }

  private static void requireCsvName(Path file) {
    String name = file.toString().toLowerCase(Locale.ROOT);
    if (name.endsWith(".npy") || name.endsWith(".npz")) {
      throw new DataException(
          file
              + " is not a NumPy file in spite of its name; save it with numpy.save, or give a CSV"
              + " file another name");
    }
  }

  /** The features' names in order. */
  public List<String> featureNames() {
    return featureNames;
  }

  /** The features, finite float32. */
  public FeatureTable features() {
    return features;
  }

  /** The number of rows, at least 1. */
  public long rows() {
    return features.rows();
  }

  /** Whether a target was read. */
  public boolean hasTarget() {
    return target != null;
  }

  /** Whether a target was read whose values are all numbers. */
  public boolean hasNumericTarget() {
    return target != null && target.isNumeric();
  }

  /** {@code sha256:} and the hash of the file's bytes in hexadecimal. */
  public String fingerprint() {
    return fingerprint;
  }

  /**
   * What the target's values suggest: text or two different values are classes; at most 20
   * different whole numbers are classes too; else it is a regression.
   *
   * @throws DataException if some values are text among many different numbers
   * @throws IllegalStateException if no target was read
   */
  public TaskChoice inferTask() {
    return requireTarget().infer();
  }

  /**
   * The data for the task that {@link #inferTask()} gives.
   *
   * @throws DataException if there is only one class
   * @throws IllegalStateException if no target was read
   */
  public Dataset dataset() {
    return dataset(inferTask().task());
  }

  /**
   * The data for this task.
   *
   * @throws DataException if the target's values don't fit it
   * @throws IllegalStateException if no target was read
   */
  public Dataset dataset(Task task) {
    return dataset(requireTarget().target(task));
  }

  /**
   * The data with a model's classes: labels are matched by spelling or, failing that, as numbers.
   *
   * @param classes at least two, in the order of the model's outputs
   * @throws DataException if a label is none of them
   * @throws IllegalStateException if no target was read
   */
  public Dataset dataset(List<String> classes) {
    return dataset(requireTarget().matching(classes));
  }

  private Dataset dataset(Target read) {
    return new Dataset(featureNames, features, requireTarget().name(), read);
  }

  private TargetColumn requireTarget() {
    if (target == null) {
      throw new IllegalStateException(file + " was read without a target");
    }
    return target;
  }
}
