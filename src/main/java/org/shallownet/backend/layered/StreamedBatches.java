package org.shallownet.backend.layered;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.shallownet.backend.Backend;
import org.shallownet.backend.SampleSource;
import org.shallownet.backend.Samples;
import org.shallownet.backend.TrainingPlan;
import org.shallownet.backend.device.ElementwiseOperation.Copy;
import org.shallownet.backend.device.Scope;

/**
 * Batches of samples that are on the host.
 *
 * <p>A piece that is brought to the device is a chunk of a batch, or several whole batches that
 * follow one another in an epoch: small ones would not be worth the way.
 */
final class StreamedBatches extends Batches {
  private final Backend backend;
  private final SampleSource source;
  private final SampleStream stream;

  /** Pieces begin and end within this many positions of an epoch: a batch or several. */
  private final long unit;

  StreamedBatches(
      Backend backend,
      Scope scope,
      TrainingPlan plan,
      SampleSource source,
      SampleStream stream,
      long chunk) {
    super(backend, scope, plan, chunk);
    this.backend = backend;
    this.source = source;
    this.stream = stream;
    // Different orders take turns at each step, so that a piece serves one step only.
    boolean several = seeds().size() == 1 && plan.batchRows() <= chunk;
    this.unit = several ? chunk / plan.batchRows() * plan.batchRows() : plan.batchRows();
  }

  @Override
  Samples.Resident range(long from, long count) {
    return stream.get(piece(false, 0, 0, from), this::after);
  }

  @Override
  void gather(long seed, long epoch, long from, Samples.Resident out) {
    StreamedPiece piece = piece(true, seed, epoch, from);
    Samples.Resident whole = stream.get(piece, this::after);
    Samples.Resident batch = rows(whole, from - piece.first(), out.rows());
    backend.run(new Copy(batch.features(), out.features()));
    backend.run(new Copy(batch.targets(), out.targets()));
  }

  /** The piece that a position is in. */
  private StreamedPiece piece(boolean shuffled, long seed, long epoch, long position) {
    long unitStart = position / unit * unit;
    long start = unitStart + (position - unitStart) / chunk() * chunk();
    long end = Math.min(source.rows(), unitStart + unit);
    return new StreamedPiece(
        source, shuffled, seed, epoch, start, (int) Math.min(chunk(), end - start));
  }

  private @Nullable StreamedPiece after(StreamedPiece piece) {
    List<Long> orders = seeds();
    long seed = piece.seed();
    if (piece.shuffled()) {
      int next = orders.indexOf(seed) + 1;
      if (next < orders.size()) {
        return piece(true, orders.get(next), piece.epoch(), piece.first());
      }
      seed = orders.get(0);
    }
    long position = piece.first() + piece.count();
    boolean ends = position == source.rows();
    long epoch = piece.epoch() + (ends && piece.shuffled() ? 1 : 0);
    return piece(piece.shuffled(), seed, epoch, ends ? 0 : position);
  }
}
