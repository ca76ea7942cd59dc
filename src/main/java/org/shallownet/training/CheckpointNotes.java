package org.shallownet.training;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Map;
import org.shallownet.data.DataException;

/** What {@link Training#note} has had written into a checkpoint. */
public final class CheckpointNotes {
  private CheckpointNotes() {}

  /**
   * The notes of a checkpoint by their names; none of one that was written before there were any.
   *
   * @throws UncheckedIOException if it can't be read
   * @throws DataException if it is damaged or no checkpoint
   */
  public static Map<String, String> of(Path checkpoint) {
    try (CheckpointFile.Opened opened = CheckpointFile.open(checkpoint)) {
      return opened.notes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
