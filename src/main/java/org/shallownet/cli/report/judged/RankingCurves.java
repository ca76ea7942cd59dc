package org.shallownet.cli.report.judged;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.shallownet.cli.report.svg.Point;

/**
 * How well the probabilities of one class rank its rows before those of all others, for every
 * threshold. Definitions are those of scikit-learn's {@code roc_curve}, {@code roc_auc_score},
 * {@code precision_recall_curve} and {@code average_precision_score}; rows may have weights.
 *
 * @param name the class
 * @param share of all rows the share that are of the class
 * @param roc the true positive rate (y) by the false positive rate (x)
 * @param auc the area under it
 * @param precision the precision (y) by the recall (x)
 * @param averagePrecision {@code Σ (Rₙ - Rₙ₋₁) Pₙ}
 */
public record RankingCurves(
    String name,
    double share,
    List<Point> roc,
    double auc,
    List<Point> precision,
    double averagePrecision) {
  /** Copies the lists. */
  public RankingCurves {
    roc = List.copyOf(roc);
    precision = List.copyOf(precision);
  }

  /** Whether there are rows both of the class and of others, without which there is no curve. */
  public boolean isDefined() {
    return share > 0 && share < 1;
  }

  /** The curves of a class. */
  public static RankingCurves of(ClassAnswers answers, int k) {
    List<Integer> order =
        IntStream.range(0, answers.rows())
            .boxed()
            .sorted(Comparator.comparingDouble(row -> -answers.probability(row, k)))
            .toList();
    double positives = 0;
    double negatives = 0;
    for (int row : order) {
      positives += answers.actual(row) == k ? answers.weight(row) : 0;
      negatives += answers.actual(row) == k ? 0 : answers.weight(row);
    }
    List<Point> roc = new ArrayList<>(List.of(new Point(0, 0)));
    List<Point> precision = new ArrayList<>();
    double right = 0;
    double wrong = 0;
    double area = 0;
    double average = 0;
    for (int i = 0; i < order.size(); i++) {
      int row = order.get(i);
      right += answers.actual(row) == k ? answers.weight(row) : 0;
      wrong += answers.actual(row) == k ? 0 : answers.weight(row);
      boolean last = i + 1 == order.size();
      if (last || answers.probability(order.get(i + 1), k) != answers.probability(row, k)) {
        Point before = roc.get(roc.size() - 1);
        Point now = new Point(wrong / negatives, right / positives);
        Point kept = new Point(now.y(), right / (right + wrong));
        area += (now.x() - before.x()) * (now.y() + before.y()) / 2;
        average += (now.y() - before.y()) * kept.y();
        roc.add(now);
        precision.add(kept);
      }
    }
    return new RankingCurves(
        answers.classes().get(k),
        positives / (positives + negatives),
        roc,
        area,
        precision,
        average);
  }
}
