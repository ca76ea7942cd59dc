package org.shallownet.cli.report;

import java.util.List;
import org.shallownet.cli.output.Numbers;
import org.shallownet.cli.report.judged.ClassAnswers;
import org.shallownet.cli.report.judged.ConfusedClasses;

/** Which classes are taken for which. */
final class Confusions {
  /** From here on a matrix alone is a lot to read. */
  private static final int MANY = 10;

  private static final int MOST_PAIRS = 10;

  /** From here on neighbouring whole numbers may be one {@code double}. */
  private static final double LARGEST_COUNT = 1L << 53;

  private Confusions() {}

  /** A sum of weights as it is written; without weights it is a count. */
  static String text(double sum) {
    return sum == Math.rint(sum) && sum < LARGEST_COUNT
        ? Texts.count((long) sum)
        : Numbers.significant(sum);
  }

  /** Writes a table of those that are mistaken most often, where there are many classes. */
  static void write(Page page, ClassAnswers answers) {
    if (answers.classes().size() <= MANY) {
      return;
    }
    List<ConfusedClasses.Pair> pairs = ConfusedClasses.of(answers).mistakes();
    if (pairs.isEmpty()) {
      return;
    }
    page.paragraph(
        "The classes of "
            + answers.target()
            + " that are mistaken most often"
            + (pairs.size() > MOST_PAIRS
                ? ", the first " + MOST_PAIRS + " of " + pairs.size() + " pairs:"
                : ":"));
    page.table(
        List.of("is", "is predicted to be", "#rows", "#share of the class"),
        pairs.stream()
            .limit(MOST_PAIRS)
            .map(
                pair ->
                    List.of(
                        answers.classes().get(pair.actual()),
                        answers.classes().get(pair.predicted()),
                        text(pair.weight()),
                        Numbers.significant(pair.share())))
            .toList());
  }
}
