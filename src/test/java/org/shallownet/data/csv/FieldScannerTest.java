package org.shallownet.data.csv;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FieldScannerTest {
  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  /** Byte by byte. */
  private static int expected(byte[] text, int begin, char separator) {
    int i = begin;
    while (i < text.length
        && ((text[i] >= ' ' && text[i] != separator && text[i] != '"')
            || (text[i] == '\t' && separator != '\t'))) {
      i++;
    }
    return i;
  }

  @ParameterizedTest
  @ValueSource(chars = {',', ';', '\t', '|', ' ', '~'})
  void fieldsEndWhereTheyDoByteByByte(char separator) {
    FieldScanner scanner = new FieldScanner((byte) separator);
    Random random = new Random(separator);
    // Bytes next to those that matter, so that borrows between bytes are seen.
    byte[] bytes =
        ascii("!\"#,+-;:<|{}~\u007f \u001f\t\n\r\0\u0001az09\u0080\u00ff\u00a0\u00a2" + separator);
    for (int i = 0; i < 50_000; i++) {
      byte[] text = new byte[1 + random.nextInt(40)];
      int plain = random.nextInt(text.length + 1);
      for (int k = 0; k < text.length; k++) {
        text[k] = k < plain ? (byte) ('a' + k % 26) : bytes[random.nextInt(bytes.length)];
      }
      for (int begin = 0; begin <= text.length; begin += 1 + random.nextInt(5)) {
        assertThat(scanner.end(text, begin)).isEqualTo(expected(text, begin, separator));
      }
    }
  }

  @Test
  void theSameTextHasTheSameHashAndOthersHaveOthers() {
    FieldScanner scanner = new FieldScanner((byte) ',');
    int different = 0;
    long last = 0;
    for (int i = 0; i < 1000; i++) {
      String word = "level-".repeat(i % 4) + i;
      scanner.end(ascii(word + ",1,2,3,4,5"), 0);
      long hash = scanner.hash();
      scanner.end(ascii("x," + word + "\nanother row"), 2);
      assertThat(scanner.hash()).isEqualTo(hash);
      different += hash >>> 56 == last >>> 56 ? 0 : 1;
      last = hash;
    }
    assertThat(different).isGreaterThan(980);
  }
}
