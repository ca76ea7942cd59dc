package org.shallownet.backend.cpu.tiled;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.shallownet.backend.SampleSource;
import org.shallownet.backend.Samples;
import org.shallownet.backend.TrainingEngine.Progress;
import org.shallownet.backend.cpu.primitives.CpuMatrix;
import org.shallownet.backend.cpu.primitives.Cut;
import org.shallownet.backend.cpu.primitives.Outputs;
import org.shallownet.backend.cpu.primitives.WorkerTeam;

/**
 * Judges the models of a {@link TiledTrainingEngine} by samples that they are not trained on.
 *
 * <p>Each model judges the samples in stretches of its own length. Every stretch of every model is
 * a piece of work of its own, and no thread waits for another before all are done; a model's
 * stretches are added up in their order. So neither the models beside it, nor the threads, nor
 * where the samples are have a say in what a model gets.
 */
final class TiledEvaluation {
  /** Features and targets that are read from the host at a time. */
  private static final int READ_FLOATS = 1 << 20;

  /** Pieces that the team is given at a time. */
  private static final int MOST_PIECES = 1 << 14;

  private final WorkerTeam team;
  private final TileWorker[] workers;
  private final CpuMatrix trainingFeatures;
  private final CpuMatrix trainingTargets;
  private final BlockedSamples.@Nullable Copies trainingCopy;
  private final int arrayFloats;
  private final TilePass.Sums[] sums;
  private final WorkerTeam.Work evaluatePiece = this::evaluatePiece;

  // The samples to judge by.
  private CpuMatrix features;
  private CpuMatrix targets;
  private BlockedSamples.@Nullable Copies copy;
  private long copyBytes;
  private final Set<TileLayout> checked = new HashSet<>();

  // What the team is at work on: for each piece its model's place and what came of it.
  private List<TiledModel> models = List.of();
  private long from;
  private long to;
  private int[] firstPieces = {};
  private int[] owners = {};
  private double[] costs = {};
  private double[] hits = {};
  private double[] weights = {};

  /**
   * An evaluation that knows the samples trained on.
   *
   * @param workers what each thread works with
   * @param features of those samples
   * @param targets of those samples
   * @param copy of those samples, in the form that passes read; null if there is none
   * @param arrayFloats the longest array of a copy of others
   * @param copyBytes how large that copy may be
   */
  TiledEvaluation(
      WorkerTeam team,
      TileWorker[] workers,
      CpuMatrix features,
      CpuMatrix targets,
      BlockedSamples.@Nullable Copies copy,
      int arrayFloats,
      long copyBytes) {
    this.team = team;
    this.workers = workers;
    trainingFeatures = features;
    trainingTargets = targets;
    trainingCopy = copy;
    this.features = features;
    this.targets = targets;
    this.copy = copy;
    this.arrayFloats = arrayFloats;
    this.copyBytes = copyBytes;
    sums = new TilePass.Sums[team.size()];
    Arrays.setAll(sums, member -> new TilePass.Sums());
  }

  /** Costs and hits of each of these models. */
  List<Progress> evaluate(List<TiledModel> judged, Samples samples) {
    if (judged.isEmpty()) {
      return List.of();
    }
    Outputs.Sum[] totals = new Outputs.Sum[judged.size()];
    Arrays.setAll(totals, i -> new Outputs.Sum());
    if (samples instanceof Samples.Resident data) {
      take(judged, (CpuMatrix) data.features(), (CpuMatrix) data.targets());
      long most = together(judged, Long.MAX_VALUE);
      for (long first = 0; first < samples.rows(); first += most) {
        add(judged, first, Math.min(samples.rows(), first + most), totals);
      }
    } else {
      addStreamed(judged, ((Samples.Streamed) samples).source(), totals);
    }
    List<Progress> progress = new ArrayList<>();
    for (Outputs.Sum total : totals) {
      progress.add(new Progress(samples.rows(), total.weight, total.cost, 0, total.hits));
    }
    return progress;
  }

  /** Reads the samples piece by piece, each of which all models see. */
  private void addStreamed(List<TiledModel> judged, SampleSource source, Outputs.Sum[] totals) {
    int columns = source.featureColumns();
    int targetColumns = source.targetColumns();
    long fit = READ_FLOATS / ((long) columns + targetColumns);
    int most = (int) Math.min(source.rows(), together(judged, fit));
    float[] x = new float[Math.multiplyExact(most, columns)];
    float[] y = new float[Math.multiplyExact(most, targetColumns)];
    for (long first = 0; first < source.rows(); first += most) {
      int count = (int) Math.min(most, source.rows() - first);
      source.read(first, count, x, y);
      take(judged, CpuMatrix.of(x, count, columns), CpuMatrix.of(y, count, targetColumns));
      add(judged, 0, count, totals);
    }
  }

  /**
   * How many samples are judged at a time: whole stretches of every model, whose lengths are powers
   * of 2.
   *
   * @param fit about how many there may be
   */
  private static long together(List<TiledModel> judged, long fit) {
    int longest = 0;
    for (TiledModel model : judged) {
      longest = Math.max(longest, model.judgedStretch());
    }
    long pieces = 0;
    for (TiledModel model : judged) {
      pieces += longest / model.judgedStretch();
    }
    return longest * Math.max(1, Math.min(fit / longest, MOST_PIECES / pieces));
  }

  private void add(List<TiledModel> judged, long start, long end, Outputs.Sum[] totals) {
    models = judged;
    from = start;
    to = end;
    int pieces = cut();
    team.run(pieces, evaluatePiece);
    for (int piece = 0; piece < pieces; piece++) {
      Outputs.Sum total = totals[owners[piece]];
      total.cost += costs[piece];
      total.hits += hits[piece];
      total.weight += weights[piece];
    }
    models = List.of();
  }

  /** Takes up samples. A copy of them pays when they come back. */
  private void take(List<TiledModel> judged, CpuMatrix x, CpuMatrix y) {
    if (x != features || y != targets) {
      features = x;
      targets = y;
      checked.clear();
      copy = x == trainingFeatures && y == trainingTargets ? trainingCopy : null;
    } else if (copy == null) {
      copy(judged, x, y);
    }
    for (TiledModel model : judged) {
      if (!checked.contains(model.layout())) {
        Outputs.checkTargets("evaluate", y, model.plan().spec());
        checked.add(model.layout());
      }
    }
  }

  /** Copies samples if there is room, which others may have taken since that was reckoned. */
  private void copy(List<TiledModel> judged, CpuMatrix x, CpuMatrix y) {
    for (TiledModel model : judged) {
      int block = model.design().block();
      if (!model.design().openBlas()
          && BlockedSamples.bytes(x.rows(), x.columns(), y.columns(), block) <= copyBytes) {
        try {
          copy = SampleBlocker.copy(x, y, block, arrayFloats, team);
        } catch (OutOfMemoryError e) {
          // Judging is slower without, but a model must not be lost for it.
          copyBytes = 0;
        }
        return;
      }
    }
  }

  /** Numbers the stretches of all models; how many there are. */
  private int cut() {
    if (firstPieces.length < models.size()) {
      firstPieces = new int[models.size()];
    }
    int pieces = 0;
    for (int i = 0; i < models.size(); i++) {
      firstPieces[i] = pieces;
      pieces += stretches(models.get(i));
    }
    if (owners.length < pieces) {
      owners = new int[pieces];
      costs = new double[pieces];
      hits = new double[pieces];
      weights = new double[pieces];
    }
    for (int i = 0; i < models.size(); i++) {
      Arrays.fill(owners, firstPieces[i], firstPieces[i] + stretches(models.get(i)), i);
    }
    return pieces;
  }

  private int stretches(TiledModel model) {
    return new Cut(to - from, model.judgedStretch()).pieces();
  }

  /** Writes a piece's cost, hits and weight to its place. */
  private void evaluatePiece(int piece, int member) {
    int owner = owners[piece];
    TiledModel model = models.get(owner);
    int stretch = model.judgedStretch();
    long start = from + (long) (piece - firstPieces[owner]) * stretch;
    long end = Math.min(to, start + stretch);
    TilePass.Sums own = sums[member];
    workers[member].evaluate(model, features, targets, copy, start, end, own);
    costs[piece] = own.cost();
    hits[piece] = own.hits();
    weights[piece] = own.weight();
  }
}
