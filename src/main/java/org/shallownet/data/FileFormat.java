package org.shallownet.data;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;

/** What a file holds, told by its first bytes and not by its name. */
public enum FileFormat {
  TEXT(""),
  UTF16(""),
  NPY(""),
  NPZ(""),
  GZIP(""),
  ZIP("is a ZIP archive; unpack it and name the table in it"),
  XLSX("is an Excel workbook; save the sheet as CSV"),
  PYTORCH("is a PyTorch model, not a table; name a CSV, .npy or .npz file"),
  ONNX("is an ONNX model, not a table; name a CSV, .npy or .npz file"),
  PICKLE("is a Python pickle; save the array in NumPy with numpy.save"),
  PDF("is a PDF document; save its table as CSV"),
  HDF5("is an HDF5 file; save the array in NumPy with numpy.save"),
  OLD_FEATHER("is a Feather file of version 1; read it with pyarrow.feather and write it again"),
  ARROW(""),
  ARROW_STREAM(""),
  PARQUET(""),
  JSON(""),
  DUCKDB(""),
  SQLITE("");

  /** JSON may begin with blanks. */
  private static final int LONGEST_START = 64;

  private static final Pattern JSON_START =
      Pattern.compile("(\u00ef\u00bb\u00bf)?\\s*(\\{\\s*[\"}]|\\[\\s*\\{).*", Pattern.DOTALL);

  /** Behind a checksum; a version follows whose highest bytes are zeros, unlike any text. */
  private static final int DUCKDB_MAGIC = 8;

  /** The tags of an ONNX model's fields that may follow its version. */
  private static final String ONNX_TAGS = "\u0012\u001a\"(2:Br";

  private final String advice;

  FileFormat(String advice) {
    this.advice = advice;
  }

  /** The format of a file that is there and may be read. */
  static FileFormat ofReadable(Path file) throws IOException {
    if (!Files.exists(file)) {
      throw new NoSuchFileException(file.toString(), null, "there is no such file");
    }
    if (Files.isDirectory(file)) {
      throw new FileSystemException(file.toString(), null, "it is a folder; name a file");
    }
    if (!Files.isReadable(file)) {
      throw new AccessDeniedException(file.toString(), null, "there is no permission to read it");
    }
    FileFormat found = of(file);
    if (found == TEXT) {
      requireCsvName(file);
    }
    return found;
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

  /** The format of a file; anything that isn't a regular file counts as text and isn't touched. */
  public static FileFormat of(Path file) throws IOException {
    if (!Files.isRegularFile(file)) {
      return TEXT;
    }
    byte[] bytes;
    try (InputStream stream = Files.newInputStream(file)) {
      bytes = stream.readNBytes(LONGEST_START);
    }
    // In this encoding a character is a byte.
    String start = new String(bytes, StandardCharsets.ISO_8859_1);
    if (start.startsWith("PK\3\4") || start.startsWith("PK\5\6")) {
      return ofZip(file);
    }
    return ofStart(start);
  }

  private static FileFormat ofStart(String start) {
    if (start.startsWith("\u0093NUMPY")) {
      return NPY;
    }
    if (start.startsWith("\u001f\u008b")) {
      return GZIP;
    }
    if (start.startsWith("\u00ff\u00fe") || start.startsWith("\u00fe\u00ff")) {
      return UTF16;
    }
    if (start.startsWith("%PDF-")) {
      return PDF;
    }
    if (start.startsWith("\u0089HDF\r\n\u001a\n")) {
      return HDF5;
    }
    if (start.startsWith("SQLite format 3\0")) {
      return SQLITE;
    }
    // Text might begin with these words; the formats have these bytes behind them.
    if (start.startsWith("ARROW1\0\0")) {
      return ARROW;
    }
    if (start.startsWith("\u00ff\u00ff\u00ff\u00ff")) {
      return ARROW_STREAM;
    }
    if (start.startsWith("FEA1\0\0\0\0")) {
      return OLD_FEATHER;
    }
    if (start.startsWith("PAR1") && start.length() > 4 && start.charAt(4) == '\u0015') {
      return PARQUET;
    }
    if (start.startsWith("DUCK", DUCKDB_MAGIC) && start.startsWith("\0\0", DUCKDB_MAGIC + 6)) {
      return DUCKDB;
    }
    if (JSON_START.matcher(start).matches()) {
      return JSON;
    }
    if (start.length() > 1
        && start.charAt(0) == '\u0080'
        && start.charAt(1) >= 2
        && start.charAt(1) <= 5) {
      return PICKLE;
    }
    return isOnnx(start) ? ONNX : TEXT;
  }

  /** An ONNX model begins with its version, a small number, and a known field. */
  private static boolean isOnnx(String start) {
    return start.length() > 2
        && start.charAt(0) == 8
        && start.charAt(1) >= 1
        && start.charAt(1) <= 31
        && ONNX_TAGS.indexOf(start.charAt(2)) >= 0;
  }

  private static FileFormat ofZip(Path file) throws IOException {
    List<String> names;
    try (ZipFile zip = new ZipFile(file.toFile())) {
      names = zip.stream().map(ZipEntry::getName).toList();
    } catch (ZipException | EOFException | IllegalArgumentException e) { // the last for names
      throw new DataException(file + " is a damaged ZIP archive; save it again", e);
    }
    if (!names.isEmpty() && names.stream().allMatch(name -> name.endsWith(".npy"))) {
      return NPZ;
    }
    if (names.stream()
        .anyMatch(name -> name.startsWith("xl/") || name.equals("[Content_Types].xml"))) {
      return XLSX;
    }
    return names.stream().anyMatch(name -> name.endsWith("/data.pkl")) ? PYTORCH : ZIP;
  }

  /** The error for a file whose format can't be read as a table. */
  DataException unreadable(Path file) {
    return new DataException(file + " " + advice);
  }
}
