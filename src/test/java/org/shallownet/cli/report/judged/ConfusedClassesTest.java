package org.shallownet.cli.report.judged;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.shallownet.cli.report.judged.ConfusedClasses.Pair;

class ConfusedClassesTest {
  private static float[] certain(int classes, int predicted) {
    float[] given = new float[classes];
    given[predicted] = 1;
    return given;
  }

  @Test
  void pairsAreCountedByTheirWeights() {
    ClassAnswers answers = new ClassAnswers("y", List.of("a", "b", "c"));
    answers.add(0, 2, certain(3, 0));
    answers.add(0, 1, certain(3, 2));
    answers.add(1, 1, certain(3, 0));
    answers.add(1, 3, certain(3, 2));
    answers.add(1, 1, certain(3, 2));
    ConfusedClasses confused = ConfusedClasses.of(answers);
    assertThat(confused.weight(0, 0)).isEqualTo(2);
    assertThat(confused.weight(1, 2)).isEqualTo(4);
    assertThat(confused.weight(2, 2)).isZero();
    assertThat(confused.mistakes())
        .containsExactly(
            new Pair(1, 2, 4, 0.8), new Pair(0, 2, 1, 1 / 3.0), new Pair(1, 0, 1, 0.2));
  }

  /** A matrix of them would be 800 MB. */
  @Test
  void ofManyClassesOnlyThoseThatOccurTakeMemory() {
    int many = 10_000;
    ClassAnswers answers =
        new ClassAnswers("y", IntStream.range(0, many).mapToObj(i -> "c" + i).toList());
    for (int row = 0; row < 20; row++) {
      answers.add(row, 1, certain(many, many - 1 - row));
    }
    ThreadMXBean thread = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = thread.getCurrentThreadAllocatedBytes();
    List<Pair> mistakes = ConfusedClasses.of(answers).mistakes();
    assertThat(thread.getCurrentThreadAllocatedBytes() - before).isLessThan(8_000_000);
    assertThat(mistakes).hasSize(20).contains(new Pair(19, many - 20, 1, 1));
  }
}
