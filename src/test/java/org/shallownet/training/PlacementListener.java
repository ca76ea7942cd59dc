package org.shallownet.training;

/** Remembers where the samples of a training are, as {@link TrainingListener.Start} says it. */
public final class PlacementListener implements TrainingListener {
  private String text = "";

  /** Such as {@code rows streamed}; empty until a training has begun. */
  public String text() {
    return text;
  }

  @Override
  public void onStart(Start start) {
    text = start.placement();
  }

  @Override
  public void onEpoch(EpochReport report) {}
}
