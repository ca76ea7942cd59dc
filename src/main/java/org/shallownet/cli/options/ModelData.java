package org.shallownet.cli.options;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.shallownet.data.Columns;
import org.shallownet.data.DataException;
import org.shallownet.data.Dataset;
import org.shallownet.data.Table;
import org.shallownet.data.TableOptions;
import org.shallownet.data.TableSource;
import org.shallownet.data.Target;
import org.shallownet.data.Task;
import org.shallownet.data.features.FeatureTable;
import org.shallownet.data.text.Numeric;
import org.shallownet.model.Model;
import org.shallownet.network.Output;

/**
 * Reads from a table what a given model needs: for a model of ours columns by name and its classes,
 * for a model from another tool columns by position and the data's classes.
 *
 * @param model the model, its output interpreted for this data
 * @param data the samples
 * @param fingerprint identifies the file's content
 * @param doubts sentences about what the model does not know
 */
public record ModelData(Model model, Dataset data, String fingerprint, List<String> doubts) {

  /**
   * Reads samples with targets.
   *
   * @param targets the target's column, or several; null for those that the model learned
   * @param features the columns asked for; null for the model's own or, for a model from another
   *     tool, all but the target
   * @param wanted the task asked for; null for whatever fits
   * @param options how the file is read
   */
  public static ModelData read(
      Model model,
      TableSource source,
      @Nullable List<String> targets,
      @Nullable List<String> features,
      @Nullable Task wanted,
      TableOptions options)
      throws IOException {
    if (model.isForeign()) {
      if (targets == null) {
        throw new DataException(
            "the model is from another tool and does not know its target; name it with --target");
      }
      Table table = readForeign(source, options, targets, features);
      requireColumns(model, table.features(), source);
      return interpret(model, table, wanted, source);
    }
    requireSameFeatures(model, features);
    if (wanted != null && wanted != model.task()) {
      throw new DataException(
          "the model was trained for " + model.task() + ", not " + wanted + "; leave --task out");
    }
    List<String> columns = targets == null ? model.targetNames() : targets;
    Table table =
        Table.read(
            source, options.forModel(model.preprocessing().schema(), null).withTargets(columns));
    Dataset data =
        model.task() == Task.REGRESSION
            ? table.dataset(Task.REGRESSION)
            : table.matching(model.classesByTarget());
    return new ModelData(model, data, table.fingerprint(), doubts(table));
  }

  /** Reads features alone. */
  public static Table features(
      Model model, TableSource source, @Nullable List<String> features, TableOptions options)
      throws IOException {
    if (model.isForeign()) {
      Table table = readForeign(source, options, List.of(), features);
      requireColumns(model, table.features(), source);
      return table;
    }
    requireSameFeatures(model, features);
    return Table.read(source, options.forModel(model.preprocessing().schema(), null));
  }

  /** A model from another tool takes all columns, as numbers, whatever they hold. */
  private static Table readForeign(
      TableSource source,
      TableOptions options,
      List<String> targets,
      @Nullable List<String> features)
      throws IOException {
    Columns columns =
        Columns.training(null, features)
            .withTargets(targets)
            .withWeights(options.columns().weights());
    return Table.read(source, options.withColumns(columns).withNumeric(List.of("*")));
  }

  /**
   * Reads another table with the columns and classes of a data set.
   *
   * @param options how the data set was read
   */
  public static Dataset like(Dataset known, TableSource source, TableOptions options)
      throws IOException {
    Table table =
        Table.read(source, options.forModel(known.schema(), null).withTargets(known.targetNames()));
    if (known.task() == Task.REGRESSION) {
      return table.dataset(Task.REGRESSION);
    }
    List<Target> targets =
        known.target() instanceof Target.Several several
            ? several.columns()
            : List.of(known.target());
    return table.matching(
        targets.stream().map(target -> ((Target.Classes) target).names()).toList());
  }

  /** Sentences about what a model does not know: columns' names, words. */
  public static List<String> doubts(Table table) {
    List<String> sentences = new ArrayList<>();
    if (table.isByPosition()) {
      sentences.add(
          "the model's columns are taken in the order of the data, since "
              + table.featureNames().size()
              + " columns were found and none by its name");
    }
    for (String column : table.truths()) {
      sentences.add(
          "column "
              + Numeric.quote(column)
              + " holds truth values, which are taken as 0 and 1, since the model learned numbers");
    }
    sentences.addAll(unknownWords(table));
    return sentences;
  }

  private static List<String> unknownWords(Table table) {
    return table.unknown().entrySet().stream()
        .sorted(Map.Entry.comparingByKey())
        .map(
            entry ->
                "column "
                    + Numeric.quote(entry.getKey())
                    + ": "
                    + entry.getValue()
                    + (entry.getValue() == 1 ? " cell holds a word" : " cells hold words")
                    + " that the model does not know; such count as \"other\"")
        .toList();
  }

  private static ModelData interpret(
      Model model, Table table, @Nullable Task wanted, TableSource source) {
    int outputs = model.outputs();
    Task task = wanted;
    boolean number = model.output().isOfNumbers();
    if (task == null) {
      // A single number may be a logit, but nothing in the file says so.
      boolean single = number && outputs == 1;
      if (single && !table.hasNumericTarget()) {
        requireLogits(model, source);
        throw new DataException(
            source.name()
                + ": the model gives one number without a sigmoid, but the target holds classes;"
                + " say --task binary if the number is a logit, or choose another column with"
                + " --target");
      }
      boolean several = number && outputs == table.targetNames().size();
      task = single || several ? Task.REGRESSION : table.inferTask().task();
    }
    if (!number && task == Task.REGRESSION) {
      throw new DataException(
          source.name()
              + ": the model predicts classes but the target holds numbers; choose a column of"
              + " classes with --target");
    }
    Dataset data = table.dataset(task);
    int needed = data.targetNames().size();
    if (data.target() instanceof Target.Classes classes) {
      needed = classes.names().size();
    }
    boolean binary = data.task() == Task.BINARY;
    boolean fits = outputs == needed || (outputs == 1 && binary);
    boolean sigmoid = model.output() == Output.SIGMOID_CROSS_ENTROPY;
    if (!fits || (sigmoid && !binary && data.task() != Task.MULTILABEL)) {
      throw new DataException(
          source.name()
              + ": the model has "
              + outputs
              + (outputs == 1 ? " output" : " outputs")
              + " but "
              + (data.target() instanceof Target.Classes
                  ? "the target has " + needed + " classes"
                  : needed == 1 ? "the target is one number" : "there are " + needed + " targets")
              + "; choose another column with --target");
    }
    if (number && task != Task.REGRESSION) {
      requireLogits(model, source);
    }
    Model interpreted = number && task != Task.REGRESSION ? model.asLogits(task) : model;
    return new ModelData(interpreted, data, table.fingerprint(), List.of());
  }

  private static void requireLogits(Model model, TableSource source) {
    boolean exponential = model.output() == Output.EXPONENTIAL_POISSON;
    if (exponential || model.functions().containsKey(model.spec().layerCount())) {
      throw new DataException(
          source.name()
              + ": the model ends in "
              + model.outputName()
              + ", so its outputs are numbers, but the target holds classes; choose a column of"
              + " numbers with --target, or say --task regression if the classes are numbers");
    }
  }

  /**
   * How the outputs of a model from another tool were understood, for the user.
   *
   * @param given the model as its file has it
   * @param wanted the task asked for; null for whatever fits
   */
  public String assumption(Model given, @Nullable Task wanted) {
    if (data.targetNames().size() > 1) {
      boolean numbers = data.task() == Task.REGRESSION;
      return "its outputs are taken as the "
          + (numbers
              ? "numbers to predict"
              : given.output() != model.output() ? "logits" : "probabilities")
          + ", in the order of --target";
    }
    if (!(data.target() instanceof Target.Classes classes)) {
      return "its output is taken as the number to predict"
          + (wanted == null ? "; say --task binary if it is a logit" : "");
    }
    boolean logits = given.output() != model.output();
    if (model.outputs() == 1) {
      return "its output is taken as the "
          + (logits ? "logit" : "probability")
          + " of class '"
          + classes.names().get(1)
          + "'";
    }
    return "its outputs are taken as the "
        + (logits ? "logits" : "probabilities")
        + " of the data's "
        + classes.names().size()
        + " classes in their order";
  }

  private static void requireColumns(Model model, FeatureTable features, TableSource source) {
    if (features.columns() != model.spec().inputs()) {
      throw new DataException(
          source.name()
              + ": the model takes "
              + model.spec().inputs()
              + " columns but "
              + features.columns()
              + " were found; choose them with --features");
    }
  }

  private static void requireSameFeatures(Model model, @Nullable List<String> features) {
    if (features != null && !Set.copyOf(features).equals(Set.copyOf(model.featureNames()))) {
      throw new DataException(
          "--features names other columns than the model was trained on ("
              + String.join(", ", model.featureNames())
              + "); leave it out");
    }
  }
}
