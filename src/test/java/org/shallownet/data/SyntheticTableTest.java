package org.shallownet.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SyntheticTableTest {
  @TempDir private Path folder;

  @Test
  void halfOfTheRowsAreOfEachClass() throws Exception {
    Path file = folder.resolve("t.npy");
    SyntheticTable.write(20_001, file);
    Dataset data = Dataset.read(file, Integer.toString(SyntheticTable.FEATURES));
    assertThat(data.rows()).isEqualTo(20_001);
    assertThat(data.featureNames()).hasSize(SyntheticTable.FEATURES);
    Target.Classes classes = (Target.Classes) data.target();
    long ones = LongStream.range(0, data.rows()).map(classes::code).sum();
    assertThat(ones).isBetween(9_700L, 10_300L);
  }
}
