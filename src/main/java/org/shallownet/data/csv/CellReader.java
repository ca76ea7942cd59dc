package org.shallownet.data.csv;

import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.CsvRecord;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.shallownet.data.Columns;
import org.shallownet.data.CsvFormat;
import org.shallownet.data.DataException;
import org.shallownet.data.KeptCells;
import org.shallownet.data.Numeric;
import org.shallownet.data.Table;

/**
 * Reads columns of a CSV file again as the text that stands there, row by row, such as those that
 * go along with predictions.
 */
public final class CellReader implements KeptCells {
  private final String file;
  private final CsvReader<CsvRecord> reader;
  private final Iterator<CsvRecord> records;
  private final List<String> names;
  private final List<Integer> places = new ArrayList<>();
  private List<String> first = List.of();

  /**
   * Begins with the first row.
   *
   * @param format how the file is written, with nothing open: {@link Table#format()}
   * @param wanted the columns, or patterns of them
   * @throws DataException if a column is not there or stands there twice
   * @throws IOException if the file can't be read
   */
  public CellReader(Path path, CsvFormat format, List<String> wanted) throws IOException {
    file = path.toString();
    reader =
        CsvGrammar.rows(format)
            .ofCsvRecord(new InputStreamReader(CsvTableReader.open(path), StandardCharsets.UTF_8));
    try {
      records = reader.iterator();
      List<String> row = records.hasNext() ? records.next().getFields() : List.of();
      List<String> header = new ArrayList<>();
      boolean named = !Boolean.FALSE.equals(format.header());
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

  @Override
  public List<String> names() {
    return names;
  }

  /**
   * The cells of the next row, as they stand in the file.
   *
   * @throws DataException if there is no further row: the file has changed
   */
  @Override
  public List<String> next() {
    List<String> row = first;
    if (row.isEmpty()) {
      if (!records.hasNext()) {
        throw new DataException(file + " has changed while it was read; run it again");
      }
      row = records.next().getFields();
    }
    first = List.of();
    List<String> cells = new ArrayList<>();
    for (int place : places) {
      cells.add(place < row.size() ? row.get(place) : "");
    }
    return cells;
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
