package org.shallownet.data.npy;

import java.io.IOException;
import java.nio.file.Path;
import org.shallownet.data.FileFormat;
import org.shallownet.data.Table;
import org.shallownet.data.TableOptions;
import org.shallownet.data.TableReader;

/** Reads NumPy's {@code .npy} and {@code .npz} files. */
public final class NumpyTables implements TableReader {
  @Override
  public boolean reads(FileFormat format) {
    return format == FileFormat.NPY || format == FileFormat.NPZ;
  }

  @Override
  public Table read(String name, Path file, TableOptions options) throws IOException {
    return FileFormat.of(file) == FileFormat.NPZ
        ? NpzTableReader.read(file, options)
        : NpyTableReader.read(file, options);
  }
}
