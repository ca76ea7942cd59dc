package org.shallownet.backend.cpu.primitives;

/** An array from some index on. */
public final class ArrayRange {
  final float[] array;
  final int from;

  /** The part of an array that begins with this index. */
  public ArrayRange(float[] array, int from) {
    this.array = array;
    this.from = from;
  }

  public float[] array() {
    return array;
  }

  /** The index that it begins with. */
  public int from() {
    return from;
  }
}
