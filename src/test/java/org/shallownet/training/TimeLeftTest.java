package org.shallownet.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class TimeLeftTest {
  private static final int EPOCHS = 1000;

  /** A training that was recorded; of each network the last epoch, then the best ones so far. */
  private record Recorded(
      String name, int patience, boolean numbers, List<Double> ends, List<List<Integer>> networks) {
    double end() {
      return ends.get(ends.size() - 1);
    }

    private static int last(List<Integer> network) {
      return network.get(0);
    }

    /** What is said to be left at this time. */
    TimeLeft.Estimate at(double seconds) {
      TimeLeft left = new TimeLeft(patience, EPOCHS, numbers);
      left.begin(0);
      int epoch = 0;
      while (epoch < ends.size() && ends.get(epoch) <= seconds) {
        epoch++;
        int done = 0;
        for (List<Integer> network : networks) {
          done += Math.min(epoch, last(network));
        }
        left.note(ends.get(epoch - 1), done);
      }
      List<TimeLeft.Course> courses = new ArrayList<>();
      for (List<Integer> network : networks) {
        int now = epoch;
        if (last(network) > now) {
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
      List<String> lines = reader.lines().filter(line -> !line.startsWith("#")).toList();
      for (int i = 0; i < lines.size(); i++) {
        String[] words = lines.get(i).split(" ", -1);
        if (Character.isLetter(words[0].charAt(0))) {
          List<Double> ends =
              Arrays.stream(lines.get(++i).split(" ", -1)).map(Double::valueOf).toList();
          all.add(
              new Recorded(
                  words[0],
                  Integer.parseInt(words[1]),
                  words[2].equals("numbers"),
                  ends,
                  new ArrayList<>()));
        } else {
          all.get(all.size() - 1)
              .networks()
              .add(Arrays.stream(words).map(Integer::valueOf).toList());
        }
      }
    }
    return all;
  }

  /** After five seconds, and after each quarter of the time. */
  @Test
  void isMostlyWithinAFactorOfTwoInTrainingsThatWereRecorded() throws IOException {
    int asked = 0;
    int close = 0;
    int least = 0;
    List<String> told = new ArrayList<>();
    for (Recorded training : recorded()) {
      double end = training.end();
      for (double time : new double[] {5, 0.25 * end, 0.5 * end, 0.75 * end}) {
        TimeLeft.Estimate left = training.at(time);
        if (time < 3 || !left.isKnown()) {
          continue;
        }
        double ratio = left.about() / (end - time);
        asked++;
        close += ratio > 0.5 && ratio < 2 ? 1 : 0;
        least += left.atMost() >= end - time ? 1 : 0;
        told.add(training.name() + " at " + Math.round(time) + ": " + ratio);
      }
    }
    assertThat(asked).isGreaterThan(25);
    assertThat((double) close / asked).as(told.toString()).isGreaterThan(0.8);
    assertThat(least).isEqualTo(asked);
  }

  @Test
  void withoutAnythingThatJudgesAllEpochsAreLeft() {
    TimeLeft left = new TimeLeft(0, 10, false);
    left.begin(2);
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
    // Numbers are learned for longer, three patiences at first.
    assertThat(new TimeLeft(20, 1000, true).epochsLeft(new TimeLeft.Course(2, 2)))
        .isCloseTo(78, within(1e-9));
  }

  @Test
  void epochsCostWhatTheLastOnesDid() {
    TimeLeft left = new TimeLeft(0, 100, false);
    left.begin(0);
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
    left.begin(13);
    assertThat(left.of(course).isKnown()).isFalse();
  }
}
