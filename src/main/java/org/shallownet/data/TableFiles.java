package org.shallownet.data;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.ServiceLoader;
import org.jspecify.annotations.Nullable;

/** Finds the reader of a table's files by their first bytes. */
final class TableFiles {
  private TableFiles() {}

  /** {@link Table#read(Path, TableOptions)}. */
  static Table read(Path file, TableOptions options) throws IOException {
    if (file.toString().equals("-")) {
      return readStandardInput(options);
    }
    FileFormat found = format(file);
    TableReader reader = reader(found);
    if (reader == null) {
      throw found.unreadable(file);
    }
    return reader.read(file.toString(), file, options);
  }

  /** Reads a file, or several as one table. */
  static Table read(List<Path> files, TableOptions options) throws IOException {
    return files.size() == 1 ? read(files.get(0), options) : readAll(files, options);
  }

  private static Table readAll(List<Path> files, TableOptions options) throws IOException {
    TableReader reader = null;
    for (Path file : files) {
      if (file.toString().equals("-")) {
        throw new DataException(
            "standard input can't be read together with files; save it in a file first");
      }
      FileFormat found = format(file);
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

  /** The format of a file that is there and may be read. */
  private static FileFormat format(Path file) throws IOException {
    if (!Files.exists(file)) {
      throw new NoSuchFileException(file.toString(), null, "there is no such file");
    }
    if (Files.isDirectory(file)) {
      throw new FileSystemException(file.toString(), null, "it is a directory; name a file");
    }
    if (!Files.isReadable(file)) {
      throw new AccessDeniedException(file.toString(), null, "there is no permission to read it");
    }
    FileFormat found = FileFormat.of(file);
    if (found == FileFormat.TEXT) {
      requireCsvName(file);
    }
    return found;
  }

  private static @Nullable TableReader reader(FileFormat format) {
    for (TableReader reader : ServiceLoader.load(TableReader.class, Table.class.getClassLoader())) {
      if (reader.reads(format)) {
        return reader;
      }
    }
    return null;
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
}
