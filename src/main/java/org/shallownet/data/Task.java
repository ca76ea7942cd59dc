package org.shallownet.data;

/** What is to be learned from a table. */
public enum Task {
  /** One of two classes. */
  BINARY("binary"),
  /** One of several classes. */
  MULTICLASS("multiclass"),
  /** A number, or several. */
  REGRESSION("regression"),
  /** For each of several questions whether the answer is yes. */
  MULTILABEL("multilabel");

  private final String id;

  Task(String id) {
    this.id = id;
  }

  /** The name used on the command line and in files. */
  public String id() {
    return id;
  }

  /**
   * The task with this {@link #id()}.
   *
   * @throws IllegalArgumentException if there is none
   */
  public static Task of(String id) {
    for (Task task : values()) {
      if (task.id.equals(id)) {
        return task;
      }
    }
    throw new IllegalArgumentException(
        "unknown task '" + id + "': choose one of binary, multiclass, regression, multilabel");
  }

  @Override
  public String toString() {
    return id;
  }
}
