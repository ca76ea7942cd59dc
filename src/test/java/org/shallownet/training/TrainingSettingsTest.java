package org.shallownet.training;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.shallownet.network.Refinements;
import org.shallownet.network.Schedule;

class TrainingSettingsTest {
  private static TrainingSettings with(Schedule schedule, double warmup) {
    return TrainingSettings.defaults()
        .withEpochs(3000)
        .withRefinements(Refinements.NONE.withSchedule(schedule).withWarmup(warmup));
  }

  private static Schedule schedule(TrainingSettings settings) {
    return settings.refinements().schedule();
  }

  @Test
  void aScheduleThatHasAnEndGoesOverTheWholeRun() {
    TrainingSettings settings = with(new Schedule.Cosine(3000), 5).withWholeRun(200);
    assertThat(settings.epochs()).isEqualTo(200);
    assertThat(schedule(settings)).isEqualTo(new Schedule.Cosine(200));
    assertThat(settings.refinements().warmup()).isEqualTo(5);
  }

  @Test
  void othersStayWhatTheyAre() {
    assertThat(schedule(with(new Schedule.Steps(30, 0.5), 0).withWholeRun(200)))
        .isEqualTo(new Schedule.Steps(30, 0.5));
    // A warm-up that is longer than the run leaves no cosine.
    assertThat(schedule(with(new Schedule.Cosine(3000), 300).withWholeRun(200)))
        .isEqualTo(new Schedule.Cosine(3000));
  }
}
