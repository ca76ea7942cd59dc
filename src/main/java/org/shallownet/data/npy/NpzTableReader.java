package org.shallownet.data.npy;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;
import org.jspecify.annotations.Nullable;
import org.shallownet.data.ColumnNames;
import org.shallownet.data.Columns;
import org.shallownet.data.DataException;
import org.shallownet.data.Fingerprint;
import org.shallownet.data.Table;
import org.shallownet.data.TableOptions;
import org.shallownet.data.columns.TargetColumns;
import org.shallownet.data.features.FeatureTable;
import org.shallownet.data.text.Numeric;

/**
 * Reads {@code .npz} files, archives of {@code .npy} files: either one array, or {@code X} with the
 * features and {@code y} with the target. The arrays are unpacked to temporary files, which are
 * read while they are used.
 */
final class NpzTableReader {
  private static final String FEATURES = "X";
  private static final String TARGET = "y";
  private static final int MOST_LISTED = 10;
  private static final int MARK_BYTES = (1 << 20) + 64;
  private static final int BUFFER_BYTES = 1 << 16;

  private NpzTableReader() {}

  static Table read(Path path, TableOptions options) throws IOException {
    String file = path.toString();
    try (ZipFile zip = new ZipFile(path.toFile())) {
      Map<String, ZipEntry> arrays = arrays(file, zip);
      ZipEntry x = arrays.get(FEATURES);
      ZipEntry y = arrays.get(TARGET);
      Path folder = Files.createTempDirectory("shallownet");
      try {
        if (x != null && y != null && arrays.size() == 2) {
          Path labels = unpack(file, zip, y, folder);
          return NpyFile.read(
              file + ", X",
              unpack(file, zip, x, folder),
              NpyFile.MAP_BYTES,
              open -> pair(path, open, labels, options));
        }
        if (arrays.size() == 1) {
          return NpyFile.read(
              file,
              unpack(file, zip, arrays.values().iterator().next(), folder),
              NpyFile.MAP_BYTES,
              open -> single(path, open, options));
        }
      } finally {
        delete(folder);
      }
      throw new DataException(
          file
              + " has the arrays "
              + ColumnNames.list(List.copyOf(arrays.keySet()), MOST_LISTED)
              + "; save one array, or the features as X and the target as y");
    } catch (ZipException | EOFException e) {
      throw damaged(file, e);
    }
  }

  private static DataException damaged(String file, Exception cause) {
    return new DataException(file + " is a damaged .npz file; save it again", cause);
  }

  private static Map<String, ZipEntry> arrays(String file, ZipFile zip) {
    Map<String, ZipEntry> arrays = new TreeMap<>();
    for (ZipEntry entry : zip.stream().toArray(ZipEntry[]::new)) {
      String name = entry.getName().replaceFirst("\\.npy$", "");
      if (arrays.put(name, entry) != null) {
        throw new DataException(
            file + " has the array " + Numeric.quote(name) + " twice; save it once");
      }
    }
    return arrays;
  }

  /**
   * Unpacks an array after its header was checked; no more is written than the header says, so that
   * a small file can't fill the disk unless it says so.
   */
  private static Path unpack(String file, ZipFile zip, ZipEntry entry, Path folder)
      throws IOException {
    String array = file + ", " + entry.getName();
    long size = entry.getSize();
    try (InputStream stream = new BufferedInputStream(zip.getInputStream(entry), BUFFER_BYTES)) {
      stream.mark(MARK_BYTES);
      NpyHeader.read(array, stream, size);
      stream.reset();
      long free = Files.getFileStore(folder).getUsableSpace();
      if (size > free) {
        throw new DataException(
            array
                + " needs "
                + size
                + " bytes unpacked, but the temporary folder "
                + folder.getParent()
                + " has "
                + free
                + "; free some, or save the array with numpy.save");
      }
      Path target = Files.createTempFile(folder, "array", ".npy");
      long copied = 0;
      try (OutputStream output = Files.newOutputStream(target)) {
        byte[] buffer = new byte[BUFFER_BYTES];
        int n = stream.read(buffer);
        while (n >= 0 && copied <= size) {
          output.write(buffer, 0, n);
          copied += n;
          n = stream.read(buffer);
        }
      }
      if (copied != size) {
        throw damaged(file, new ZipException(entry.getName() + " is not as long as it says"));
      }
      return target;
    } catch (ZipException | EOFException e) {
      throw damaged(file, e);
    }
  }

  /** Open files live on where the system lets them be deleted; else they go when Java ends. */
  private static void delete(Path folder) throws IOException {
    List<Path> paths = new ArrayList<>();
    folder.toFile().deleteOnExit();
    try (var files = Files.list(folder)) {
      files.forEach(paths::add);
    }
    paths.add(folder);
    for (Path path : paths) {
      path.toFile().deleteOnExit();
      try {
        Files.deleteIfExists(path);
      } catch (IOException e) {
        // It goes when Java ends.
      }
    }
  }

  private static Table single(Path path, NpyFile open, TableOptions options) throws IOException {
    String file = path.toString();
    NpyHeader header = open.header();
    Columns.Places places = options.columns().find(file, header.names(), options.ignored());
    NpyTable table = NpyTableReader.features(file, open, places);
    TargetColumns target = NpyTableReader.targets(file, header.names(), table, places, options);
    NpyTableReader.Decided decided = NpyTableReader.decide(file, places, header, table, options);
    FeatureTable marked = NpyTableReader.marked(table, options);
    return new Table(file, decided.schema(), marked, target, fingerprint(path))
        .withNotes(decided.notes())
        .withPositions(places.byPosition());
  }

  private static Table pair(Path path, NpyFile features, Path y, TableOptions options)
      throws IOException {
    String file = path.toString();
    NpyHeader header = features.header();
    List<String> names = new ArrayList<>(header.names());
    if (names.contains(TARGET)) {
      throw new DataException(
          file + ": the features X have a field 'y' like the target; give it another name");
    }
    int place = names.size();
    names.add(TARGET);
    Columns wanted = options.columns();
    Columns named =
        wanted.targets().isEmpty() && wanted.features() == null
            ? Columns.training(null, header.names())
            : wanted;
    Columns.Places places = named.find(file, names, options.ignored());
    if (places.features().contains(place)) {
      throw new DataException(
          file + ": the array 'y' is the target and no feature; use --target y");
    }
    NpyTable table = NpyTableReader.features(file + ", X", features, places);
    boolean ofY = places.targets().contains(place) || places.weights() == place;
    if (ofY && (places.targets().size() > 1 || places.weights() >= 0)) {
      throw new DataException(
          file
              + ": the array 'y' is the only target that can stand beside X; save one array with"
              + " all columns for several targets or weights");
    }
    TargetColumns target =
        ofY
            ? labels(file + ", y", y, table.rows(), options)
            : NpyTableReader.targets(file, names, table, places, options);
    NpyTableReader.Decided decided = NpyTableReader.decide(file, places, header, table, options);
    FeatureTable marked = NpyTableReader.marked(table, options);
    return new Table(file, decided.schema(), marked, target, fingerprint(path))
        .withNotes(decided.notes())
        .withPositions(places.byPosition());
  }

  private static @Nullable TargetColumns labels(
      String array, Path path, long rows, TableOptions options) throws IOException {
    try (NpyFile open = NpyFile.open(array, path)) {
      return labels(array, open, rows, options);
    }
  }

  private static @Nullable TargetColumns labels(
      String array, NpyFile open, long rows, TableOptions options) {
    NpyHeader header = open.header();
    if (header.rows() != rows || header.columns().size() != 1) {
      throw new DataException(
          array
              + " is "
              + header.rows()
              + "×"
              + header.columns().size()
              + " but X has "
              + rows
              + " rows; save one target for each");
    }
    NpyTable table = new NpyTable(array, open, 0);
    Columns.Places only = new Columns.Places(List.of(), List.of(), List.of(TARGET), List.of(0), -1);
    return NpyTableReader.targets(array, List.of(TARGET), table, only, options);
  }

  private static String fingerprint(Path path) throws IOException {
    MessageDigest digest = Fingerprint.newDigest();
    try (InputStream stream = new DigestInputStream(Files.newInputStream(path), digest)) {
      stream.transferTo(OutputStream.nullOutputStream());
    }
    return Fingerprint.of(digest);
  }
}
