package org.shallownet.training;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class HistoryTest {
  private static EpochReport report(int epoch, boolean best) {
    return new EpochReport(epoch, 1, 1, epoch, 0.5, 0.5, best);
  }

  @Test
  void keepsEveryReportWhileTheyAreFew() {
    History history = new History(8);
    assertThat(history.epochs()).isZero();
    assertThat(history.reports()).isEmpty();
    for (int epoch = 1; epoch <= 8; epoch++) {
      history.add(report(epoch, epoch < 3));
    }
    assertThat(history.reports())
        .extracting(EpochReport::epoch)
        .containsExactly(1, 2, 3, 4, 5, 6, 7, 8);
    assertThat(history.epochs()).isEqualTo(8);
  }

  @Test
  void thenEverySecondAndFourthWithTheBestAndTheLast() {
    History history = new History(8);
    for (int epoch = 1; epoch <= 1000; epoch++) {
      history.add(report(epoch, epoch == 1 || epoch == 118));
      assertThat(history.reports().size()).isLessThanOrEqualTo(10);
    }
    assertThat(history.reports())
        .extracting(EpochReport::epoch)
        .containsExactly(1, 118, 129, 257, 385, 513, 641, 769, 897, 1000);
    assertThat(history.epochs()).isEqualTo(1000);
  }

  /** However many networks a job has, their reports take a bounded part of the memory. */
  @Test
  void ofManyNetworksEachKeepsFewer() {
    assertThat(History.most(1)).isEqualTo(16_384);
    assertThat(History.most(64)).isEqualTo(16_384);
    assertThat(History.most(65)).isEqualTo(16_131);
    assertThat(History.most(10_000)).isEqualTo(104);
    assertThat(History.most(Integer.MAX_VALUE)).isEqualTo(1);
    for (int networks : new int[] {1, 40, 1_000, 10_000}) {
      assertThat(networks * History.most(networks)).isLessThanOrEqualTo(1_048_576);
    }
  }

  @Test
  void keepsTheFirstTheBestAndTheLastIfItMayKeepOne() {
    History history = new History(1);
    for (int epoch = 1; epoch <= 100; epoch++) {
      history.add(report(epoch, epoch == 30));
    }
    assertThat(history.reports()).extracting(EpochReport::epoch).containsExactly(1, 30, 100);
  }

  @Test
  void goesOnAsIfItHadNotBeenBrokenOff() {
    History whole = new History(8);
    History broken = new History(8);
    for (int epoch = 1; epoch <= 100; epoch++) {
      whole.add(report(epoch, epoch == 30));
      broken.add(report(epoch, epoch == 30));
      List<EpochReport> kept = broken.reports();
      int stride = broken.stride();
      broken = new History(8);
      broken.resume(kept, stride);
      assertThat(broken.reports()).isEqualTo(whole.reports());
    }
  }
}
