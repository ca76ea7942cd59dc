package org.shallownet.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BackendsTest {
  private static final Availability.Unavailable NO_DEVICE =
      new Availability.Unavailable(
          Availability.Reason.NO_SUCH_DEVICE, "there is no device", "plug one in");

  /** A provider that says what it is told to say and remembers what it was asked. */
  private static final class Scripted implements BackendProvider {
    private final String name;
    private final Availability availability;
    private BackendOptions asked = BackendOptions.DEFAULT;

    Scripted(String name, Availability availability) {
      this.name = name;
      this.availability = availability;
    }

    @Override
    public String name() {
      return name;
    }

    @Override
    public Availability probe(BackendOptions options) {
      asked = options;
      return availability;
    }

    @Override
    public long smallestWork() {
      return name.equals("cuda") ? 1000 : 0;
    }

    @Override
    public Backend open(BackendOptions options) {
      throw new AssertionError("nothing is opened here");
    }
  }

  private final Scripted cpu = new Scripted("cpu", new Availability.Available("a processor"));
  private final Scripted card = new Scripted("cuda", new Availability.Available("a card"));
  private final Scripted noCard = new Scripted("cuda", NO_DEVICE);

  private static Backends.Selection select(String request, BackendProvider... providers) {
    return Backends.select(request, BackendOptions.DEFAULT, List.of(providers), Long.MAX_VALUE);
  }

  @Test
  void autoTakesTheFirstThatIsAvailable() {
    assertThat(select("auto", card, cpu).provider()).isSameAs(card);
    assertThat(select("auto", noCard, cpu).provider()).isSameAs(cpu);
  }

  @Test
  void autoLeavesSmallJobsToTheProcessorWithoutAskingTheCard() {
    Backends.Selection small =
        Backends.select("auto", BackendOptions.DEFAULT, List.of(card, cpu), 999);
    assertThat(small.provider()).isSameAs(cpu);
    assertThat(small.reason()).isEqualTo("the job is too small to gain from cuda");
    Backends.Selection large =
        Backends.select("auto", BackendOptions.DEFAULT, List.of(card, cpu), 1000);
    assertThat(large.provider()).isSameAs(card);
  }

  @Test
  void aPrecisionThatOnlyTheCardHasIsWorthTheCard() {
    BackendOptions tf32 = new BackendOptions(0, 0, BackendOptions.Precision.TF32);
    assertThat(Backends.select("auto", tf32, List.of(card, cpu), 1).provider()).isSameAs(card);
  }

  @Test
  void autoSaysWhyTheCardIsNotUsed() {
    assertThat(select("auto", noCard, cpu).reason())
        .isEqualTo("cuda is unavailable: there is no device");
  }

  @Test
  void autoWithNothingUsableSaysWhy() {
    BackendUnavailableException e =
        catchThrowableOfType(BackendUnavailableException.class, () -> select("auto", noCard));
    assertThat(e.reason()).isEqualTo(Availability.Reason.NO_SUCH_DEVICE);
    assertThat(e).hasMessage("backend 'cuda' is unavailable: there is no device; plug one in");
    assertThatThrownBy(() -> select("auto")).isInstanceOf(BackendUnavailableException.class);
  }

  @Test
  void aNamedBackendNeverFallsBack() {
    assertThat(select("cpu", card, cpu).provider()).isSameAs(cpu);
    BackendUnavailableException e =
        catchThrowableOfType(BackendUnavailableException.class, () -> select("cuda", noCard, cpu));
    assertThat(e.backend()).isEqualTo("cuda");
    assertThat(e.reason()).isEqualTo(Availability.Reason.NO_SUCH_DEVICE);
  }

  @Test
  void aBackendThatIsNotOnTheClassPathSaysSo() {
    BackendUnavailableException e =
        catchThrowableOfType(BackendUnavailableException.class, () -> select("cuda", cpu));
    assertThat(e.reason()).isEqualTo(Availability.Reason.NOT_INSTALLED);
    assertThat(e).hasMessageContaining("--backend auto or cpu");
  }

  @Test
  void theDeviceComesFromTheRequestAndTheRestFromTheOptions() {
    BackendOptions options = new BackendOptions(0, 3, BackendOptions.Precision.TF32);
    Backends.Selection selection = Backends.select("cuda:2", options, List.of(card, cpu), 0);
    assertThat(selection.options())
        .isEqualTo(new BackendOptions(2, 3, BackendOptions.Precision.TF32))
        .isEqualTo(card.asked);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "gpu", "CPU", "cpu:0", "cuda:", "cuda:x", "cuda:-1", "cuda:99999"})
  void otherWordsAreRefused(String request) {
    assertThatThrownBy(() -> select(request, card, cpu))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("choose auto, cpu, cuda or cuda:i");
  }

  @Test
  void theCpuIsOnTheClassPathAndOpens() {
    assertThat(Backends.providers()).extracting(BackendProvider::name).contains("cpu");
    try (Backend backend = Backends.open("auto")) {
      assertThat(backend.name()).isIn("cpu", "cuda");
    }
    try (Backend backend = Backends.open("cpu")) {
      assertThat(backend.device()).contains("thread");
    }
  }

  @Test
  void optionsCanNotBeNegative() {
    assertThatThrownBy(() -> new BackendOptions(-1, 0, BackendOptions.Precision.FP32))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new BackendOptions(0, -1, BackendOptions.Precision.FP32))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
