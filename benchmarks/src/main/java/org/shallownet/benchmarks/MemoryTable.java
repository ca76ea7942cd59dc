package org.shallownet.benchmarks;

/** Samples in the Java heap. */
final class MemoryTable extends Table {
  private static final int READ_ROWS = 65_536;

  private final float[] features;
  private final float[] targets;

  /**
   * Samples.
   *
   * @param features row by row
   * @param targets one per row
   */
  MemoryTable(float[] features, float[] targets) {
    super(targets.length, features.length / targets.length);
    this.features = features;
    this.targets = targets;
  }

  /** A copy of another table. */
  static MemoryTable of(Table table) {
    int rows = Math.toIntExact(table.rows());
    int columns = table.featureColumns();
    float[] features = new float[Math.multiplyExact(rows, columns)];
    float[] targets = new float[rows];
    float[] someFeatures = new float[Math.min(rows, READ_ROWS) * columns];
    float[] someTargets = new float[Math.min(rows, READ_ROWS)];
    for (int first = 0; first < rows; first += READ_ROWS) {
      int count = Math.min(READ_ROWS, rows - first);
      table.read(first, count, someFeatures, someTargets);
      System.arraycopy(someFeatures, 0, features, first * columns, count * columns);
      System.arraycopy(someTargets, 0, targets, first, count);
    }
    return new MemoryTable(features, targets);
  }

  @Override
  public void read(long first, int count, float[] features, float[] targets) {
    int columns = featureColumns();
    System.arraycopy(this.features, (int) first * columns, features, 0, count * columns);
    System.arraycopy(this.targets, (int) first, targets, 0, count);
  }
}
