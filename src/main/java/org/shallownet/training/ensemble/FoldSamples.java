package org.shallownet.training.ensemble;

import java.util.ArrayList;
import java.util.List;
import org.shallownet.backend.ModelSamples;
import org.shallownet.backend.SampleRows;
import org.shallownet.data.Dataset;
import org.shallownet.data.Folds;
import org.shallownet.data.features.RowIndex;

/** What networks see that learn from all rows but those of a fold, which judges them. */
public final class FoldSamples {
  private FoldSamples() {}

  /** For each fold what its networks see: all inputs of their rows. */
  public static List<ModelSamples> of(Folds folds, Dataset data) {
    List<ModelSamples> samples = new ArrayList<>();
    for (int fold = 0; fold < folds.count(); fold++) {
      SampleRows held = SampleRows.of(numbers(folds.rows(fold)));
      SampleRows rows = held.others(Math.toIntExact(data.rows()));
      samples.add(new ModelSamples(rows, held, ModelSamples.ALL_INPUTS));
    }
    return samples;
  }

  private static int[] numbers(RowIndex rows) {
    int[] numbers = new int[Math.toIntExact(rows.size())];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = Math.toIntExact(rows.get(i));
    }
    return numbers;
  }
}
