package org.shallownet.training.checkpoint;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Where a training's checkpoint goes, and which one it goes on from.
 *
 * @param file where it is written; null for nowhere
 * @param schedule when it is written; null for never
 * @param resume what to go on from; null to begin anew
 */
public record Checkpointing(
    @Nullable Path file, @Nullable CheckpointSchedule schedule, @Nullable Path resume) {
  /** No checkpoints at all. */
  public static final Checkpointing NONE = new Checkpointing(null, null, null);

  /** With a checkpoint that is written. */
  public Checkpointing to(Path written, CheckpointSchedule when) {
    return new Checkpointing(written, when, resume);
  }

  /** With a checkpoint to go on from. */
  public Checkpointing from(Path resumed) {
    return new Checkpointing(file, schedule, resumed);
  }
}
