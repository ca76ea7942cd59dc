package org.shallownet.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.shallownet.data.Column;
import org.shallownet.data.DataException;
import org.shallownet.data.JsonText;
import org.shallownet.data.Schema;
import org.shallownet.data.preprocessing.Preprocessing;
import org.shallownet.model.chain.Chain;
import org.shallownet.model.preprocessing.SchemaJson;
import org.shallownet.network.Activation;
import org.shallownet.network.HiddenLayer;
import org.shallownet.network.NetworkSpec;
import org.shallownet.network.Output;

/** Small files that ask for much. */
class HostileModelsTest {
  private static final int DEEP = 1_000_000;

  @Test
  void nestedJsonFillsNoStack() {
    for (String open : List.of("[", "{\"a\":", "[[],")) {
      assertThatExceptionOfType(DataException.class)
          .isThrownBy(() -> SchemaJson.read(open.repeat(DEEP), Set.of()))
          .withMessageContaining("nested more than");
    }
  }

  @Test
  void aLongNumberTakesNoQuadraticTime() {
    assertThatExceptionOfType(DataException.class)
        .isThrownBy(() -> JsonText.check("[" + "7".repeat(DEEP) + "]", 3))
        .withMessageContaining("a number is longer than");
  }

  @Test
  void whatIsQuotedCountsNothing() {
    JsonText.check("[\"[[[[\\\"{{{\", \"" + "7".repeat(DEEP) + "\"]", 1);
    JsonText.check("[[1], [2], {\"a\": [3]}]", 3);
  }

  /** A table of all states would have ten thousand million numbers. */
  @Test
  void aColumnOfManyLevelsTakesNoSquareOfThem() {
    int levels = 100_000;
    Schema schema =
        new Schema(
            List.of(
                new Column.Category(
                    "c",
                    IntStream.range(0, levels).mapToObj(Integer::toString).toList(),
                    true,
                    true,
                    false)));
    ThreadMXBean thread = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = thread.getCurrentThreadAllocatedBytes();
    Preprocessing preprocessing = new Preprocessing(schema, new float[] {Float.NaN}, null);
    float[] inputs = new float[levels + 2];
    preprocessing.apply(new float[] {levels - 1}, 1, inputs, 0);
    assertThat(thread.getCurrentThreadAllocatedBytes() - before).isLessThan(100L * levels);
    assertThat(inputs[levels - 1]).isEqualTo(1);
    preprocessing.apply(new float[] {levels}, 1, inputs, 0);
    assertThat(inputs[levels - 1]).isZero();
    assertThat(inputs[levels]).isEqualTo(1);
    preprocessing.apply(new float[] {Float.NaN}, 1, inputs, 0);
    assertThat(inputs[levels + 1]).isEqualTo(1);
  }

  /** Whatever sizes a file states, memory is asked for what it holds. */
  @Test
  void whatAFileAsksForIsBoundByItsSize() {
    NetworkSpec wide =
        NetworkSpec.of(50, Output.SOFTMAX_CROSS_ENTROPY, 5).withHidden(300, Activation.TANH);
    List<byte[]> files =
        List.of(
            Samples.small().toBytes(),
            Samples.model(wide, true).toBytes(),
            new Chain(-1, 3).opset(20).multiply("W1", 3, 9).then("Softplus").bytes());
    ThreadMXBean thread = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    Random random = new Random(7);
    int refused = 0;
    for (byte[] file : files) {
      for (int i = 0; i < 1_000; i++) {
        byte[] changed = file.clone();
        int at = random.nextInt(file.length - 4);
        // Of lengths and sizes these are large ones.
        for (int b = 0; b <= random.nextInt(4); b++) {
          changed[at + b] = (byte) (0xf0 | random.nextInt(16));
        }
        long before = thread.getCurrentThreadAllocatedBytes();
        try {
          Model.load(changed);
        } catch (DataException e) {
          refused++;
        }
        assertThat(thread.getCurrentThreadAllocatedBytes() - before)
            .as("change %d of %d bytes", i, file.length)
            .isLessThan(16L * file.length + (4 << 20));
      }
    }
    assertThat(refused).isGreaterThan(1_500);
  }

  @Test
  void aNetworkHasNoThousandsOfLayers() {
    NetworkSpec spec = NetworkSpec.of(1, Output.IDENTITY_SQUARED_ERROR, 1);
    List<HiddenLayer> layers = Collections.nCopies(1001, new HiddenLayer(1, Activation.RELU));
    assertThatExceptionOfType(IllegalArgumentException.class)
        .isThrownBy(() -> new NetworkSpec(1, layers, spec.output(), 1))
        .withMessage("the network has 1001 hidden layers; at most 1000 are possible");
    Chain chain = new Chain(-1, 1).multiply("W0", 1, 1);
    for (int l = 1; l <= 1001; l++) {
      chain = chain.then("Relu").multiply("W" + l, 1, 1);
    }
    byte[] bytes = chain.bytes();
    assertThatExceptionOfType(DataException.class)
        .isThrownBy(() -> Model.load(bytes))
        .withMessageContaining("the network has 1001 hidden layers");
  }
}
