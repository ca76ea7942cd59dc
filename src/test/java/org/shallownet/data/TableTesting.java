package org.shallownet.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.shallownet.data.features.FeatureTable;

/** What tests of tables ask again and again. */
public final class TableTesting {
  private TableTesting() {}

  /** The message of the {@link DataException} that this throws. */
  public static String messageOf(ThrowingCallable call) {
    Throwable thrown = catchThrowable(call);
    assertThat(thrown).isInstanceOf(DataException.class);
    return thrown.getMessage();
  }

  /** All cells, row by row. */
  public static float[] all(FeatureTable table) {
    float[] values = new float[(int) table.rows() * table.columns()];
    table.read(0, (int) table.rows(), values, 0);
    return values;
  }
}
