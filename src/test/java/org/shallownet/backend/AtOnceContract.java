package org.shallownet.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.shallownet.backend.NumericAssert.assertSameBits;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.shallownet.backend.device.AtOnce;
import org.shallownet.backend.device.Counter;
import org.shallownet.backend.device.ElementwiseOperation.ActivationBackward;
import org.shallownet.backend.device.ElementwiseOperation.BiasActivate;
import org.shallownet.backend.device.ElementwiseOperation.Copy;
import org.shallownet.backend.device.ElementwiseOperation.Multiply;
import org.shallownet.backend.device.Matrix;
import org.shallownet.backend.device.Operation;
import org.shallownet.backend.device.OutputOperation.LossDelta;
import org.shallownet.backend.device.OutputOperation.OutputDelta;
import org.shallownet.backend.device.OutputOperation.OutputProbabilities;
import org.shallownet.backend.device.Performer;
import org.shallownet.backend.device.Recording;
import org.shallownet.backend.device.RefinementOperation.AddAbsoluteNorm;
import org.shallownet.backend.device.RefinementOperation.AddSign;
import org.shallownet.backend.device.RefinementOperation.ClipNorm;
import org.shallownet.backend.device.RefinementOperation.DropOut;
import org.shallownet.backend.device.SumOperation.AddSquaredNorm;
import org.shallownet.backend.device.SumOperation.DivideByWeight;
import org.shallownet.backend.device.SumOperation.SumRows;
import org.shallownet.backend.device.Tally;
import org.shallownet.backend.device.UpdateOperation.AdamStep;
import org.shallownet.backend.device.UpdateOperation.GradientDescentStep;
import org.shallownet.backend.device.UpdateOperation.MomentumStep;
import org.shallownet.network.Activation;
import org.shallownet.network.Loss;
import org.shallownet.network.Optimizer;
import org.shallownet.network.Output;

/** Operations at once: the bits that each has alone. */
abstract class AtOnceContract extends RecordingContract {
  private static final int ROWS = 70;
  private static final int COLUMNS = 6;

  private static final int NETWORKS = 4;
  private static final int LINES = 17;

  /** Networks that do the same, but for what a place decides: activation, output and numbers. */
  private final class Network {
    private final int place;
    private final int rows;
    private final Matrix a;
    private final Matrix b;
    private final Matrix first;
    private final Matrix second;
    private final Matrix row;
    private final Matrix sum;
    private final Matrix theta;
    private final Matrix factor;
    private final Tally tally = backend.allocateTally(scope);

    /** The last one has a shape of its own. */
    private Network(int place, float[] values) {
      this.place = place;
      rows = place == NETWORKS - 1 ? 3 : ROWS;
      a = filled(rows, 1, values);
      b = filled(rows, 2, values);
      first = filled(rows, 3, values);
      second = filled(rows, 4, new float[values.length]);
      row = filled(1, 5, values);
      sum = filled(1, 6, values);
      theta = filled(1, 7, values);
      factor = matrix(1, 1, 0.5f + place);
    }

    private Matrix filled(int count, int from, float[] values) {
      float[] own = new float[count * COLUMNS];
      for (int i = 0; i < own.length; i++) {
        own[i] = values[(i + 31 * from + 7 * place) % values.length];
      }
      return matrix(count, COLUMNS, own);
    }

    private List<float[]> results() {
      Tally.Values sums = backend.read(tally);
      List<float[]> results = new ArrayList<>();
      for (Matrix matrix : List.of(a, b, first, second, row, sum, theta)) {
        results.add(values(matrix));
      }
      results.add(
          new float[] {
            (float) sums.cost(),
            (float) (sums.cost() * 1e7 % 1),
            (float) sums.hits(),
            (float) sums.weight()
          });
      return results;
    }
  }

  private static Activation activation(Network network) {
    return List.of(Activation.values()).get(network.place);
  }

  private static Output output(Network network) {
    return network.place % 2 == 0 ? Output.SIGMOID_CROSS_ENTROPY : Output.IDENTITY_SQUARED_ERROR;
  }

  private static Operation<? super Performer> operation(
      int line, Network n, Matrix allTargets, Counter steps) {
    float number = 0.01f * (n.place + 1);
    Matrix targets = allTargets.rows(0, n.rows);
    Matrix decay = n.place == 1 ? n.second : null;
    Loss loss = n.place % 2 == 0 ? new Loss.Smoothed(0.1) : new Loss.Huber(1);
    return switch (line) {
      case 0 -> new BiasActivate(activation(n), n.row, n.a);
      case 1 -> new DropOut(n.a, 0.1 * n.place, n.place, 1, steps, 0, n.b);
      case 2 -> new ActivationBackward(activation(n), n.a, n.b);
      case 3 -> new Copy(n.b, n.first);
      case 4 -> new OutputDelta(output(n), n.a, targets, number, n.b, n.tally);
      case 5 -> new LossDelta(loss, output(n), n.a, targets, number, n.second, n.tally);
      case 6 -> new SumRows(n.b, number, n.sum);
      case 7 -> new Multiply(n.b, n.sum, n.b);
      case 8 -> new AddSquaredNorm(n.a, number, n.tally);
      case 9 -> new AddAbsoluteNorm(n.first, number, n.tally);
      case 10 -> new AddSign(n.a, number, n.b);
      case 11 -> new ClipNorm(0.5 + n.place, n.b);
      case 12 -> new DivideByWeight(n.factor, n.b);
      case 13 -> new GradientDescentStep(n.b, decay, number, n.factor, n.first);
      case 14 -> new MomentumStep(n.row, null, n.sum, number, 0.9f, n.place > 1, null, n.theta);
      case 15 ->
          new AdamStep(
              n.b, null, n.first, n.second, Optimizer.Adam.of(number), steps, n.factor, n.a);
      default -> new OutputProbabilities(output(n), n.a, n.b);
    };
  }

  private List<Network> networks(float[] values) {
    List<Network> networks = new ArrayList<>();
    for (int place = 0; place < NETWORKS; place++) {
      networks.add(new Network(place, values));
    }
    return networks;
  }

  private void atOnce(List<Network> networks, Matrix targets, Counter steps) {
    for (int l = 0; l < LINES; l++) {
      int line = l;
      backend.runAtOnce(
          networks.stream()
              .<Operation<? super Performer>>map(n -> operation(line, n, targets, steps))
              .toList());
    }
  }

  @Test
  void operationsAtOnceGiveTheBitsOfOneAfterTheOther() {
    float[] values = normals(1000);
    Matrix targets = matrix(ROWS, COLUMNS, filled(ROWS * COLUMNS, 1));
    Counter steps = backend.allocateCounter(scope);
    List<Network> single = networks(values);
    List<Network> together = networks(values);
    List<Network> recorded = networks(values);
    Recording recording = backend.record(scope, () -> atOnce(recorded, targets, steps));
    for (int time = 0; time < 2; time++) {
      for (int line = 0; line < LINES; line++) {
        for (Network network : single) {
          backend.run(operation(line, network, targets, steps));
        }
      }
      atOnce(together, targets, steps);
      backend.replay(recording);
      for (int i = 0; i < NETWORKS; i++) {
        List<float[]> expected = single.get(i).results();
        for (int k = 0; k < expected.size(); k++) {
          String what = "result " + k + " of network " + i + " the " + time + "th time";
          assertSameBits(what, expected.get(k), together.get(i).results().get(k));
          assertSameBits(what + ", replayed", expected.get(k), recorded.get(i).results().get(k));
        }
      }
    }
  }

  /** More than fit beside each other in what a device has for partial sums. */
  @Test
  void largeSumsAtOnce() {
    List<SumRows> sums = new ArrayList<>();
    List<float[]> expected = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      float[] values = normals(2 * 1700);
      Matrix m = matrix(2, 1700, values);
      sums.add(new SumRows(m, 0, matrix(1, 1700, new float[1700])));
      float[] sum = new float[1700];
      for (int j = 0; j < sum.length; j++) {
        sum[j] = values[j] + values[1700 + j];
      }
      expected.add(sum);
    }
    backend.runAtOnce(sums);
    for (int i = 0; i < sums.size(); i++) {
      assertThat(values(sums.get(i).out())).containsExactly(expected.get(i));
    }
  }

  private static void refused(String message, List<Operation<? super Performer>> operations) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new AtOnce<Performer>(operations))
        .withMessage(message);
  }

  @Test
  void operationsThatDependOnEachOtherAreRefused() {
    Matrix m = matrix(4, 2, new float[8]);
    Matrix other = matrix(4, 2, new float[8]);
    Tally tally = backend.allocateTally(scope);
    refused("atOnce: at least 1 operation is needed", List.of());
    refused(
        "atOnce: copy and addSquaredNorm are of different kinds",
        List.of(new Copy(m, other), new AddSquaredNorm(m, 1, tally)));
    refused(
        "atOnce: operations at once can't be parts of others",
        List.of(new AtOnce<Performer>(List.of(new Copy(m, other)))));
    refused(
        "atOnce: the destination, which one copy writes, shares memory with the destination of"
            + " another",
        List.of(new Copy(m, other), new Copy(m, other)));
    refused(
        "atOnce: the destination, which one copy writes, shares memory with the source of another",
        List.of(
            new Copy(m.rows(0, 2), other.rows(0, 2)), new Copy(other.rows(1, 2), m.rows(2, 2))));
    refused(
        "atOnce: the tally, which one addSquaredNorm writes, shares memory with the tally of"
            + " another",
        List.of(new AddSquaredNorm(m, 1, tally), new AddSquaredNorm(other, 1, tally)));
    // What several read, and what one of them has to itself, is no matter.
    Operation<? super Performer> upper = new Copy(m, other);
    Matrix third = matrix(4, 2, new float[8]);
    Operation<? super Performer> lower = new Copy(m, third);
    assertThat(new AtOnce<Performer>(List.of(upper, lower)).name()).isEqualTo("atOnce");
    Operation<? super Performer> first = new Multiply(m, other, m);
    Operation<? super Performer> second = new Multiply(third, other, third);
    assertThat(new AtOnce<Performer>(List.of(first, second)).operations()).hasSize(2);
  }
}
