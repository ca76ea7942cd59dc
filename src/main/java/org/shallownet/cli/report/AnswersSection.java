package org.shallownet.cli.report;

import java.util.ArrayList;
import java.util.List;
import org.shallownet.cli.report.judged.Answers;
import org.shallownet.cli.report.judged.ClassAnswers;
import org.shallownet.cli.report.judged.NumberAnswers;
import org.shallownet.cli.report.plots.Figure;

/** What a model says of rows whose targets are known, drawn. */
final class AnswersSection {
  private static final int MOST_TARGETS = 6;

  private AnswersSection() {}

  /**
   * Writes it.
   *
   * @param told which rows these are, a sentence
   */
  static void write(Page page, Answers answers, String told) {
    page.section("What it answers");
    String some =
        answers.stride() == 1
            ? ""
            : " Drawn is one row of every "
                + answers.stride()
                + " of "
                + Texts.counted(answers.allRows(), "row")
                + ".";
    page.paragraph(told + some);
    List<Figure> figures = new ArrayList<>();
    for (ClassAnswers each : first(answers.classes())) {
      if (each.rows() > 0) {
        figures.addAll(ClassFigures.of(each, answers.classes().size() > 1));
      }
    }
    for (NumberAnswers each : first(answers.numbers())) {
      figures.addAll(NumberFigures.of(each));
    }
    page.figures(figures);
    if (answers.classes().stream()
        .anyMatch(each -> each.classes().size() > ClassFigures.MOST_IN_MATRIX)) {
      page.paragraph(
          "Of more than "
              + ClassFigures.MOST_IN_MATRIX
              + " classes the confusion matrix is not drawn; evaluate --json has it.");
    }
    first(answers.classes()).forEach(each -> Confusions.write(page, each));
    int targets = answers.classes().size() + answers.numbers().size();
    if (targets > MOST_TARGETS) {
      page.paragraph("Drawn are the first " + MOST_TARGETS + " of " + targets + " targets.");
    }
  }

  private static <T> List<T> first(List<T> all) {
    return all.subList(0, Math.min(MOST_TARGETS, all.size()));
  }
}
