package org.shallownet.data.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.shallownet.data.TableTesting.all;
import static org.shallownet.data.TableTesting.messageOf;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Driver;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.assertj.core.groups.Tuple;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.shallownet.data.Column;
import org.shallownet.data.ColumnNote;
import org.shallownet.data.Columns;
import org.shallownet.data.DataException;
import org.shallownet.data.Dataset;
import org.shallownet.data.Table;
import org.shallownet.data.TableOptions;
import org.shallownet.data.TableSource;
import org.shallownet.data.Target;
import org.shallownet.data.Task;

/** Tables from files and databases, against the same table as CSV and by what each type is. */
class SqlTablesTest {
  private static final TableOptions STATUS = TableOptions.target("status");

  @TempDir Path folder;

  private static Path resource(String name) {
    try {
      return Path.of(SqlTablesTest.class.getResource(name).toURI());
    } catch (URISyntaxException e) {
      throw new AssertionError(e);
    }
  }

  private static Table query(String sql, TableOptions options) throws IOException {
    return Table.read(TableSource.Query.overFiles(sql), options);
  }

  private static TableOptions features() {
    return TableOptions.of(Columns.training(null, null));
  }

  private Path duckDb(String... statements) throws SQLException {
    Path file = folder.resolve("t.duckdb");
    try (Connection connection = DriverManager.getConnection("jdbc:duckdb:" + file);
        Statement statement = connection.createStatement()) {
      for (String each : statements) {
        statement.execute(each);
      }
    }
    return file;
  }

  @ParameterizedTest
  @ValueSource(strings = {"jdbc:duckdb:", "jdbc:sqlite::memory:"})
  void whatAProgramsOwnQueryGivesIsATable(String url) throws SQLException {
    try (Connection connection = DriverManager.getConnection(url);
        Statement statement = connection.createStatement();
        ResultSet result =
            statement.executeQuery(
                "SELECT 1 AS x, 'a' AS w, 'no' AS t UNION ALL SELECT 2.5, 'b', 'yes'"
                    + " UNION ALL SELECT NULL, 'a', 'no'")) {
      Table table = ResultSets.table(result, TableOptions.target("t"));
      assertThat(table.schema().columns().get(0)).isEqualTo(new Column.Numeric("x", true));
      assertThat(table.featureNames()).containsExactly("x", "w");
      assertThat(table.dataset().task()).isEqualTo(Task.BINARY);
      assertThat(result.isClosed()).isFalse();
      assertThatThrownBy(() -> ResultSets.table(result, TableOptions.target("t")))
          .isInstanceOf(DataException.class);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"customers.parquet", "customers.json", "customers.sqlite"})
  void theSameTableFromEveryFormat(String name) throws IOException {
    Table csv = Table.read(resource("customers.csv"), STATUS);
    Table table = Table.read(resource(name), STATUS);
    assertThat(table.featureNames()).containsExactly("age", "income", "city", "member", "zip");
    for (int i = 0; i < 5; i++) {
      Column column = table.schema().columns().get(i);
      Column expected = csv.schema().columns().get(i);
      if (column instanceof Column.Category category && category.isBoolean()) {
        assertThat(((Column.Category) expected).isBoolean()).isTrue();
      } else {
        assertThat(column).isEqualTo(expected);
      }
    }
    assertThat(all(table.features())).containsExactly(all(csv.features()));
    Target.Classes classes = (Target.Classes) table.dataset().target();
    Target.Classes expected = (Target.Classes) csv.dataset().target();
    assertThat(classes.names()).isEqualTo(expected.names());
    for (int i = 0; i < 40; i++) {
      assertThat(classes.code(i)).isEqualTo(expected.code(i));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "customers.csv, customers.parquet",
    "customers.parquet, customers.csv",
    "customers.json, customers.sqlite",
    "customers.sqlite, customers.parquet",
  })
  void theColumnsOfOneFormatAreFoundInAnother(String learned, String scored) throws IOException {
    Table table = Table.read(resource(learned), STATUS);
    Table other = Table.read(resource(scored), STATUS.forModel(table.schema(), "status"));
    assertThat(all(other.features())).containsExactly(all(table.features()));
    assertThat(other.unknown()).isEmpty();
    assertThat(other.dataset(List.of("left", "stays")).rows()).isEqualTo(40);
  }

  @Test
  void whatIsLeftOutIsTold() throws IOException {
    Table table = Table.read(resource("filtered.parquet"), STATUS);
    assertThat(table.notes())
        .filteredOn(note -> !note.used())
        .extracting(ColumnNote::name, ColumnNote::kind, ColumnNote::detail)
        .containsExactly(
            tuple("id", "identifier", "left out: it differs in nearly every row"),
            tuple(
                "joined",
                "date",
                "left out: its type TIMESTAMP can't be used; make a number of it in a query"),
            tuple(
                "tags",
                "no number",
                "left out: its type VARCHAR[] can't be used; make a number of it in a query"),
            tuple(
                "__index_level_0__", "index", "left out: it holds the row labels of a data frame"));
    Table asked =
        Table.read(
            resource("filtered.parquet"),
            TableOptions.of(Columns.training("status", List.of("__index_level_0__"))));
    assertThat(asked.featureNames()).containsExactly("__index_level_0__");
  }

  private static Tuple tuple(Object... values) {
    return Tuple.tuple(values);
  }

  @Test
  void everyTypeOfNumber() throws IOException {
    Table table =
        query(
            "SELECT 1::TINYINT AS a, 200::UTINYINT AS b, -3::SMALLINT AS c, 4::UINTEGER AS d,"
                + " 9007199254740993::BIGINT AS e, 18446744073709551615::UBIGINT AS f,"
                + " (10::HUGEINT ** 30)::HUGEINT AS g, 0.1::FLOAT AS h, 0.1::DOUBLE AS i,"
                + " 12345678901234567890.5::DECIMAL(30, 2) AS j, true AS k"
                + " UNION ALL SELECT 2, NULL, 0, 1, 1, 1, 1, 'nan', NULL, NULL, false",
            features());
    assertThat(table.schema().columns()).hasSize(11);
    assertThat(Arrays.copyOf(all(table.features()), 11))
        .containsExactly(
            1f,
            200f,
            -3f,
            4f,
            (float) 9007199254740993L,
            (float) 1.8446744073709552e19,
            1e30f,
            0.1f,
            0.1f,
            (float) 1.2345678901234567e19,
            1f);
    float[] second = Arrays.copyOfRange(all(table.features()), 11, 22);
    for (int missing : new int[] {1, 7, 8, 9}) {
      assertThat(second[missing]).isNaN();
      assertThat(table.schema().columns().get(missing).missing()).isTrue();
    }
    assertThat(second[10]).isZero();
  }

  @Test
  void textsAreDecidedByTheirCells() throws IOException {
    Table table =
        query(
            "SELECT * FROM (VALUES ('1', 'a', '2026-01-01', '?'), (NULL, 'b', '2026-01-02', '2.5'),"
                + " (' 3 ', 'a', '2026-01-03', '1e3')) t(n, w, d, m)",
            features());
    assertThat(table.schema().columns())
        .containsExactly(
            new Column.Numeric("n", true),
            new Column.Category("w", List.of("a", "b"), false, false, false),
            new Column.Numeric("m", true));
    assertThat(all(table.features()))
        .containsExactly(1, 0, Float.NaN, Float.NaN, 1, 2.5f, 3, 0, 1000);
    assertThat(
            messageOf(
                () ->
                    query(
                        "SELECT CASE WHEN i = 7 THEN 'seven' ELSE i::VARCHAR END AS a, i AS b"
                            + " FROM range(20) t(i)",
                        features())))
        .startsWith("the query, row 8, column 'a': 'seven' is not a number, as most of the column");
    assertThat(messageOf(() -> query("SELECT '1' AS a UNION ALL SELECT 'inf'", features())))
        .startsWith("the query, row 2, column 'a': 'inf' is not a finite number");
  }

  @Test
  void columnsAreWhatTheUserSays() throws IOException {
    TableOptions options = features().withCategorical(List.of("a")).withNumeric(List.of("b", "c"));
    Table table =
        query(
            "SELECT * FROM (VALUES (1, '1', true), (2, '2', false), (1, NULL, true)) t(a, b, c)",
            options);
    assertThat(table.schema().columns())
        .containsExactly(
            new Column.Category("a", List.of("1", "2"), false, false, false),
            new Column.Numeric("b", true),
            new Column.Numeric("c", false));
    assertThat(messageOf(() -> query("SELECT 1 AS a, 'x' AS b, true AS c", options)))
        .isEqualTo(
            "the query, row 1, column 'b': 'x' is not a number; correct it or remove the row");
    Table marked =
        query(
            "SELECT * FROM (VALUES (-9, '-9'), (2, 'x'), (3, 'y')) t(a, b)",
            features().withMissing(Set.of("-9")));
    assertThat(all(marked.features())[0]).isNaN();
    assertThat(all(marked.features())[1]).isNaN();
  }

  @ParameterizedTest
  @CsvSource({
    "'''inf''::DOUBLE', 'Infinity'' is not a finite number'",
    "1e300, '1.0E300'' is too large for float32'",
    "-1e39::DOUBLE, '-1.0E39'' is too large for float32'",
  })
  void aNumberThatFloatDoesNotHold(String number, String what) {
    String sql = "SELECT 1.0::DOUBLE AS a, 2 AS b UNION ALL SELECT " + number + ", 3";
    assertThat(messageOf(() -> query(sql, features())))
        .startsWith("the query, row 2, column 'a': '" + what);
  }

  @Test
  void targets() throws IOException {
    String sql =
        "SELECT i AS x, 1000000000 + i AS big, i % 2 = 0 AS even, (i / 4)::DECIMAL(6, 2) AS price,"
            + " ['low', 'high'][i % 2 + 1]::ENUM('low', 'high') AS level, now() AS seen"
            + " FROM range(40) t(i)";
    Target.Numbers big =
        (Target.Numbers) query(sql, TableOptions.target("big")).dataset(Task.REGRESSION).target();
    assertThat(big.value(39)).isEqualTo(1000000039.0);
    Dataset even = query(sql, TableOptions.target("even")).dataset();
    assertThat(((Target.Classes) even.target()).names()).containsExactly("false", "true");
    // As pandas spells them in CSV.
    Target.Classes spelled =
        (Target.Classes)
            query(sql, TableOptions.target("even")).dataset(List.of("False", "True")).target();
    assertThat(spelled.code(0)).isEqualTo(1);
    assertThat(query(sql, TableOptions.target("price")).inferTask().task())
        .isEqualTo(Task.REGRESSION);
    assertThat(query(sql, TableOptions.target("level")).inferTask().task()).isEqualTo(Task.BINARY);
    assertThat(messageOf(() -> query(sql, TableOptions.target("seen"))))
        .isEqualTo(
            "the query, column 'seen': its type TIMESTAMP WITH TIME ZONE is neither a number nor a"
                + " word; leave it out, or make a number of it in a query");
    String missing = "SELECT i AS x, nullif(i % 2, 1) AS y FROM range(4) t(i)";
    assertThat(messageOf(() -> query(missing, TableOptions.target("y")).dataset()))
        .startsWith("the query, row 2, column 'y': the target is missing, as it is in 2 rows");
  }

  @Test
  void aModelWithoutMissingCellsRefusesThem() throws IOException {
    Table learned = query("SELECT i AS x, i * 2 AS z FROM range(4) t(i)", features());
    TableOptions model = features().forModel(learned.schema(), null);
    assertThat(messageOf(() -> query("SELECT 1 AS z, NULL::INTEGER AS x", model)))
        .isEqualTo(
            "the query, row 1, column 'x': the value is missing; fill it in or remove the row");
    assertThat(messageOf(() -> query("SELECT 1 AS z, now() AS x", model)))
        .startsWith("the query, column 'x': its type TIMESTAMP WITH TIME ZONE is neither");
    assertThat(all(query("SELECT '7' AS z, true AS x", model).features())).containsExactly(1, 7);
  }

  @Test
  void databasesHaveOneTableOrAreAskedByQuery() throws Exception {
    Path file = duckDb("CREATE TABLE t AS SELECT i AS x, i % 2 AS y FROM range(9) t(i)");
    Table table = Table.read(file, TableOptions.target("y"));
    assertThat(table.rows()).isEqualTo(9);
    assertThat(table.fingerprint()).startsWith("sha256:");
    duckDb("CREATE VIEW \"a b\" AS SELECT 1 AS x");
    assertThat(messageOf(() -> Table.read(file, TableOptions.target("y"))))
        .isEqualTo(
            file
                + " has the tables 't', 'a b'; choose one with --connect jdbc:duckdb:"
                + file
                + " --query 'SELECT * FROM \"t\"' instead of the file");
    Table view =
        Table.read(
            new TableSource.Query("jdbc:duckdb:" + file, "SELECT x, 2 AS z, 3 AS y FROM \"a b\""),
            TableOptions.target("y"));
    assertThat(view.rows()).isEqualTo(1);
    assertThat(
            messageOf(
                () ->
                    Table.read(
                        new TableSource.Query("jdbc:duckdb:" + file, "DROP TABLE t"), features())))
        .startsWith("the query can't be read: ")
        .contains("read-only");
    Path empty = folder.resolve("e.duckdb");
    DriverManager.getConnection("jdbc:duckdb:" + empty).close();
    assertThat(messageOf(() -> Table.read(empty, features())))
        .isEqualTo(empty + " is a database without a table");
  }

  @Test
  void sqliteCellsHaveTypesOfTheirOwn() throws Exception {
    Path file = folder.resolve("t.db");
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
        Statement statement = connection.createStatement()) {
      statement.execute("CREATE TABLE t (a INTEGER, b, c REAL, y TEXT)");
      statement.execute(
          "INSERT INTO t VALUES (1, 'x', 0.1, 'no'), ('NA', 'y', 2, 'yes'), (3, 'x', NULL, 'no')");
    }
    Table table = Table.read(file, TableOptions.target("y"));
    assertThat(table.schema().columns())
        .containsExactly(
            new Column.Numeric("a", true),
            new Column.Category("b", List.of("x", "y"), false, false, false),
            new Column.Numeric("c", true));
    assertThat(all(table.features())).containsExactly(1, 0, 0.1f, Float.NaN, 1, 2, 3, 0, Float.NaN);
    assertThat(
            messageOf(
                () ->
                    Table.read(
                        new TableSource.Query("jdbc:sqlite:" + file, "DELETE FROM t RETURNING *"),
                        features())))
        .contains("readonly");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "SELEC 1 | Parser Error: syntax error at or near \"SELEC\"",
        "SELECT * FROM 'nowhere.parquet' | IO Error: No files found that match the pattern \"nowhere.parquet\"",
        "SELECT x FROM (SELECT 1 AS y) | Binder Error: Referenced column \"x\" not found in FROM clause; Candidate bindings: \"y\"",
        "CREATE TABLE t (i INTEGER) | executeQuery() can only be used with queries that return a ResultSet",
      })
  void aBadQueryIsOneSentence(String sql, String what) {
    assertThat(messageOf(() -> query(sql, features())))
        .isEqualTo("the query can't be read: " + what);
  }

  @Test
  void jsonThatIsNotRowsIsRefused() throws IOException {
    Path byColumns =
        Files.writeString(
            folder.resolve("t.json"), "{\"status\": {\"0\": \"a\", \"1\": \"b\", \"2\": \"a\"}}");
    assertThat(messageOf(() -> Table.read(byColumns, STATUS)))
        .isEqualTo(
            byColumns
                + " has no column of numbers or words, 'status' is a STRUCT(…); rows of JSON are"
                + " objects in a list, in pandas to_json(orient='records')");
    Path broken = Files.writeString(folder.resolve("b.json"), "[{\"a\": 1}, {\"a\": ");
    assertThat(messageOf(() -> Table.read(broken, STATUS)))
        .startsWith(broken + " can't be read: ")
        .doesNotContain("\n");
  }

  @Test
  void anEmptyResultIsRefused() {
    assertThat(messageOf(() -> query("SELECT 1 AS a, 2 AS b WHERE false", features())))
        .isEqualTo("the query has no rows");
  }

  @Test
  void namesOfFilesAreNoPatterns() throws IOException {
    Path odd = Files.createDirectories(folder.resolve("year=2020")).resolve("a[1]*'?.parquet");
    Files.copy(resource("customers.parquet"), odd);
    assertThat(Table.read(odd, STATUS).featureNames()).doesNotContain("year").hasSize(5);
    Path damaged =
        Files.write(
            folder.resolve("d.parquet"), "PAR1\u0015....".getBytes(StandardCharsets.ISO_8859_1));
    assertThat(messageOf(() -> Table.read(damaged, STATUS)))
        .startsWith(damaged + " can't be read: ")
        .doesNotContain("\n");
  }

  @Test
  void theFingerprintOfAQueryIsThatOfItsRows() throws IOException {
    String sql = "SELECT i AS a, i::VARCHAR || 'x' AS b FROM range(3) t(i)";
    String first = query(sql, features()).fingerprint();
    assertThat(query(sql + " ORDER BY i", features()).fingerprint()).isEqualTo(first);
    assertThat(query(sql + " ORDER BY -i", features()).fingerprint()).isNotEqualTo(first);
    assertThat(query(sql.replace("AS a", "AS c"), features()).fingerprint()).isNotEqualTo(first);
  }

  @Test
  void aMissingDriverIsNamed() throws Exception {
    Driver duckDb = DriverManager.getDriver("jdbc:duckdb:");
    DriverManager.deregisterDriver(duckDb);
    try {
      assertThat(messageOf(() -> Table.read(resource("customers.parquet"), STATUS)))
          .isEqualTo(
              "the driver org.duckdb:duckdb_jdbc:2.0.0.1 is not on the class path; ./shallownet"
                  + " fetches it by itself, elsewhere add it from Maven Central");
    } finally {
      DriverManager.registerDriver(duckDb);
    }
    assertThat(
            messageOf(
                () ->
                    Table.read(
                        new TableSource.Query("jdbc:nix://me:secret@host/db", "SELECT 1"),
                        features())))
        .isEqualTo(
            "no driver on the class path knows jdbc:nix:…; name the driver's jar in the"
                + " environment variable SHALLOWNET_CLASS_PATH");
  }

  @Test
  void theLauncherAndTheTestsHaveTheSameDrivers() throws IOException {
    String launcher = Files.readString(Path.of("shallownet"));
    String pom = Files.readString(Path.of("pom.xml"));
    for (String driver : Database.drivers()) {
      List<String> parts = List.of(driver.split(":", -1));
      String file = parts.get(1) + "-" + parts.get(2) + ".jar";
      assertThat(launcher)
          .contains(
              String.join("/", parts.get(0).replace('.', '/'), parts.get(1), parts.get(2), file));
      assertThat(pom).contains(".version>" + parts.get(2) + "</");
    }
  }
}
