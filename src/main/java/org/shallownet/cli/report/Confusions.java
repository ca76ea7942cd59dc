package org.shallownet.cli.report;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.shallownet.cli.output.Numbers;
import org.shallownet.cli.report.judged.ClassAnswers;

/** Which classes are taken for which. */
final class Confusions {
  /** From here on a matrix alone is a lot to read. */
  private static final int MANY = 10;

  private static final int MOST_PAIRS = 10;

  private Confusions() {}

  /** A class that rows are of, and the other one that they are predicted to be. */
  private record Pair(int actual, int predicted, double rows, double share) {}

  /** Sums of the rows' weights by their class and the predicted one. */
  static double[][] sums(ClassAnswers answers) {
    int count = answers.classes().size();
    double[][] sums = new double[count][count];
    for (int row = 0; row < answers.rows(); row++) {
      sums[answers.actual(row)][answers.predicted(row)] += answers.weight(row);
    }
    return sums;
  }

  /** A sum as it is written. */
  static String text(double sum) {
    return sum == Math.rint(sum) ? Texts.count((long) sum) : Numbers.significant(sum);
  }

  /** Writes a table of those that are mistaken most often, where there are many classes. */
  static void write(Page page, ClassAnswers answers) {
    if (answers.classes().size() <= MANY) {
      return;
    }
    List<Pair> pairs = pairs(sums(answers));
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
                        text(pair.rows()),
                        Numbers.significant(pair.share())))
            .toList());
  }

  private static List<Pair> pairs(double[][] sums) {
    List<Pair> pairs = new ArrayList<>();
    for (int actual = 0; actual < sums.length; actual++) {
      double all = 0;
      for (double sum : sums[actual]) {
        all += sum;
      }
      for (int predicted = 0; predicted < sums.length; predicted++) {
        double rows = sums[actual][predicted];
        if (predicted != actual && rows > 0) {
          pairs.add(new Pair(actual, predicted, rows, rows / all));
        }
      }
    }
    pairs.sort(Comparator.comparingDouble(Pair::rows).reversed());
    return pairs;
  }
}
