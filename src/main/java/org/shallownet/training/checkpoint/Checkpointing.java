package org.shallownet.training.checkpoint;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where a training's checkpoint goes, and which one it goes on from.
 *
 * @param file where it is written; null for nowhere
 * @param schedule when it is written; null for never
 * @param resume what to go on from; null to begin anew
 * @param notes what is written into it beside all that it takes to go on
 */
public record Checkpointing(
    @Nullable Path file,
    @Nullable CheckpointSchedule schedule,
    @Nullable Path resume,
    Map<String, String> notes) {
  /** No checkpoints at all. */
  public static final Checkpointing NONE = new Checkpointing(null, null, null, Map.of());

  /** Copies the notes. */
  public Checkpointing {
    notes = Map.copyOf(notes);
  }

  /**
   * Whether what is gone on from is the file that is written, however the two are named.
   *
   * @param resume null for none
   * @param file null for none
   * @throws IOException if one of them can't be looked at
   */
  public static boolean isSame(@Nullable Path resume, @Nullable Path file) throws IOException {
    return resume != null
        && file != null
        && Files.exists(resume)
        && Files.exists(file)
        && Files.isSameFile(resume, file);
  }

  /** With a checkpoint that is written. */
  public Checkpointing to(Path written, CheckpointSchedule when) {
    return new Checkpointing(written, when, resume, notes);
  }

  /** With a checkpoint to go on from. */
  public Checkpointing from(Path resumed) {
    return new Checkpointing(file, schedule, resumed, notes);
  }

  /** With a note. */
  public Checkpointing noting(String name, String value) {
    Map<String, String> more = new LinkedHashMap<>(notes);
    more.put(name, value);
    return new Checkpointing(file, schedule, resume, more);
  }
}
