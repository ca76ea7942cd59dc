package org.shallownet.cli.report;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.shallownet.backend.Backend;
import org.shallownet.cli.output.Candidates;
import org.shallownet.cli.output.Numbers;
import org.shallownet.cli.output.TargetsTable;
import org.shallownet.cli.report.judged.Answers;
import org.shallownet.cli.report.svg.Mark;
import org.shallownet.data.DataException;
import org.shallownet.data.Dataset;
import org.shallownet.model.Model;
import org.shallownet.model.importance.PermutationImportance;
import org.shallownet.model.metrics.Metrics;
import org.shallownet.training.EpochReport;
import org.shallownet.training.TrainingResult;
import org.shallownet.training.comparison.ComparisonResult;
import org.shallownet.training.comparison.ComparisonResult.SeedResult;
import org.shallownet.training.comparison.ComparisonResult.Standing;
import org.shallownet.training.ensemble.CrossValidation;
import org.shallownet.training.ensemble.EnsembleResult;
import org.shallownet.training.ensemble.Family;

/** Makes the pages of {@code --report}, one kind for each command. */
public final class Report {
  /** For the importance of more columns one asks {@code explain}. */
  private static final int MOST_COLUMNS = 100;

  private static final PermutationImportance.Settings IMPORTANCE =
      new PermutationImportance.Settings("", 5, 1, 2_000);
  private static final int MOST_CURVES = 7;

  /** Networks of a cross-validation whose costs are drawn: it may train thousands. */
  private static final int MOST_LINES = 100;

  /** What judges a network of an ensemble that is trained on the rows of all folds but one. */
  public static final String INNER_FOLD = "inner fold left out";

  /** At least so many rows of a fold are asked about, if it has them. */
  private static final int LEAST_ROWS = 200;

  private final Backend backend;
  private final String command;
  private final Map<String, String> facts;

  /**
   * A report.
   *
   * @param backend what can still be asked for answers
   * @param command what was typed
   * @param facts what there is to tell of the data and the settings beside the model's provenance
   */
  public Report(Backend backend, String command, Map<String, String> facts) {
    this.backend = backend;
    this.command = command;
    this.facts = new LinkedHashMap<>(facts);
  }

  /**
   * The page of {@code evaluate}.
   *
   * @param name what the model is called
   */
  public String ofEvaluation(Model model, String name, ReportedData data, Metrics metrics) {
    Dataset rows = data.train();
    Page page =
        new Page(
            "How good " + name + " is",
            "A model of "
                + target(rows)
                + ", judged on "
                + Texts.counted(rows.rows(), "row")
                + ".");
    MetricsSection.write(page, Map.of("data", metrics), "On all rows of the data.");
    AnswersSection.write(page, Answers.of(backend, model, rows), "On the same rows.");
    BoundarySection.write(page, backend, model, rows);
    importance(page, model, rows, "the data");
    DataSection.write(page, data);
    OriginSection.write(page, backend, model, facts, command);
    return page.finish();
  }

  /**
   * The page of {@code train} for one network.
   *
   * @param metrics by the names of the rows
   */
  public String ofNetwork(TrainingResult result, ReportedData data, Map<String, Metrics> metrics) {
    Model model = result.model();
    Page page = trained(1, data, result.seconds());
    if (result.ending() == TrainingResult.Ending.INTERRUPTED) {
      page.paragraph(
          "Training was broken off after "
              + Texts.counted(result.epochs(), "epoch")
              + ", by hand or since its time was up: this is the best until then.");
    }
    boolean judged = data.dev() != null;
    MetricsSection.write(
        page,
        metrics,
        judged
            ? "On the rows learned from, and on the dev set, which it has not learned from, but"
                + " which decided when to stop."
            : "On the rows that it learned from; no others were held back, so that nobody knows how"
                + " good it is on new rows.");
    AnswersSection.write(
        page, Answers.of(backend, model, data.judging()), "On " + data.judge() + ".");
    new CostSection("dev set")
        .network("network", Mark.of(0), result.history(), result.bestEpoch())
        .write(
            page,
            "The mean cost of a row in each epoch; of the rows learned from before each step and"
                + " with L1 and L2, of the dev set after the epoch and without."
                + unit(model));
    rest(page, model, data);
    return page.finish();
  }

  /**
   * The page of {@code train} for an ensemble.
   *
   * @param metrics by the names of the rows
   */
  public String ofEnsemble(EnsembleResult result, ReportedData data, Map<String, Metrics> metrics) {
    Model model = result.model().orElseThrow();
    Page page = trained(result.runs().size(), data, result.seconds());
    if (result.isInterrupted()) {
      page.paragraph(
          "Training was broken off, by hand or since its time was up, before all networks had come"
              + " to their ends: this is the best until then.");
    }
    MetricsSection.write(
        page,
        metrics,
        "train: on the rows learned from. folds: cross-validated, each row by the networks that"
            + " have not learned from it, which is what to expect of new rows; a little too good,"
            + " since these rows decided when to stop and how much each family counts."
            + (data.dev() == null ? "" : " dev: on rows that had no part in anything."));
    long[] judged = new long[Math.toIntExact(result.judgedRows())];
    for (int i = 0; i < judged.length; i++) {
      judged[i] = result.judgedRow(i);
    }
    AnswersSection.write(
        page,
        Answers.of(model, result.outOfFoldLogits(), data.train().select(judged)),
        "Cross-validated: each row by the networks that have not learned from it.");
    CostSection costs = new CostSection("fold left out");
    List<Family> families = new ArrayList<>(result.shares().keySet());
    for (EnsembleResult.MemberResult run : result.runs()) {
      Family family = run.member().family();
      costs.network(
          family.id(),
          Mark.of(families.indexOf(family)).asFaint(),
          run.result().history(),
          run.result().bestEpoch());
    }
    costs.write(
        page,
        Texts.counted(result.runs().size(), "network")
            + ", a line for each; each learns from all rows but a fold, which says when it is best."
            + unit(model));
    List<List<String>> shares = new ArrayList<>();
    result
        .shares()
        .forEach((family, share) -> shares.add(List.of(family.id(), Numbers.significant(share))));
    page.table(List.of("family", "#share of the ensemble"), shares);
    rest(page, model, data);
    return page.finish();
  }

  /**
   * The page of {@code compare}.
   *
   * @param saved what the comparison saved
   * @param metrics how good it is, by the names of the rows
   * @param judged who answers for the rows that judged, and what they are called
   */
  public String ofComparison(
      ComparisonResult result,
      Saved saved,
      ReportedData data,
      Map<String, Metrics> metrics,
      Judged judged) {
    Page page =
        new Page(
            "Networks compared on " + target(data.train()),
            Texts.counted(result.ranking().size(), "candidate")
                + ", trained on "
                + Texts.counted(data.train().rows(), "row")
                + " in "
                + Numbers.duration(result.seconds())
                + ". Best: "
                + saved.title()
                + ".");
    if (result.isInterrupted()) {
      page.paragraph(
          "The comparison was broken off before all networks had come to their ends: this is how"
              + " they stood then.");
    } else if (saved.brokenOff()) {
      page.paragraph(
          "The comparison came to its end, but training the best candidate again on all rows was"
              + " broken off: what was saved is a network that has not learned from one fold.");
    }
    String scoreName = TargetsTable.scoreName(data.train());
    new RankingSection(result, scoreName).write(page);
    MetricsSection.write(page, metrics, "Of what was saved, and of what it was made from.");
    if (!judged.parts().isEmpty()) {
      AnswersSection.write(page, Answers.of(backend, judged.parts()), judged.told());
    }
    costs(page, result, unit(saved.model()));
    rest(page, saved.model(), data);
    return page.finish();
  }

  /**
   * What a comparison saved.
   *
   * @param title what it is
   * @param brokenOff whether the comparison, or what came after it, was broken off
   */
  public record Saved(Model model, String title, boolean brokenOff) {}

  /**
   * Who answers for rows.
   *
   * @param parts rows with their models; none to draw nothing
   * @param told who it is, a sentence
   */
  public record Judged(List<Answers.Part> parts, String told) {
    /** Copies the list. */
    public Judged {
      parts = List.copyOf(parts);
    }
  }

  private static void costs(Page page, ComparisonResult result, String unit) {
    boolean l2 = Candidates.differInL2(result);
    boolean folds = result.ranking().get(0).isByFolds();
    CostSection costs = new CostSection(folds ? "fold left out" : "dev set");
    int number = 0;
    for (Standing standing : result.ranking()) {
      SeedResult best = standing.best().orElse(null);
      if (best != null && number < MOST_CURVES) {
        costs.network(
            Candidates.name(standing.candidate(), l2),
            Mark.of(number),
            best.result().history(),
            best.result().bestEpoch());
        number++;
      }
    }
    costs.write(
        page,
        "The best "
            + (folds ? "network" : "seed")
            + " of each of the first "
            + Texts.counted(number, "candidate")
            + "."
            + unit);
  }

  private static String unit(Model model) {
    return model.targetScale() == null ? "" : " Costs are those of the standardised target.";
  }

  /**
   * The page of {@code cross-validate}.
   *
   * @param trainings of the networks of all parts
   * @param data all rows
   */
  public String ofCrossValidation(
      List<CrossValidation.Part> parts,
      List<NamedTraining> trainings,
      ReportedData data,
      double seconds) {
    Dataset rows = data.train();
    Page page =
        new Page(
            "Cross-validated: " + target(rows),
            Texts.counted(parts.size(), "model")
                + " in "
                + Numbers.duration(seconds)
                + ", each judged on rows that it has not learned from.");
    ScoresSection.write(page, parts);
    List<Answers.Part> answering =
        parts.stream()
            .map(part -> new Answers.Part(part.model(), rows.select(part.rows())))
            .toList();
    AnswersSection.write(
        page,
        Answers.of(backend, answering),
        "Each row by a model that has not learned from it, once in each repeat.");
    costs(page, trainings, unit(parts.get(0).model()));
    importance(page, answering);
    DataSection.write(page, data);
    OriginSection.write(page, backend, parts.get(0).model(), facts, command);
    return page.finish();
  }

  /**
   * How a network was trained.
   *
   * @param name of its kind, which others may have, too
   * @param judge what it was stopped by, such as {@code dev set}
   * @param best the epoch whose weights were kept
   */
  public record NamedTraining(String name, String judge, List<EpochReport> history, int best) {
    /** Copies the list. */
    public NamedTraining {
      history = List.copyOf(history);
    }

    /** What is told of a training: no weights, of which there may be many. */
    public static NamedTraining of(String name, String judge, TrainingResult result) {
      return new NamedTraining(name, judge, result.history(), result.bestEpoch());
    }
  }

  private static void costs(Page page, List<NamedTraining> trainings, String unit) {
    List<String> names = trainings.stream().map(NamedTraining::name).distinct().toList();
    CostSection costs = new CostSection(trainings.get(0).judge());
    int shown = Math.min(trainings.size(), MOST_LINES);
    for (NamedTraining training : trainings.subList(0, shown)) {
      costs.network(
          training.name(),
          Mark.of(names.indexOf(training.name())).asFaint(),
          training.history(),
          training.best());
    }
    costs.write(
        page,
        (shown < trainings.size() ? "The first " + shown + " of " : "")
            + Texts.counted(trainings.size(), "network")
            + " of all folds, a line for each"
            + (trainings.get(0).judge().equals(INNER_FOLD)
                ? ". Within the rows of a model, each of its networks learns from all but an inner"
                    + " fold, which says when it is best."
                : ".")
            + unit);
  }

  private void importance(Page page, List<Answers.Part> parts) {
    PermutationImportance.Settings settings =
        new PermutationImportance.Settings(
            "", 1, 1, Math.max(LEAST_ROWS, IMPORTANCE.mostRows() / parts.size()));
    importance(
        page,
        parts.get(0).data(),
        () -> {
          List<PermutationImportance> each = new ArrayList<>();
          for (Answers.Part part : parts) {
            each.add(PermutationImportance.of(backend, part.model(), part.data(), settings));
          }
          ImportanceSection.write(page, PermutationImportance.together(each), parts.size());
        });
  }

  /** The page of {@code explain}. */
  public String ofImportance(
      Model model, String name, ReportedData data, PermutationImportance importance) {
    Page page =
        new Page(
            "What " + name + " depends on",
            "A model of "
                + target(data.train())
                + ", asked about "
                + Texts.counted(importance.rows(), "row")
                + ".");
    ImportanceSection.write(page, importance, "the data");
    List<List<String>> rows = new ArrayList<>();
    for (PermutationImportance.Column column : importance.columns()) {
      rows.add(
          List.of(column.name(), Texts.metric(column.mean()), Texts.metric(column.deviation())));
    }
    page.table(List.of("column", "#importance", "#standard deviation"), rows);
    BoundarySection.write(page, backend, model, data.train());
    DataSection.write(page, data);
    OriginSection.write(page, backend, model, facts, command);
    return page.finish();
  }

  private static Page trained(int networks, ReportedData data, double seconds) {
    return new Page(
        "A model of " + target(data.train()),
        Texts.counted(networks, "network")
            + " of "
            + Texts.counted(data.train().featureNames().size(), "feature")
            + ", trained on "
            + Texts.counted(data.train().rows(), "row")
            + " in "
            + Numbers.duration(seconds)
            + ".");
  }

  private static String target(Dataset data) {
    return Texts.names(data.targetNames(), 3);
  }

  private void rest(Page page, Model model, ReportedData data) {
    BoundarySection.write(page, backend, model, data.judging());
    importance(page, model, data.judging(), data.judge());
    DataSection.write(page, data);
    OriginSection.write(page, backend, model, facts, command);
  }

  private void importance(Page page, Model model, Dataset data, String where) {
    importance(
        page,
        data,
        () ->
            ImportanceSection.write(
                page, PermutationImportance.of(backend, model, data, IMPORTANCE), where));
  }

  private static void importance(Page page, Dataset data, Runnable section) {
    if (data.featureNames().size() > MOST_COLUMNS) {
      page.section("Which columns matter");
      page.paragraph(
          "With more than "
              + MOST_COLUMNS
              + " columns that takes long: shallownet explain MODEL DATA measures it.");
      return;
    }
    try {
      section.run();
    } catch (DataException e) {
      page.section("Which columns matter");
      page.paragraph("This can't be measured: " + e.getMessage() + ".");
    }
  }
}
