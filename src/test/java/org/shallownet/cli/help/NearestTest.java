package org.shallownet.cli.help;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.shallownet.data.text.Printable;

class NearestTest {
  @ParameterizedTest
  @CsvSource({
    "train,train,0",
    "trian,train,1",
    "tran,train,1",
    "traain,train,1",
    "brain,train,1",
    "'',ab,2"
  })
  void typingErrorsAreCounted(String typed, String word, int errors) {
    assertThat(Nearest.errors(typed, word)).isEqualTo(errors);
    assertThat(Nearest.errors(word, typed)).isEqualTo(errors);
  }

  @Test
  void whatIsFarFromEverythingIsNothing() {
    List<String> known = List.of("train", "info", "predict");
    assertThat(Nearest.to("trian", known)).contains("train");
    assertThat(Nearest.to("wrong", known)).isEmpty();
    assertThat(Nearest.to("x", known)).isEmpty();
  }

  @Test
  void recordsAreSaidInWords() {
    assertThat(Words.of("Adam[learningRate=0.003, beta1=0.9]"))
        .isEqualTo("Adam, learning rate 0.003, beta1 0.9");
    assertThat(Words.of("Auto[]")).isEqualTo("auto");
    assertThat(Words.of("a [b] c")).isEqualTo("a [b] c");
  }

  @Test
  void wordsAreQuotedForAShell() {
    assertThat(Printable.shellWord("a-b/c.csv")).isEqualTo("a-b/c.csv");
    assertThat(Printable.shellWord("a b")).isEqualTo("'a b'");
    assertThat(Printable.shellWord("")).isEqualTo("''");
    assertThat(Printable.shellWord("it's")).isEqualTo("'it'\\''s'");
  }
}
