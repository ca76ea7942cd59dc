package org.shallownet.data.csv;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.shallownet.data.Columns;
import org.shallownet.data.TableOptions;

/**
 * A table of mixed columns in a dialect, all drawn from a seed, and what reading it has to give.
 */
final class GeneratedTable {
  private static final Pattern SHOWS_DECIMAL_COMMA =
      Pattern.compile("[-+]?\\d+,(\\d{1,2}|\\d{4,})");

  final Dialect dialect;
  final List<MeantColumn> columns = new ArrayList<>();
  final int rows;

  /** The labels of the rows that have one. */
  final List<String> labels = new ArrayList<>();

  /** The target is of numbers, rather than of classes. */
  final boolean regression;

  final TableOptions options;
  final byte[] bytes;

  private final Random random;
  private final int target;

  GeneratedTable(long seed) {
    random = new Random(seed);
    dialect = new Dialect(random);
    // A few have so many rows that they are of several blocks as they are usually read.
    rows = random.nextInt(20) == 0 ? 3000 : 16 + random.nextInt(60);
    boolean own = random.nextInt(5) == 0;
    Set<String> markers = own ? Set.of("-9", "unknown") : TableOptions.MISSING;
    List<String> written = new ArrayList<>(new TreeSet<>(markers));
    written.addAll(List.of("", "", ""));
    if (dialect.comments()) {
      written.removeIf(marker -> dialect.plain && marker.startsWith("#"));
    }
    MeantColumn.Maker maker = new MeantColumn.Maker(random, dialect, rows, written);
    List<String> categorical = new ArrayList<>();
    List<String> ignored = new ArrayList<>();
    int count = 2 + random.nextInt(7);
    target = random.nextInt(count + 1);
    for (int c = 0; c <= count; c++) {
      if (c != target) {
        columns.add(column(maker, c, categorical, ignored));
      }
    }
    regression = random.nextInt(4) == 0;
    List<String> targetCells = targetCells(maker);
    boolean unlabelled = random.nextInt(4) == 0;
    for (int i = 0; i < rows; i++) {
      boolean missing = unlabelled && i > 2 && random.nextInt(6) == 0;
      String cell = targetCells.get(i);
      targetCells.set(
          i,
          missing
              ? written.get(random.nextInt(written.size()))
              : regression ? dialect.number(cell) : cell);
      if (!missing) {
        labels.add(cell);
      }
    }
    TableOptions said =
        TableOptions.target(name(target, targetName()))
            .withCategorical(categorical)
            .withIgnored(ignored)
            .withMissing(markers)
            .withFormat(dialect.format(showsDecimals(targetCells)));
    options = unlabelled ? said.droppingUnlabelled() : said;
    bytes = dialect.write(lines(targetCells));
  }

  private String targetName() {
    return dialect.plain ? "target" : "das Ziel \"y\"";
  }

  private String name(int place, String written) {
    return !dialect.header ? "c" + place : written.isEmpty() ? Columns.unnamed(place) : written;
  }

  private MeantColumn column(
      MeantColumn.Maker maker, int place, List<String> categorical, List<String> ignored) {
    String written = "col " + place + (dialect.plain ? "" : random.nextBoolean() ? " ü" : " \"q\"");
    if (!dialect.plain && !dialect.separatorIsFound && random.nextInt(4) == 0) {
      written = "a, b;\n" + place + "|\t.";
    }
    if (place > 0 && random.nextInt(10) == 0) {
      written = "";
    }
    String name = name(place, written);
    if (columns.isEmpty() && target != 0 && dialect.header && random.nextInt(4) == 0) {
      return maker.index(name(0, ""));
    }
    // One column at least is of use.
    boolean needed = columns.stream().noneMatch(each -> each.column() != null);
    int kind = needed ? 0 : random.nextInt(MeantColumn.Maker.KINDS + 1);
    if (kind == MeantColumn.Maker.KINDS) {
      categorical.add(name);
      return maker.codes(name, written);
    }
    if (kind == MeantColumn.Maker.IGNORED) {
      // What isn't read may have a name that others have.
      String junk = dialect.header ? "junk" : name;
      ignored.add(dialect.header ? "ju?k*" : name);
      return maker.make(kind, junk, junk);
    }
    return maker.make(kind, name, written);
  }

  private List<String> targetCells(MeantColumn.Maker maker) {
    List<String> choices =
        new ArrayList<>(
            dialect.plain
                ? List.of("hot", "cold", "<=50K")
                : List.of("heiß", "kalt; kalt", "\"?\",\n5"));
    if (random.nextInt(3) == 0) {
      choices = new ArrayList<>(List.of("0", "1", "2"));
    }
    List<String> cells = new ArrayList<>();
    for (int i = 0; i < rows; i++) {
      cells.add(
          regression
              ? i < 3 ? i + ".5" : maker.decimal()
              : choices.get(i < 3 ? i : random.nextInt(choices.size())));
    }
    return cells;
  }

  /** Whether the first rows have a decimal comma that can't be taken for anything else. */
  private boolean showsDecimals(List<String> targetCells) {
    return IntStream.range(0, Math.min(rows, 100))
        .anyMatch(
            i ->
                SHOWS_DECIMAL_COMMA.matcher(targetCells.get(i)).matches()
                    || columns.stream()
                        .anyMatch(
                            each -> SHOWS_DECIMAL_COMMA.matcher(each.cells().get(i)).matches()));
  }

  private List<List<String>> lines(List<String> targetCells) {
    List<List<String>> lines = new ArrayList<>();
    for (int i = dialect.header ? -1 : 0; i < rows; i++) {
      List<String> line = new ArrayList<>();
      for (MeantColumn column : columns) {
        line.add(i < 0 ? column.written() : column.cells().get(i));
      }
      line.add(target, i < 0 ? targetName() : targetCells.get(i));
      lines.add(line);
    }
    return lines;
  }

  /** The columns that become features. */
  List<MeantColumn> features() {
    return columns.stream().filter(each -> each.column() != null).toList();
  }

  /** What each row's features are, row by row. */
  float[] values() {
    List<MeantColumn> features = features();
    float[] values = new float[rows * features.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = features.get(i % features.size()).values().get(i / features.size());
    }
    return values;
  }
}
