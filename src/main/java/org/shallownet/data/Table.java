package org.shallownet.data;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.ServiceLoader;
import org.jspecify.annotations.Nullable;
import org.shallownet.data.features.FeatureTable;

/** A table as read from a file: features and perhaps a target whose task is still open. */
public final class Table {
  private final String file;
  private final Schema schema;
  private final FeatureTable features;
  private final @Nullable OpenTarget target;
  private final String fingerprint;
  private final List<ColumnNote> notes;
  private final Map<String, Long> unknown;
  private final List<String> truths;
  private final CsvFormat format;
  private final boolean byPosition;
  private final @Nullable KeptCells kept;

  /**
   * A table.
   *
   * @param file what its file is called in messages
   * @param schema what the features' columns are
   * @param target null if none was read
   * @param fingerprint as {@link Fingerprint} makes it
   */
  public Table(
      String file,
      Schema schema,
      FeatureTable features,
      @Nullable OpenTarget target,
      String fingerprint) {
    this(
        file,
        schema,
        features,
        target,
        fingerprint,
        List.of(),
        Map.of(),
        List.of(),
        CsvFormat.AUTO,
        false,
        null);
  }

  private Table(
      String file,
      Schema schema,
      FeatureTable features,
      @Nullable OpenTarget target,
      String fingerprint,
      List<ColumnNote> notes,
      Map<String, Long> unknown,
      List<String> truths,
      CsvFormat format,
      boolean byPosition,
      @Nullable KeptCells kept) {
    this.byPosition = byPosition;
    this.kept = kept;
    this.file = file;
    this.schema = schema;
    this.features = features;
    this.target = target;
    this.fingerprint = fingerprint;
    this.notes = List.copyOf(notes);
    this.unknown = Map.copyOf(unknown);
    this.truths = List.copyOf(truths);
    this.format = format;
  }

  /** The same, with what became of each column that might have been a feature. */
  public Table withNotes(List<ColumnNote> told) {
    return new Table(
        file,
        schema,
        features,
        target,
        fingerprint,
        told,
        unknown,
        truths,
        format,
        byPosition,
        kept);
  }

  /** The same, with the number of cells of each category that are none of a model's levels. */
  public Table withUnknown(Map<String, Long> counts) {
    return new Table(
        file,
        schema,
        features,
        target,
        fingerprint,
        notes,
        counts,
        truths,
        format,
        byPosition,
        kept);
  }

  /** The same, with the columns of truth values where a model learned numbers. */
  public Table withTruths(List<String> columns) {
    return new Table(
        file,
        schema,
        features,
        target,
        fingerprint,
        notes,
        unknown,
        columns,
        format,
        byPosition,
        kept);
  }

  /** The same, with how its file is written. */
  public Table withFormat(CsvFormat found) {
    return new Table(
        file,
        schema,
        features,
        target,
        fingerprint,
        notes,
        unknown,
        truths,
        found,
        byPosition,
        kept);
  }

  /**
   * Reads columns of a file: {@link #read(Path, TableOptions)} with nothing said but the columns.
   *
   * @throws DataException if the data can't be used
   * @throws IOException if the file can't be read
   */
  public static Table read(Path file, Columns wanted) throws IOException {
    return read(file, TableOptions.of(wanted));
  }

  /**
   * Reads columns of a file whose format is told by its first bytes: NumPy's, Parquet, JSON,
   * DuckDB, SQLite or Arrow, or else CSV.
   *
   * <p>CSV is UTF-8 text, perhaps packed by gzip, whose first line names the columns; how it is
   * written is found out by looking, as far as the options don't say it. What its columns are is
   * decided by the rules of columns, unless the options have a model's schema. The file {@code -}
   * is standard input.
   *
   * <p>A {@code .npy} file holds a matrix, or a vector as one column; its columns are named {@code
   * 0}, {@code 1}, …. It is read as the table is, must not change while that is used, and may be
   * larger than memory. The fields of a structured array are columns by their names. A {@code .npz}
   * file holds one such array, or {@code X} with the features and {@code y} with the target, a
   * column of that name. Not-a-number is a missing cell.
   *
   * <p>Parquet, JSON and DuckDB files are read by DuckDB's driver, {@code org.duckdb:duckdb_jdbc},
   * SQLite by {@code org.xerial:sqlite-jdbc}, which have to be on the class path; a database has
   * one table. Columns of numbers and truth values are what they are, those of texts are decided as
   * in CSV; other types are left out. NULL and not-a-number are missing.
   *
   * <p>Arrow files and streams are read likewise by {@code org.apache.arrow:arrow-vector}, {@code
   * arrow-compression} and {@code arrow-memory-unsafe}, which have to be on the class path; Java is
   * started with {@code --add-opens=java.base/java.nio=ALL-UNNAMED}.
   *
   * @throws DataException if the data can't be used
   * @throws IOException if the file can't be read
   */
  public static Table read(Path file, TableOptions options) throws IOException {
    if (file.toString().equals("-")) {
      return readStandardInput(options);
    }
    FileFormat found = FileFormat.ofReadable(file);
    TableReader reader = reader(found);
    if (reader == null) {
      throw found.unreadable(file);
    }
    return reader.read(file.toString(), file, options);
  }

  /** Reads several files as one table. */
  private static Table readAll(List<Path> files, TableOptions options) throws IOException {
    TableReader reader = null;
    for (Path file : files) {
      if (file.toString().equals("-")) {
        throw new DataException(
            "standard input can't be read together with files; save it in a file first");
      }
      FileFormat found = FileFormat.ofReadable(file);
      TableReader own = reader(found);
      if (own == null) {
        throw found.unreadable(file);
      }
      if (reader != null && !reader.getClass().equals(own.getClass())) {
        throw new DataException(
            file + " is of another format than " + files.get(0) + "; read them one by one");
      }
      reader = own;
    }
    return Objects.requireNonNull(reader).readAll(files, options);
  }

  /**
   * Reads columns of a file, as {@link #read(Path, TableOptions)} does, of several CSV files with
   * the same columns, or of what a query gives.
   *
   * @throws DataException if the data can't be used, or a database refuses
   * @throws IOException if a file can't be read
   */
  public static Table read(TableSource source, TableOptions options) throws IOException {
    if (source instanceof TableSource.Query query) {
      ClassLoader loader = Table.class.getClassLoader();
      return ServiceLoader.load(QueryReader.class, loader)
          .findFirst()
          .orElseThrow(() -> new IllegalStateException("no reader of queries"))
          .read(query, options);
    }
    List<Path> files = source.files();
    return files.size() == 1 ? read(files.get(0), options) : readAll(files, options);
  }

  private static @Nullable TableReader reader(FileFormat format) {
    for (TableReader reader : ServiceLoader.load(TableReader.class, Table.class.getClassLoader())) {
      if (reader.reads(format)) {
        return reader;
      }
    }
    return null;
  }

  /** Reads CSV from standard input, which is kept in a file meanwhile. */
  private static Table readStandardInput(TableOptions options) throws IOException {
    Path copy = Files.createTempFile("shallownet-", ".csv");
    try {
      Files.copy(System.in, copy, StandardCopyOption.REPLACE_EXISTING);
      return Objects.requireNonNull(reader(FileFormat.TEXT)).read("standard input", copy, options);
    } finally {
      Files.delete(copy);
    }
  }

  /** The same, of which a model's columns were taken in their order rather than by name. */
  public Table withPositions(boolean taken) {
    return new Table(
        file, schema, features, target, fingerprint, notes, unknown, truths, format, taken, kept);
  }

  /** The same, with cells that were kept as text. */
  public Table withKept(KeptCells cells) {
    return new Table(
        file,
        schema,
        features,
        target,
        fingerprint,
        notes,
        unknown,
        truths,
        format,
        byPosition,
        cells);
  }

  /** The cells that {@link TableOptions#kept()} asks for; null if the reader keeps none. */
  public @Nullable KeptCells kept() {
    return kept;
  }

  /**
   * Whether a model's columns were taken in their order, since the file or the model has numbers
   * for names.
   */
  public boolean isByPosition() {
    return byPosition;
  }

  /** What the features' columns are. */
  public Schema schema() {
    return schema;
  }

  /** What became of each column that might have been a feature; empty if a model decided it. */
  public List<ColumnNote> notes() {
    return notes;
  }

  /** For each category of a model how many cells were none of its levels, where any was. */
  public Map<String, Long> unknown() {
    return unknown;
  }

  /** The columns that hold words such as True, taken as 0 and 1 since a model learned numbers. */
  public List<String> truths() {
    return truths;
  }

  /** How the file is written, if it is CSV. */
  public CsvFormat format() {
    return format;
  }

  /** How many rows without a target are left out. */
  public long dropped() {
    return target == null ? 0 : target.dropped();
  }

  /** The features' names in order. */
  public List<String> featureNames() {
    return schema.names();
  }

  /** The features, as {@link Column} says, of all rows that the file has. */
  public FeatureTable features() {
    return features;
  }

  /** The names of the targets that were read, none to predict. */
  public List<String> targetNames() {
    return target == null ? List.of() : target.names();
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
    return matching(List.of(classes));
  }

  /**
   * The data with a model's classes for each of several targets.
   *
   * @param classes two for each target, in the order of the targets
   * @throws DataException if a label is none of them
   * @throws IllegalStateException if no target was read
   */
  public Dataset matching(List<List<String>> classes) {
    return dataset(requireTarget().matching(classes));
  }

  private Dataset dataset(Target read) {
    OpenTarget column = requireTarget();
    FeatureTable labelled =
        column.dropped() == 0 ? features : features.select(column.labelledRows());
    return new Dataset(schema, labelled, column.names(), read, column.weights());
  }

  private OpenTarget requireTarget() {
    if (target == null) {
      throw new IllegalStateException(file + " was read without a target");
    }
    return target;
  }
}
