package org.shallownet.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class TimeLeftTest {
  private static final int EPOCHS = 1000;

  /** A training that was recorded; of each network the last epoch, then the best ones so far. */
  private record Recorded(
      String name, int patience, boolean numbers, List<List<Integer>> networks) {
    /** When each epoch ends if all epochs of all networks cost the same. */
    private List<Double> ends(double total) {
      int all = networks.stream().mapToInt(Recorded::last).sum();
      int longest = networks.stream().mapToInt(Recorded::last).max().orElseThrow();
      List<Double> ends = new ArrayList<>();
      double end = 0;
      for (int epoch = 1; epoch <= longest; epoch++) {
        int now = epoch;
        end += total / all * networks.stream().filter(each -> last(each) >= now).count();
        ends.add(end);
      }
      return ends;
    }

    /** How many epochs those in training have behind them, parts of one included. */
    private static double epochs(List<Double> ends, double seconds) {
      int whole = (int) ends.stream().filter(end -> end <= seconds).count();
      double from = whole == 0 ? 0 : ends.get(whole - 1);
      return whole == ends.size() ? whole : whole + (seconds - from) / (ends.get(whole) - from);
    }

    private static int last(List<Integer> network) {
      return network.get(0);
    }

    /** What is said to be left of so many seconds, asked at this one. */
    TimeLeft.Estimate at(double seconds, double total) {
      List<Double> ends = ends(total);
      TimeLeft left = new TimeLeft(patience, EPOCHS, numbers);
      left.begin();
      left.note(0, 0);
      for (int i = 1; i * 0.1 <= seconds; i++) {
        double epochs = epochs(ends, i * 0.1);
        left.note(
            i * 0.1, networks.stream().mapToDouble(each -> Math.min(epochs, last(each))).sum());
      }
      double now = epochs(ends, seconds);
      List<TimeLeft.Course> courses = new ArrayList<>();
      for (List<Integer> network : networks) {
        if (last(network) > (int) now) {
          int best =
              network.stream().skip(1).filter(b -> b <= now).mapToInt(b -> b).max().orElse(0);
          courses.add(new TimeLeft.Course(now, best));
        }
      }
      return left.of(courses);
    }
  }

  private static List<Recorded> recorded() throws IOException {
    List<Recorded> all = new ArrayList<>();
    try (BufferedReader reader =
        new BufferedReader(
            new InputStreamReader(
                TimeLeftTest.class.getResourceAsStream("courses.txt"), StandardCharsets.UTF_8))) {
      for (String line : reader.lines().filter(each -> !each.startsWith("#")).toList()) {
        String[] words = line.split(" ", -1);
        if (Character.isLetter(words[0].charAt(0))) {
          boolean numbers = words[2].equals("numbers");
          all.add(new Recorded(words[0], Integer.parseInt(words[1]), numbers, new ArrayList<>()));
        } else {
          all.get(all.size() - 1)
              .networks()
              .add(Arrays.stream(words).map(Integer::valueOf).toList());
        }
      }
    }
    return all;
  }

  /** After five seconds and after each quarter of the time, of half a minute and of two. */
  @Test
  void isMostlyWithinAFactorOfTwoInTrainingsThatWereRecorded() throws IOException {
    int asked = 0;
    int said = 0;
    int close = 0;
    List<String> told = new ArrayList<>();
    for (Recorded training : recorded()) {
      for (double total : new double[] {30, 120}) {
        for (double time : new double[] {5, 0.25 * total, 0.5 * total, 0.75 * total}) {
          TimeLeft.Estimate left = training.at(time, total);
          asked++;
          if (left.isKnown()) {
            double ratio = left.about() / (total - time);
            said++;
            close += ratio > 0.5 && ratio < 2 ? 1 : 0;
            assertThat(left.atMost()).isGreaterThan(total - time);
            told.add(training.name() + " at " + time + " of " + total + ": " + ratio);
          }
        }
      }
    }
    assertThat(asked).isEqualTo(72);
    assertThat(said).isGreaterThanOrEqualTo(65);
    assertThat(close).as(told.toString()).isEqualTo(said);
  }

  /** As it was seen of twenty networks: fifty times as fast after a few epochs. */
  @Test
  void nothingIsSaidWhileEpochsBecomeFaster() {
    TimeLeft left = new TimeLeft(20, 1000, false);
    left.begin();
    left.note(0, 0);
    double[] ends = {3, 4, 4.6, 4.9, 5.0, 5.08, 5.16, 5.24};
    for (int epoch = 1; epoch <= ends.length; epoch++) {
      left.note(ends[epoch - 1], 20 * epoch);
      assertThat(left.of(courses(20, epoch)).isKnown()).as("epoch " + epoch).isFalse();
    }
    for (int epoch = 9; epoch <= 30; epoch++) {
      left.note(5.24 + 0.08 * (epoch - 8), 20 * epoch);
    }
    TimeLeft.Estimate estimate = left.of(courses(20, 30));
    assertThat(estimate.atMost()).isCloseTo(970 * 0.08, within(1.0));
  }

  /** What came before the checkpoint says nothing of Java, which has to get warm again. */
  @Test
  void nothingIsSaidOfTheFirstEpochsOfWhatIsResumed() {
    TimeLeft left = new TimeLeft(20, 1000, false);
    left.begin();
    left.note(0.5, 10);
    left.note(3.5, 20);
    assertThat(left.of(courses(20, 41)).isKnown()).isFalse();
    // Samples that were seen before are none that take time.
    for (int epoch = 1; epoch <= 40; epoch++) {
      left.note(3.5 + 0.08 * epoch, 20 + 20 * epoch);
    }
    assertThat(left.of(courses(20, 80)).atMost()).isCloseTo(920 * 0.08, within(1.0));
  }

  /** Thousands of notes a second, for as long as trainings take. */
  @Test
  void fewMomentsAreKept() {
    TimeLeft left = new TimeLeft(0, 1_000_000, false);
    left.begin();
    for (int i = 0; i < 1_000_000; i++) {
      left.note(0.001 * i, i);
      assertThat(left.moments()).isLessThan(300);
    }
    assertThat(left.of(courses(1, 900_000)).atMost()).isCloseTo(100, within(1.0));
  }

  /** Epochs of large tables are few, but long. */
  @Test
  void fewEpochsAreEnoughAfterSomeTime() {
    TimeLeft left = new TimeLeft(20, 100, false);
    left.begin();
    left.note(0, 0);
    for (int i = 1; i <= 9; i++) {
      left.note(i, 0.1 * i);
      assertThat(left.of(courses(1, 0.1 * i)).isKnown()).isFalse();
    }
    left.note(10, 1);
    assertThat(left.of(courses(1, 1)).atMost()).isCloseTo(990, within(1e-6));
  }

  private static List<TimeLeft.Course> courses(int networks, double epochs) {
    return Collections.nCopies(networks, new TimeLeft.Course(epochs, (int) epochs));
  }

  @Test
  void withoutAnythingThatJudgesAllEpochsAreLeft() {
    TimeLeft left = new TimeLeft(0, 10, false);
    left.begin();
    left.note(2, 0);
    left.note(4, 8);
    TimeLeft.Estimate estimate =
        left.of(List.of(new TimeLeft.Course(4, 0), new TimeLeft.Course(4, 0)));
    assertThat(estimate.atMost()).isCloseTo(3, within(1e-12));
    assertThat(estimate.about()).isCloseTo(3, within(1e-12));
  }

  @Test
  void patienceThatRunsOutIsTheEnd() {
    TimeLeft left = new TimeLeft(20, 1000, false);
    assertThat(left.epochsLeft(new TimeLeft.Course(59, 40))).isBetween(1.0, 3.0);
    assertThat(left.epochsLeft(new TimeLeft.Course(60, 40))).isZero();
    // Improving still: a fifth more, then patience.
    assertThat(left.epochsLeft(new TimeLeft.Course(100, 100))).isCloseTo(40, within(1e-9));
    assertThat(left.epochsLeft(new TimeLeft.Course(990, 990))).isEqualTo(10);
    // Numbers are learned for longer, for 1.2 patiences at first.
    assertThat(new TimeLeft(20, 1000, true).epochsLeft(new TimeLeft.Course(2, 2)))
        .isCloseTo(42, within(1e-9));
  }

  @Test
  void epochsCostWhatTheLastOnesDid() {
    TimeLeft left = new TimeLeft(0, 100, false);
    left.begin();
    left.note(0, 0);
    List<TimeLeft.Course> course = List.of(new TimeLeft.Course(0, 0));
    assertThat(left.of(course).isKnown()).isFalse();
    // Slow until Java is warm.
    left.note(8, 1);
    for (int i = 1; i <= 40; i++) {
      left.note(8 + 0.1 * i, 1 + i);
    }
    assertThat(left.of(List.of(new TimeLeft.Course(41, 0))).atMost()).isCloseTo(5.9, within(0.01));
    // Networks that reach the end of an epoch one after the other take nothing back.
    left.note(12.05, 30);
    assertThat(left.of(List.of(new TimeLeft.Course(41, 0))).isKnown()).isTrue();
    left.begin();
    left.note(13, 0);
    assertThat(left.of(course).isKnown()).isFalse();
    // Those that go on have done something before.
    left.begin();
    for (int i = 0; i <= 20; i++) {
      left.note(1000 + 0.1 * i, 500 + i);
    }
    assertThat(left.of(List.of(new TimeLeft.Course(60, 0))).atMost()).isCloseTo(4, within(0.01));
  }
}
