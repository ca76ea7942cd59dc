package org.shallownet.backend;

/** Some samples of another source, and of each only some inputs. */
final class SelectedSource implements SampleSource {
  private final SampleSource source;
  private final SampleRows chosen;
  private final int firstInput;
  private final int inputs;

  /** What is read at once: rows' numbers, and features of which not all are inputs. */
  private long[] rows = {};

  private float[] wide = {};

  /**
   * What is chosen of a source.
   *
   * @param chosen its samples
   * @param firstInput where the inputs begin in a sample's features
   * @param inputs how many there are
   */
  SelectedSource(SampleSource source, SampleRows chosen, int firstInput, int inputs) {
    this.source = source;
    this.chosen = chosen;
    this.firstInput = firstInput;
    this.inputs = inputs;
  }

  @Override
  public long rows() {
    return chosen.count(source.rows());
  }

  @Override
  public int featureColumns() {
    return inputs;
  }

  @Override
  public int targetColumns() {
    return source.targetColumns();
  }

  @Override
  public boolean weighted() {
    return source.weighted();
  }

  @Override
  public void read(long first, int count, float[] features, float[] targets) {
    float[] x = room(count, features);
    if (chosen.isAll()) {
      source.read(first, count, x, targets);
    } else {
      reserve(count);
      for (int i = 0; i < count; i++) {
        rows[i] = chosen.row(first + i);
      }
      source.gather(rows, 0, count, x, targets);
    }
    narrow(x, count, features);
  }

  @Override
  public void gather(long[] places, int offset, int count, float[] features, float[] targets) {
    float[] x = room(count, features);
    reserve(count);
    for (int i = 0; i < count; i++) {
      rows[i] = chosen.row(places[offset + i]);
    }
    source.gather(rows, 0, count, x, targets);
    narrow(x, count, features);
  }

  private void reserve(int count) {
    rows = rows.length < count ? new long[count] : rows;
  }

  /** Where features are read to: where the inputs go, if they are the same. */
  private float[] room(int count, float[] features) {
    if (inputs == source.featureColumns()) {
      return features;
    }
    int size = Math.multiplyExact(count, source.featureColumns());
    wide = wide.length < size ? new float[size] : wide;
    return wide;
  }

  private void narrow(float[] x, int count, float[] features) {
    int columns = source.featureColumns();
    for (int i = 0; i < count && x != features; i++) {
      System.arraycopy(x, i * columns + firstInput, features, i * inputs, inputs);
    }
  }
}
