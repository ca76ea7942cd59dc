package org.shallownet.training;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.shallownet.backend.Backend;
import org.shallownet.data.Dataset;
import org.shallownet.training.checkpoint.CheckpointSchedule;
import org.shallownet.training.checkpoint.Checkpointing;

/**
 * What is said of a training whatever it trains: who hears of it, when it ends, where its
 * checkpoints go, and what models tell of where they are from.
 *
 * <p>It may be used again; each training is independent of those before. Only the thread that
 * opened the backend may use it.
 *
 * @param <L> who hears of it
 * @param <T> the training itself, so that calls can follow each other
 */
public abstract class Training<L extends WarningListener, T extends Training<L, T>> {
  private final Backend backend;
  private final List<L> listeners = new ArrayList<>();
  private final Map<String, String> provenance = new LinkedHashMap<>();
  private BooleanSupplier stop = () -> false;
  private Checkpointing checkpointing = Checkpointing.NONE;

  /** A training on this backend, which stays the caller's to close. */
  protected Training(Backend backend) {
    this.backend = backend;
  }

  /** This. */
  protected abstract T self();

  /** Adds a listener. */
  public final T listen(L listener) {
    listeners.add(listener);
    return self();
  }

  /**
   * Ends training when this is true; what comes of it is then the best so far. An interrupted
   * thread ends it likewise, and stays interrupted.
   *
   * <p>It is asked before the first step, and then after every slice of steps, of which an epoch's
   * last is one. From the second epoch on an engine may take whole epochs by itself, as one on a
   * card does with small networks. It is then asked once for each group of epochs, after the last
   * of them; listeners, too, hear of all of them only then. So a listener that makes it true ends
   * training after the group whose epoch it heard of, and the result has all epochs of that group.
   *
   * <p>A slice or group is as long as is likely to take 0.05 s, judged by the one before, but at
   * least a step or an epoch, and a group at most four times as many epochs as the one before.
   */
  public final T stopWhen(BooleanSupplier condition) {
    stop = condition;
    return self();
  }

  /**
   * Has checkpoints written: all that it takes to go on after a power cut, with {@link #resume}.
   * That one can't be written is a warning. The last one stays when training has ended; a file of
   * another training that is in its place is renamed, to {@code NAME.previous.checkpoint}.
   */
  public final T checkpoint(Path file, CheckpointSchedule schedule) {
    checkpointing = checkpointing.to(file, schedule);
    return self();
  }

  /**
   * The next training goes on where a checkpoint was written, to the same bits as if it had never
   * been broken off; on another device up to rounding. Data and settings must be those that it was
   * begun with. What is chosen from its networks is chosen at the end.
   */
  public final T resume(Path checkpoint) {
    checkpointing = checkpointing.from(checkpoint);
    return self();
  }

  /**
   * Has a note written into the checkpoints to come, such as where else the training writes to. It
   * decides nothing; {@link CheckpointNotes} reads it. What goes on from a checkpoint keeps the
   * checkpoint's notes.
   */
  public final T note(String name, String value) {
    checkpointing = checkpointing.noting(name, value);
    return self();
  }

  /** Adds an entry to the provenance of the models to come, such as where the data is from. */
  public final T provenance(String key, String value) {
    provenance.put(key, value);
    return self();
  }

  /** Adds entries to the provenance of the models to come. */
  public final T provenance(Map<String, String> entries) {
    provenance.putAll(entries);
    return self();
  }

  /** What it runs on. */
  protected final Backend backend() {
    return backend;
  }

  /** Tells all listeners. */
  protected final void tell(Consumer<? super L> what) {
    listeners.forEach(what);
  }

  /** Tells all listeners something that the user should know, one sentence. */
  protected final void warn(String warning) {
    tell(listener -> listener.onWarning(warning));
  }

  /**
   * Trains networks side by side, as {@link TrainingJob#run} says.
   *
   * @param dev what to judge epochs by; null for nothing
   */
  protected final List<Outcomes.Outcome> run(
      List<NetworkStart> starts,
      Dataset train,
      @Nullable Dataset dev,
      Preparation preparation,
      TrainingRun.Observer observer) {
    return new TrainingJob(backend, train, dev, preparation, provenance)
        .with(checkpointing, this::warn)
        .run(starts, observer, stop);
  }
}
