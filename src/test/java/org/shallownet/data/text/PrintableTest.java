package org.shallownet.data.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.shallownet.data.Columns;
import org.shallownet.data.DataException;

class PrintableTest {
  @ParameterizedTest
  @ValueSource(strings = {"", "plain", "größe 😀 \\n", "می‌خواهم", "👩‍🔬", "a b", "' \""})
  void whatIsSeenStays(String text) {
    assertThat(Printable.text(text)).isEqualTo(text);
    assertThat(Printable.isPrintable(text)).isTrue();
  }

  @Test
  void whatIsNotSeenIsEscaped() {
    assertThat(Printable.text("a\nb\rc\td")).isEqualTo("a\\nb\\rc\\td");
    assertThat(Printable.text("\u001b[31m\u0000\u007f\u009b"))
        .isEqualTo("\\u001b[31m\\u0000\\u007f\\u009b");
    assertThat(Printable.text("\u202egpj.\u2066\u061c\u2028\u2029\ufeff"))
        .isEqualTo("\\u202egpj.\\u2066\\u061c\\u2028\\u2029\\ufeff");
    assertThat(Printable.text("\ud83d 😀 \ude00")).isEqualTo("\\ud83d 😀 \\ude00");
    assertThat(Printable.text("\udb40\udc41")).isEqualTo("\\udb40\\udc41");
    assertThat(Printable.isPrintable("\u202e")).isFalse();
  }

  @Test
  void messagesAreAlwaysPrintable() {
    assertThat(new DataException("a\u001b[2Jb\n")).hasMessage("a\\u001b[2Jb\\n");
    assertThat(new DataException("\u202e", new IOException())).hasMessage("\\u202e");
    assertThat(Numeric.quote("\t" + "\u0007".repeat(100)))
        .isEqualTo("'\\t" + "\\u0007".repeat(39) + "…'");
    assertThatThrownBy(() -> Columns.parseList("\"\u001b[0m"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("the list of columns '\"\\u001b[0m' has a quote that is not closed");
  }

  @Test
  void wordsForAShellAreReadBackByIt() throws IOException, InterruptedException {
    List<String> texts =
        List.of(
            "plain",
            "two words",
            "it's",
            "a\nb",
            "\u001b[31m'\\x\u202e ä 😀",
            "$HOME `id` \"\t",
            "!x\r");
    StringBuilder script = new StringBuilder("for text in");
    for (String text : texts) {
      String word = Printable.shellWord(text);
      assertThat(Printable.isPrintable(word)).isTrue();
      script.append(' ').append(word);
    }
    script.append("; do echo -En \"$text\"; echo -en '\\0'; done");
    Process bash = new ProcessBuilder("bash", "-c", script.toString()).start();
    String printed = new String(bash.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(bash.waitFor()).isZero();
    assertThat(printed.split("\0", 0)).containsExactlyElementsOf(texts);
  }
}
