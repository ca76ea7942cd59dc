package org.shallownet.backend.cuda.fused;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.shallownet.backend.Samples;
import org.shallownet.backend.cuda.driver.CudaMatrix;
import org.shallownet.backend.device.BatchOrder;

/**
 * The samples that a model of a whole run sees.
 *
 * @param samples in the card's memory; null for none
 * @param batchRows how many make a step, if they are trained on
 */
record FusedTable(Samples.@Nullable Resident samples, long batchRows) {
  /** Numbers of a table, each of 64 bits: those of Table in {@code whole_run_epochs.cuh}. */
  static final int COUNT = 6;

  /** Nothing to see. */
  static final FusedTable NONE = new FusedTable(null, 0);

  /** Samples that judge. */
  static FusedTable judging(Samples.Resident samples) {
    return new FusedTable(samples, samples.rows());
  }

  /** How many samples there are. */
  long rows() {
    return samples == null ? 0 : samples.rows();
  }

  /** How many steps make an epoch. */
  long stepsPerEpoch() {
    return rows() == 0 ? 0 : (rows() - 1) / batchRows + 1;
  }

  /** The numbers of tables, one after the other, as their bytes. */
  static FloatBuffer bytes(List<FusedTable> tables) {
    ByteBuffer bytes =
        ByteBuffer.allocateDirect(tables.size() * COUNT * Long.BYTES)
            .order(ByteOrder.nativeOrder());
    for (FusedTable table : tables) {
      Samples.Resident samples = table.samples();
      if (samples == null) {
        bytes.position(bytes.position() + COUNT * Long.BYTES);
        continue;
      }
      BatchOrder order = new BatchOrder(samples.rows(), 0);
      bytes.putLong(((CudaMatrix) samples.features()).address());
      bytes.putLong(((CudaMatrix) samples.targets()).address());
      bytes.putLong(samples.rows());
      bytes.putLong(table.batchRows());
      bytes.putLong(order.lefts());
      bytes.putLong(order.rights());
    }
    return bytes.flip().asFloatBuffer();
  }
}
