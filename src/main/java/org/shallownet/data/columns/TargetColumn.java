package org.shallownet.data.columns;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;
import org.shallownet.data.ColumnNames;
import org.shallownet.data.DataException;
import org.shallownet.data.TableOptions;
import org.shallownet.data.Target;
import org.shallownet.data.Task;
import org.shallownet.data.TaskChoice;
import org.shallownet.data.features.IntColumn;
import org.shallownet.data.features.LongColumn;
import org.shallownet.data.features.RowIndex;
import org.shallownet.data.text.NumberSyntax;
import org.shallownet.data.text.Numeric;

/**
 * A target's column as read: labels while they are few enough for classes, numbers while all are
 * numbers.
 */
final class TargetColumn {
  static final int MOST_CLASSES = 10_000;
  private static final int MOST_INTEGER_CLASSES = 20;
  private static final int MOST_NAMED = 5;
  private static final double NEARLY_ALL = 0.9;

  /** A spelling, the number that it is (or NaN) or disguises, and where it stood first. */
  private record Label(String text, double value, boolean disguised, long line) {}

  private final String file;
  private final String name;
  private final LongFunction<String> where;

  /** The different labels; one more than there may be classes, and none is added any more. */
  private final List<Label> labels = new ArrayList<>();

  private final Map<String, Integer> indices = new HashMap<>();
  private @Nullable IntColumn codes = new IntColumn();
  private @Nullable LongColumn values = new LongColumn();
  private @Nullable Label firstText;
  private long texts;
  private long rows;
  private final TableOptions options;
  private final NumberSyntax syntax;
  private final MissingCells missingCells;
  private final LongColumn missingRows = new LongColumn();
  private long missing;
  private @Nullable Label firstMissing;
  private long disguised;
  private @Nullable Label firstDisguised;

  /**
   * A column without rows.
   *
   * @param where says where a line is, for errors
   * @param options how the file is read
   */
  TargetColumn(String file, String name, LongFunction<String> where, TableOptions options) {
    this.options = options;
    this.syntax = options.format().numbers();
    this.missingCells = new MissingCells(options, syntax);
    this.file = file;
    this.name = name;
    this.where = where;
  }

  String name() {
    return name;
  }

  /** Adds a row's label, without blanks around it. */
  void add(String cell, long line) {
    if (missingCells.has(cell)) {
      missingRows.add(rows + missing);
      missing++;
      firstMissing = firstMissing == null ? new Label(cell, Double.NaN, false, line) : firstMissing;
      return;
    }
    String plain = syntax.plain(cell);
    double value = Numeric.parseDouble(plain);
    String text = Double.isNaN(value) ? cell : plain;
    Integer known = indices.get(text);
    Label label = known == null ? label(text, value, line) : labels.get(known);
    rows++;
    if (Double.isNaN(label.value)) {
      texts++;
      if (label.disguised) {
        disguised++;
        firstDisguised = firstDisguised == null ? label : firstDisguised;
      }
      firstText = firstText == null ? label : firstText;
      values = null;
    }
    if (values != null) {
      values.add(Double.doubleToRawLongBits(label.value));
    }
    if (known == null && labels.size() <= MOST_CLASSES) {
      known = labels.size();
      indices.put(text, known);
      labels.add(label);
    }
    if (labels.size() > MOST_CLASSES) {
      codes = null;
      if (firstText != null) {
        throw hasStrayText() ? notANumber(firstText) : tooManyClasses();
      }
    } else if (codes != null && known != null) {
      codes.add(known);
    }
  }

  private Label label(String text, double value, long line) {
    if (Double.isNaN(value)) {
      Numeric.Problem problem = Numeric.problem(text);
      if (problem == Numeric.Problem.NOT_FINITE) {
        throw new DataException(at(line) + Numeric.explain(problem, text));
      }
    }
    boolean disguised = Double.isNaN(value) && Disguise.of(text) != null;
    return new Label(text, value, disguised, line);
  }

  /** What to learn from these values. */
  TaskChoice infer() {
    requireUsable();
    String column = "the target " + Numeric.quote(name);
    if (firstText != null) {
      int classes = order().names().size();
      if (classes > MOST_INTEGER_CLASSES && hasStrayText()) {
        throw notANumber(firstText);
      }
      return choice(column, classes, "different labels");
    }
    if (codes == null) {
      return new TaskChoice(Task.REGRESSION, column + " has many different numbers");
    }
    int distinct = order().names().size();
    if (distinct <= 2) {
      return choice(column, distinct, "different numbers");
    }
    boolean integers = labels.stream().allMatch(label -> label.value == Math.rint(label.value));
    if (integers && distinct <= MOST_INTEGER_CLASSES) {
      return choice(
          column, distinct, "different whole numbers; --task regression learns them as numbers");
    }
    return new TaskChoice(Task.REGRESSION, column + " has " + distinct + " different numbers");
  }

  /** Refuses missing targets, unless they are to be left out, and numbers in disguise. */
  void requireUsable() {
    if (firstMissing != null && (!options.dropUnlabelled() || rows == 0)) {
      throw new DataException(
          at(firstMissing.line)
              + (firstMissing.text.isEmpty()
                  ? "the target is missing"
                  : "the target is missing (" + Numeric.quote(firstMissing.text) + ")")
              + (missing == 1 ? "" : ", as it is in " + missing + " rows")
              + (rows == 0
                  ? "; there is nothing to learn"
                  : "; leave such rows out with --drop-unlabelled"
                      + (firstMissing.text.isEmpty()
                          ? ""
                          : ", or if it is a class, say so with --missing "
                              + ColumnRules.markers(
                                  options.missing().stream()
                                      .filter(marker -> !marker.equals(firstMissing.text))))));
    }
    if (firstDisguised != null && rows - (texts - disguised) >= NEARLY_ALL * rows) {
      Disguise disguise = Objects.requireNonNull(Disguise.of(firstDisguised.text));
      throw new DataException(at(firstDisguised.line) + disguise.explain(firstDisguised.text));
    }
  }

  /** How many rows without a target are left out. */
  long dropped() {
    return options.dropUnlabelled() ? missing : 0;
  }

  /** How many rows there are, with those without a target. */
  long allRows() {
    return rows + missing;
  }

  /** Different labels in the order of their appearance. */
  List<String> labels() {
    return labels.stream().map(Label::text).toList();
  }

  /** Whether all labels are 0 or 1, or of a pair of words such as no and yes. */
  boolean isYesNo() {
    return codes != null && BooleanWords.of(labels()) != null;
  }

  /** The target as no and yes, in this order. */
  Target.Classes yesNo() {
    BooleanWords words = codes == null ? null : BooleanWords.of(labels());
    if (words == null) {
      throw new DataException(
          column()
              + "a yes/no column holds 0 and 1, or two words such as no and yes, but this one has "
              + ColumnNames.list(labels(), 3)
              + "; learn it alone with --target "
              + ColumnNames.argument(List.of(name)));
    }
    List<Integer> codeOfLabel =
        labels.stream().map(label -> words.isYes(label.text) ? 1 : 0).toList();
    return new Target.Classes(List.of(words.no(), words.yes()), mapped(codeOfLabel));
  }

  /** The rows that have a target. */
  RowIndex labelledRows() {
    RowIndex.Builder labelled = new RowIndex.Builder();
    long next = 0;
    for (long i = 0; i <= missing; i++) {
      long end = i < missing ? missingRows.get(i) : rows + missing;
      while (next < end) {
        labelled.add(next++);
      }
      next++;
    }
    return labelled.build();
  }

  private TaskChoice choice(String column, int classes, String what) {
    Task task = classes > 2 ? Task.MULTICLASS : Task.BINARY;
    return new TaskChoice(task, column + " has " + classes + " " + what);
  }

  /** Whether every value is a number. */
  boolean isNumeric() {
    return firstText == null;
  }

  /** Whether the column is one of numbers with some text in it. */
  private boolean hasStrayText() {
    return texts * 2 < rows;
  }

  /** The target for this task. */
  Target target(Task task) {
    requireUsable();
    return task == Task.REGRESSION ? numbers() : classes(task);
  }

  private Target.Numbers numbers() {
    if (firstText != null) {
      throw notANumber(firstText);
    }
    if (values == null) {
      throw new IllegalStateException("numbers are kept until there is text");
    }
    return new Target.Numbers(values);
  }

  private Target.Classes classes(Task task) {
    ClassOrder order = order();
    List<String> names = order.names();
    if (names.size() < 2) {
      throw new DataException(
          column()
              + "there is one class only, "
              + ColumnNames.list(names, 1)
              + "; at least two are needed");
    }
    if (task == Task.BINARY && names.size() != 2) {
      throw new DataException(
          column()
              + "there are "
              + names.size()
              + " classes, "
              + ColumnNames.list(names, MOST_NAMED)
              + ", but a binary task has two; use --task multiclass");
    }
    if (task == Task.MULTICLASS && names.size() == 2) {
      throw new DataException(
          column()
              + "there are two classes, "
              + ColumnNames.list(names, 2)
              + ", but a multiclass task has three or more; use --task binary");
    }
    return new Target.Classes(names, mapped(order.classOfLabel()));
  }

  /** The target as these classes. */
  Target.Classes matching(List<String> classes) {
    requireUsable();
    List<Integer> matched = ClassOrder.match(labels.stream().map(Label::text).toList(), classes);
    for (int i = 0; i < matched.size(); i++) {
      if (matched.get(i) < 0) {
        Label label = labels.get(i);
        throw new DataException(
            at(label.line)
                + Numeric.quote(label.text)
                + " is none of the known classes "
                + ColumnNames.list(classes, MOST_NAMED)
                + "; correct it or train with it");
      }
    }
    return new Target.Classes(classes, mapped(matched));
  }

  private IntColumn mapped(List<Integer> classOfLabel) {
    if (codes == null) {
      throw tooManyClasses();
    }
    IntColumn mapped = new IntColumn();
    for (long row = 0; row < rows; row++) {
      mapped.add(classOfLabel.get(codes.get(row)));
    }
    return mapped;
  }

  private ClassOrder order() {
    if (codes == null) {
      throw tooManyClasses();
    }
    return ClassOrder.of(labels.stream().map(Label::text).toList());
  }

  private DataException tooManyClasses() {
    return new DataException(
        column()
            + "there are more than 10,000 different labels, too many for classes"
            + (firstText == null ? "; use --task regression" : "; choose another target"));
  }

  private DataException notANumber(Label label) {
    return new DataException(
        at(label.line) + Numeric.explain(Numeric.problem(label.text), label.text));
  }

  private String column() {
    return file + ", column " + Numeric.quote(name) + ": ";
  }

  private String at(long line) {
    return where.apply(line) + ", column " + Numeric.quote(name) + ": ";
  }
}
