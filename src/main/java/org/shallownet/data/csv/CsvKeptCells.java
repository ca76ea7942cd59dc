package org.shallownet.data.csv;

import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.CsvRecord;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import org.shallownet.data.Columns;
import org.shallownet.data.CsvFormat;
import org.shallownet.data.DataException;
import org.shallownet.data.KeptCells;
import org.shallownet.data.Table;
import org.shallownet.data.text.Numeric;

/**
 * Reads columns of CSV files again as the text that stands there, row by row, such as those that go
 * along with predictions.
 */
public final class CsvKeptCells implements KeptCells {
  private final CsvFormat format;
  private final boolean named;

  /** The files that are not begun yet. */
  private final Deque<Path> following;

  private String file = "";
  private CsvReader<CsvRecord> reader;
  private Iterator<CsvRecord> records;
  private final List<String> names;
  private final List<Integer> places = new ArrayList<>();
  private List<String> first = List.of();

  /**
   * Begins with the first row.
   *
   * @param files at least one, with the same columns
   * @param format how they are written, with nothing open: {@link Table#format()}
   * @param wanted the columns, or patterns of them
   * @throws DataException if a column is not there or stands there twice
   * @throws IOException if a file can't be read
   */
  public CsvKeptCells(List<Path> files, CsvFormat format, List<String> wanted) throws IOException {
    this.format = format;
    named = !Boolean.FALSE.equals(format.header());
    following = new ArrayDeque<>(files);
    reader = open();
    try {
      records = reader.iterator();
      List<String> row = records.hasNext() ? records.next().getFields() : List.of();
      List<String> header = new ArrayList<>();
      for (int i = 0; i < row.size(); i++) {
        String name = row.get(i).strip();
        header.add(!named ? "c" + i : name.isEmpty() ? Columns.unnamed(i) : name);
      }
      first = named ? List.of() : row;
      names = Columns.expand(file, wanted, header);
      for (String name : names) {
        if (header.indexOf(name) != header.lastIndexOf(name)) {
          throw new DataException(
              file + ": two columns are named " + Numeric.quote(name) + "; rename one");
        }
        places.add(header.indexOf(name));
      }
    } catch (RuntimeException e) {
      reader.close();
      throw e;
    }
  }

  /** Opens the next file. */
  private CsvReader<CsvRecord> open() throws IOException {
    Path path = following.remove();
    file = path.toString();
    return CsvGrammar.rows(format)
        .ofCsvRecord(new InputStreamReader(CsvTableReader.open(path), StandardCharsets.UTF_8));
  }

  @Override
  public List<String> names() {
    return names;
  }

  /**
   * The cells of the next row, as they stand in the file.
   *
   * @throws DataException if there is no further row: a file has changed
   */
  @Override
  public List<String> next() {
    List<String> row = first.isEmpty() ? nextRow() : first;
    first = List.of();
    List<String> cells = new ArrayList<>();
    for (int place : places) {
      cells.add(place < row.size() ? row.get(place) : "");
    }
    return cells;
  }

  private List<String> nextRow() {
    while (!records.hasNext() && !following.isEmpty()) {
      try {
        reader.close();
        reader = open();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      records = reader.iterator();
      if (named && records.hasNext()) {
        records.next();
      }
    }
    if (!records.hasNext()) {
      throw new DataException(file + " has changed while it was read; run it again");
    }
    return records.next().getFields();
  }

  @Override
  public void close() {
    try {
      reader.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
