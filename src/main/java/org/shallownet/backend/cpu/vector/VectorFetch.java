package org.shallownet.backend.cpu.vector;

import static jdk.incubator.vector.FloatVector.fromArray;
import static jdk.incubator.vector.VectorOperators.ASHR;
import static jdk.incubator.vector.VectorOperators.LSHR;
import static jdk.incubator.vector.VectorOperators.XOR;
import static org.shallownet.backend.cpu.vector.VectorMath.FLOATS;

import java.util.Objects;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorSpecies;
import org.shallownet.backend.cpu.primitives.CpuMatrix;
import org.shallownet.backend.cpu.tiled.RowFetch;
import org.shallownet.backend.device.BatchOrder;

/**
 * Which samples a mini-batch has, and copies of these, by vectors. So few instructions a row leave
 * the processor room to wait for many rows at once, and the order has no branches that it could
 * only guess.
 */
final class VectorFetch {
  private static final VectorSpecies<Float> F = FLOATS;
  private static final int L = F.length();
  private static final VectorSpecies<Long> LONGS = LongVector.SPECIES_PREFERRED;
  private static final LongVector PLACES = LongVector.zero(LONGS).addIndex(1);

  /** Only vectors of 512 bits have an instruction that multiplies 64-bit numbers. */
  private static final boolean MULTIPLIES_LONGS = LONGS.vectorBitSize() == 512;

  private VectorFetch() {}

  /** See {@link RowFetch#order}. */
  static void order(BatchOrder order, long epoch, long first, int count, long[] to) {
    int step = LONGS.length();
    if (!MULTIPLIES_LONGS || order.rights() < step || count < step) {
      order.fill(epoch, first, count, to);
      return;
    }
    Objects.checkFromIndexSize(first, count, order.samples());
    BatchOrder.Epoch keys = order.epoch(epoch);
    long left = first / order.rights();
    long right = first % order.rights();
    int i = 0;
    for (; i + step <= count; i += step) {
      permute(keys, order.lefts(), order.rights(), left, right, to, i);
      right += step;
      if (right >= order.rights()) {
        right -= order.rights();
        left++;
      }
    }
    for (int place = 0; place < i; place++) {
      to[place] = keys.walk(to[place]);
    }
    for (; i < count; i++) {
      to[i] = keys.sample(first + i);
    }
  }

  /**
   * The rounds of {@link BatchOrder.Epoch} for a vector of positions that follow each other: each
   * adds {@code below(hash(other), bound)} to a half, from the bound on less it, and the halves
   * change places. All of it in one method: a compiler that does not inline another one, since it
   * has compiled that before, hands it vectors on the heap.
   *
   * @param a lefts
   * @param b rights
   */
  private static void permute(
      BatchOrder.Epoch keys, long a, long b, long firstLeft, long firstRight, long[] to, int at) {
    LongVector other = PLACES.add(firstRight);
    // Rights from b on are the first ones of the next left.
    LongVector inside = other.sub(b).lanewise(ASHR, Long.SIZE - 1);
    LongVector half = inside.add(firstLeft + 1);
    other = other.sub(inside.not().and(b));
    long bound = a;
    for (int round = 0; round < BatchOrder.KEYS; round++) {
      LongVector z = other.lanewise(XOR, keys.key(round));
      z = z.lanewise(XOR, z.lanewise(LSHR, 30)).mul(0xBF58476D1CE4E5B9L);
      z = z.lanewise(XOR, z.lanewise(LSHR, 27)).mul(0x94D049BB133111EBL);
      z = z.lanewise(XOR, z.lanewise(LSHR, 31));
      LongVector below = z.lanewise(LSHR, 32).mul(bound).lanewise(LSHR, 32);
      LongVector sum = half.add(below).sub(bound);
      half = other;
      other = sum.add(sum.lanewise(ASHR, Long.SIZE - 1).and(bound));
      bound = a + b - bound;
    }
    half.mul(b).add(other).intoArray(to, at);
  }

  /** See {@link RowFetch#copy}. */
  static void copy(
      CpuMatrix from,
      long[] rows,
      int count,
      int firstColumn,
      int columns,
      float[] to,
      int stride) {
    if (columns < L) {
      copyNarrow(from, rows, count, firstColumn, columns, to, stride);
    } else if (columns <= 2 * L) {
      copyTwo(from, rows, count, firstColumn, columns - L, to, stride);
    } else {
      copyWide(from, rows, count, firstColumn, columns - L, to, stride);
    }
  }

  private static void copyNarrow(
      CpuMatrix from,
      long[] rows,
      int count,
      int firstColumn,
      int columns,
      float[] to,
      int stride) {
    for (int i = 0; i < count; i++) {
      float[] array = from.array(rows[i]);
      int at = from.position(rows[i]) + firstColumn;
      for (int column = 0; column < columns; column++) {
        to[i * stride + column] = array[at + column];
      }
    }
  }

  /** Rows of up to two vectors, which may overlap. */
  private static void copyTwo(
      CpuMatrix from, long[] rows, int count, int firstColumn, int last, float[] to, int stride) {
    for (int i = 0; i < count; i++) {
      float[] array = from.array(rows[i]);
      int at = from.position(rows[i]) + firstColumn;
      FloatVector first = fromArray(F, array, at);
      FloatVector second = fromArray(F, array, at + last);
      first.intoArray(to, i * stride);
      second.intoArray(to, i * stride + last);
    }
  }

  /** Longer ones, whose last two vectors may overlap. */
  private static void copyWide(
      CpuMatrix from, long[] rows, int count, int firstColumn, int last, float[] to, int stride) {
    for (int i = 0; i < count; i++) {
      float[] array = from.array(rows[i]);
      int at = from.position(rows[i]) + firstColumn;
      for (int column = 0; column < last; column += L) {
        fromArray(F, array, at + column).intoArray(to, i * stride + column);
      }
      fromArray(F, array, at + last).intoArray(to, i * stride + last);
    }
  }
}
