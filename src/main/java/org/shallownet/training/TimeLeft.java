package org.shallownet.training;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Estimates how long a training that may stop early will still take.
 *
 * <p>What is sure is how many epochs a network takes at most. What is likely is guessed: a network
 * whose dev cost has not fallen for a part of its patience stops with that probability when it runs
 * out; else the cost falls until a fifth more epochs have passed, or until as many as networks
 * mostly need, half the patience for classes and 1.2 times for numbers, and patience comes after
 * that. Epochs cost what those of the last quarter of the time did, of all networks together.
 *
 * <p>It is a guess: of nine recorded trainings, asked after five seconds and after each quarter of
 * the time, all 65 answers were within a factor of 2, where epochs cost the same throughout. While
 * Java still compiles what trains they don't: the first ones may take fifty times as long. Nothing
 * is said until that is over.
 */
public final class TimeLeft {
  private static final double GROWTH = 1.2;
  private static final double CLASSES_PATIENCES = 0.5;
  private static final double NUMBERS_PATIENCES = 1.2;
  private static final double RECENT = 0.25;
  private static final double SHORTEST_SECONDS = 1;

  /** Moments are this part of what is recent apart, so that they are few. */
  private static final double APART = 0.01;

  /** Java is at work on its compilations during the first epochs, unless these are long. */
  private static final double WARM_EPOCHS = 3;

  private static final double WARM_SECONDS = 10;

  /**
   * It still is, within the first minute, while an epoch takes this many times less than before.
   */
  private static final double RISE = 1.3;

  private static final double RISING_SECONDS = 60;

  private final int patience;
  private final int epochs;
  private final double usual;
  private final Deque<Moment> moments = new ArrayDeque<>();

  /** The first one since networks began, or were gone on with. */
  private @Nullable Moment began;

  /**
   * An estimate for networks of the same settings.
   *
   * @param patience how many epochs without a lower dev cost end a training; 0 if nothing judges,
   *     so that all epochs are done
   * @param epochs how many there are at most
   * @param numbers whether numbers are learned, which takes longer than classes
   */
  public TimeLeft(int patience, int epochs, boolean numbers) {
    this.patience = patience;
    this.epochs = epochs;
    this.usual = patience * (numbers ? NUMBERS_PATIENCES : CLASSES_PATIENCES);
  }

  /**
   * How far a network is.
   *
   * @param epochs how many it has behind it, parts of one included
   * @param best the one with the lowest dev cost so far; 0 before there is one
   */
  public record Course(double epochs, int best) {}

  /**
   * What is left.
   *
   * @param atMost seconds if no network stops early
   * @param about seconds that it will probably take
   */
  public record Estimate(double atMost, double about) {
    /** Nothing can be said yet. */
    public static final Estimate NONE = new Estimate(Double.NaN, Double.NaN);

    /** Whether something can be said. */
    public boolean isKnown() {
      return !Double.isNaN(atMost);
    }
  }

  /** How many epochs all networks together had done. */
  private record Moment(double seconds, double epochs) {}

  /**
   * Takes note of how much has been done.
   *
   * @param seconds since the beginning
   * @param done how many epochs all networks together have done by then, from any number on
   */
  public void note(double seconds, double done) {
    Moment start = began == null ? new Moment(seconds, done) : began;
    began = start;
    // At the end of an epoch networks are counted one after the other.
    double most = moments.isEmpty() ? done : Math.max(done, moments.getLast().epochs());
    double window = Math.max(SHORTEST_SECONDS, RECENT * (seconds - start.seconds()));
    if (moments.size() > 2 && seconds - beforeLast().seconds() < APART * window) {
      moments.removeLast();
    }
    moments.addLast(new Moment(seconds, most));
    while (moments.size() > 2 && second().seconds() <= seconds - window) {
      moments.removeFirst();
    }
  }

  private Moment beforeLast() {
    Moment last = moments.removeLast();
    Moment before = moments.getLast();
    moments.addLast(last);
    return before;
  }

  private Moment second() {
    Moment first = moments.removeFirst();
    Moment second = moments.getFirst();
    moments.addFirst(first);
    return second;
  }

  /** Forgets what was done, since other networks begin, or go on, where the next note says. */
  public void begin() {
    moments.clear();
    began = null;
  }

  /** What is left for networks that are this far, by what was noted. */
  public Estimate of(List<Course> courses) {
    if (moments.size() < 2) {
      return Estimate.NONE;
    }
    Moment first = moments.getFirst();
    Moment last = moments.getLast();
    double done = last.epochs() - first.epochs();
    if (!(done > 0) || isWarmingUp(courses)) {
      return Estimate.NONE;
    }
    double secondsOfEpoch = (last.seconds() - first.seconds()) / done;
    double most = 0;
    double likely = 0;
    for (Course course : courses) {
      most += Math.max(0, epochs - course.epochs());
      likely += epochsLeft(course);
    }
    return new Estimate(most * secondsOfEpoch, likely * secondsOfEpoch);
  }

  /** Whether epochs are about to take less time than they did. */
  private boolean isWarmingUp(List<Course> courses) {
    Moment start = began;
    Moment first = moments.getFirst();
    Moment last = moments.getLast();
    if (start == null) {
      return true;
    }
    double seconds = last.seconds() - start.seconds();
    double passed = last.epochs() - start.epochs();
    if (passed < WARM_EPOCHS * courses.size() && seconds < WARM_SECONDS) {
      return true;
    }
    if (seconds > RISING_SECONDS) {
      return false;
    }
    double middle = 0.5 * (first.seconds() + last.seconds());
    Moment between = first;
    for (Moment moment : moments) {
      if (!moment.equals(last) && between.seconds() <= middle) {
        between = moment;
      }
    }
    double before = (between.epochs() - first.epochs()) * (last.seconds() - between.seconds());
    double since = (last.epochs() - between.epochs()) * (between.seconds() - first.seconds());
    return since > RISE * before;
  }

  /** How many moments are kept. */
  int moments() {
    return moments.size();
  }

  /** How many epochs a network will probably still take. */
  double epochsLeft(Course course) {
    double most = Math.max(0, epochs - course.epochs());
    if (patience == 0) {
      return most;
    }
    double waited = Math.min(1, Math.max(0, course.epochs() - course.best()) / patience);
    double stopped = course.best() + patience;
    double gone = Math.max(GROWTH * course.epochs(), usual) + patience;
    double end = waited * stopped + (1 - waited) * gone;
    return Math.min(most, Math.max(0, end - course.epochs()));
  }
}
