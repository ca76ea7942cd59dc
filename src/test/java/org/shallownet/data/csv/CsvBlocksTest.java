package org.shallownet.data.csv;

import static org.assertj.core.api.Assertions.assertThat;
import static org.shallownet.data.TableTesting.all;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.shallownet.data.Columns;
import org.shallownet.data.DataException;
import org.shallownet.data.Table;
import org.shallownet.data.TableOptions;
import org.shallownet.data.Target;

/**
 * Blocks and threads make no difference: neither to a table nor to what is said about a bad one.
 */
class CsvBlocksTest {
  private static final int[] THREADS = {1, 2, 3, 7};
  private static final int ONE_BLOCK = 1 << 20;
  private static final Columns WANTED = Columns.training("t", List.of("x", "y"));

  @TempDir Path folder;

  private static List<String> blocks(String text, int blockBytes) throws IOException {
    RecordBlocks blocks =
        new RecordBlocks(
            new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)),
            ',',
            blockBytes,
            blockBytes);
    List<String> all = new ArrayList<>();
    for (byte[] block = blocks.next(); block != null; block = blocks.next()) {
      all.add(new String(block, StandardCharsets.UTF_8));
    }
    all.add(new String(blocks.rest().readAllBytes(), StandardCharsets.UTF_8));
    return all;
  }

  @Test
  void blocksEndWhereRecordsDo() throws IOException {
    List<String> records =
        List.of(
            "x,\"y\"\r\n",
            "\"two\nlines\",1\n",
            "\"\"\"\r\n\"\"\",2\r",
            "5\" wide,\"a\"\n",
            "\"\",\"\"\n",
            "\n",
            "\r",
            "\r\n",
            "ä,\"ö\r\r\"\"\"\r\n",
            "last,\"one\"");
    Set<Integer> ends = new HashSet<>();
    int end = 0;
    for (String record : records) {
      end += record.length();
      ends.add(end);
    }
    Set<Integer> cuts = new HashSet<>();
    for (int blockBytes = 1; blockBytes <= end; blockBytes++) {
      int cut = 0;
      for (String block : blocks(String.join("", records), blockBytes)) {
        cut += block.length();
        cuts.add(cut);
      }
      assertThat(cut).isEqualTo(end);
    }
    assertThat(cuts).isEqualTo(ends);
  }

  @Test
  void blocksAreAsLargeAsTheyMayBe() throws IOException {
    assertThat(blocks("1,2\n3,4\n5,6\n7,8\n", 10)).containsExactly("1,2\n3,4\n", "5,6\n7,8\n", "");
    // The next byte tells whether the carriage return at a block's end is half a line end.
    assertThat(blocks("1,2\r\n3,4\r\n5,6\r\n", 9))
        .containsExactly("1,2\r\n", "3,4\r\n", "5,6\r\n", "");
    assertThat(blocks("1,2\r3,4\r5,6\r", 8)).containsExactly("1,2\r", "3,4\r", "5,6\r", "");
  }

  @Test
  void blocksMayBeginWithinFields() throws IOException {
    assertThat(blocks("1,2\n3,\"\rlong text\"\n", 8))
        .containsExactly("1,2\n", "3,\"\rlong text\"\n", "");
    assertThat(blocks("1,2\n3,ab\"c\n4,5\n", 8)).containsExactly("1,2\n", "3,ab\"c\n", "4,5\n", "");
  }

  @Test
  void nothingIsCutFromAnEndlessRecordOn() throws IOException {
    String endless = "2,\"" + "b\n".repeat(200);
    assertThat(blocks("1,2\n" + endless, 4)).containsExactly("1,2\n", endless);
  }

  /** Also one without quotes, whose block could be read without FastCSV. */
  @Test
  void fieldsTooLongAreRefusedInEveryBlock() throws IOException {
    String text = "x,y,t,note\n" + "1,2,a,b\n".repeat(10_000) + "3,4,a," + "b".repeat(3 << 20);
    Path file = Files.writeString(folder.resolve("long.csv"), text + "\n");
    String whole = outcome(file, WANTED, 1 << 22, 1);
    assertThat(whole).contains("line 10002, column 'note'");
    assertThat(outcome(file, WANTED, 1 << 16, 2)).isEqualTo(whole);
  }

  /** All there is to know of a table or of its error. */
  private static String outcome(Path file, Columns wanted, int blockBytes, int threads)
      throws IOException {
    try {
      Table table =
          CsvTableReader.read(file.toString(), file, TableOptions.of(wanted), blockBytes, threads);
      StringBuilder all = new StringBuilder(table.featureNames() + table.fingerprint());
      for (float value : all(table.features())) {
        all.append(' ').append(Integer.toHexString(Float.floatToRawIntBits(value)));
      }
      return all + (table.hasTarget() ? target(table) : "");
    } catch (DataException e) {
      return "! " + e.getMessage();
    }
  }

  private static String target(Table table) {
    try {
      String task = " " + table.inferTask();
      Target target = table.dataset().target();
      if (target instanceof Target.Classes classes) {
        int[] codes = IntStream.range(0, (int) table.rows()).map(classes::code).toArray();
        return task + classes.names() + Arrays.toString(codes);
      }
      Target.Numbers numbers = (Target.Numbers) target;
      return task + IntStream.range(0, (int) table.rows()).mapToObj(numbers::value).toList();
    } catch (DataException e) {
      return "! " + e.getMessage();
    }
  }

  @Test
  void everyBlockSizeAndNumberOfThreadsGivesTheSame() throws IOException {
    int tables = 0;
    int errors = 0;
    for (int seed = 0; seed < 80; seed++) {
      byte[] bytes = new Generator(seed).file();
      Path file = Files.write(folder.resolve("t.csv"), bytes);
      String expected = outcome(file, WANTED, ONE_BLOCK, 1);
      if (expected.startsWith("! ")) {
        errors++;
      } else {
        tables++;
      }
      for (int blockBytes = 1; blockBytes <= bytes.length; blockBytes++) {
        int threads = THREADS[(seed + blockBytes) % THREADS.length];
        assertThat(outcome(file, WANTED, blockBytes, threads))
            .as("seed %d, blocks of %d bytes, %d threads", seed, blockBytes, threads)
            .isEqualTo(expected);
      }
    }
    assertThat(tables).isGreaterThan(20);
    assertThat(errors).isGreaterThan(20);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 7})
  void tablesOfManyBlocksAreTheSame(int threads) throws IOException {
    Random random = new Random(threads);
    StringBuilder text = new StringBuilder("x,y,t\n");
    for (int r = 0; r < 3000; r++) {
      text.append((float) random.nextGaussian()).append(',').append(random.nextInt(100));
      text.append(r % 50 == 7 ? ",\"a\nb\"\n" : r % 2 == 0 ? ",yes\n" : ",no\n");
    }
    Path file = Files.writeString(folder.resolve("t.csv"), text);
    String expected = outcome(file, WANTED, ONE_BLOCK, 1);
    assertThat(expected).contains("3 different labels").endsWith("]");
    assertThat(outcome(file, WANTED, 1000, threads)).isEqualTo(expected);

    Files.writeString(file, text.append("1,2,no\n1,oops,no\n").append("1,2,no\n".repeat(5000)));
    assertThat(outcome(file, WANTED, 1000, threads))
        .isEqualTo(
            "! "
                + file
                + ", line 3063, column 'y': 'oops' is not a number, as most of the column is;"
                + " correct it, or if it stands for a missing value, name it with --missing"
                + " '#N/A,-,.,<NA>,?,N/A,NA,NULL,NaN,None,\\N,n/a,nan,null,oops'");
  }

  @Test
  void labelsAndNumbersOfTargetsAreInTheFilesOrder() throws IOException {
    for (String end : List.of("", ".5")) {
      StringBuilder text = new StringBuilder("t,x,y\n");
      for (int r = 0; r < 2000; r++) {
        text.append((r * 7919) % 1999 % (end.isEmpty() ? 15 : 1999)).append(end).append(",1,2\n");
      }
      Path file = Files.writeString(folder.resolve("t.csv"), text);
      assertThat(outcome(file, WANTED, 256, 3)).isEqualTo(outcome(file, WANTED, ONE_BLOCK, 1));
      // A label that is missing in a block that is read apart.
      Files.writeString(file, text.append(",1,2\n").append("1,1,2\n".repeat(100)));
      assertThat(outcome(file, WANTED, 256, 3))
          .isEqualTo(outcome(file, WANTED, ONE_BLOCK, 1))
          .contains("line 2002, column 't': the target is missing; leave such rows out");
    }
  }

  /** Small files with columns x, y, t and note, good ones and bad ones. */
  private static final class Generator {
    private final Random random;
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final @Nullable String end;

    /** How many in a thousand cells or rows are bad. */
    private final int bad;

    /** Whether there are quotes and text beyond ASCII. */
    private final boolean rich;

    Generator(long seed) {
      random = new Random(seed);
      end = pick("\n", "\r\n", "\r", "mixed");
      bad = random.nextBoolean() ? 0 : 30;
      rich = random.nextInt(3) > 0;
    }

    private String pick(String... choices) {
      return choices[random.nextInt(choices.length)];
    }

    private boolean isBad() {
      return random.nextInt(1000) < bad;
    }

    private void write(String text) {
      bytes.writeBytes(text.getBytes(StandardCharsets.UTF_8));
    }

    private String lineEnd() {
      return "mixed".equals(end) ? pick("\n", "\r\n", "\r") : end;
    }

    byte[] file() {
      if (random.nextInt(4) == 0) {
        write("\uFEFF");
      }
      write(
          (rich ? pick("x,y,t,note", "\"x\",\"y\",\"t\",note", " x , y,t,\"no\nte\"") : "x,y,t,n"));
      int rows = random.nextInt(8);
      for (int r = 0; r < rows; r++) {
        write(lineEnd());
        row();
      }
      write(pick("", "\n", "\r\n", "\r", "\n\n", "\n\r\n\r"));
      return bytes.toByteArray();
    }

    private void row() {
      if (isBad()) {
        write(pick("", "1,2", "1,2,a,b,c", "1"));
        return;
      }
      write(number() + "," + number() + "," + label() + "," + note());
      if (isBad()) {
        bytes.write(random.nextInt(256));
      }
    }

    private String number() {
      if (isBad()) {
        return pick(
            "", "abc", "NaN", "inf", "1e99", "0x1p3", "1f", "\"1,5\"", "\"1\"2", "\"3\n", "1\0");
      }
      String number =
          switch (random.nextInt(4)) {
            case 0 -> Integer.toString(random.nextInt(1000));
            case 1 -> Double.toString(random.nextGaussian());
            case 2 -> "-." + random.nextInt(1000) + "E-" + random.nextInt(30);
            default -> Float.toString((float) random.nextGaussian());
          };
      return !rich
          ? number
          : switch (random.nextInt(5)) {
            case 0 -> '"' + number + '"';
            case 1 -> " " + number + " ";
            default -> number;
          };
    }

    private String label() {
      if (isBad()) {
        return pick("", "nan", "\"never closed");
      }
      return rich
          ? pick("a", " a", "\"a\"", "b", "\"b\"\"\n\"", "\"c,\r\nd\"", "ä", "1")
          : pick("0", "1", "1.0");
    }

    private String note() {
      return rich
          ? pick(
              "", "5\" wide", "\"\"\"\"", "\"\r\"", "\"\n\"", "\"\r\n\r\n\"", "😀", "\",\"", "\t")
          : pick("", "note", "\t", "7");
    }
  }
}
