package org.shallownet.backend.cpu;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.shallownet.backend.SampleSource;
import org.shallownet.backend.Samples;
import org.shallownet.backend.TrainingEngine.Progress;

/**
 * Judges the models of a {@link TiledTrainingEngine} by samples that they are not trained on.
 *
 * <p>Every chunk of every model is a piece of work of its own, and no thread waits for another
 * before all are done; a model's chunks are added up in their order. So neither the models beside
 * it nor the threads have a say in what a model gets.
 */
final class TiledEvaluation {
  /** Features that are read from the host at a time. */
  private static final int READ_FLOATS = 1 << 20;

  private final WorkerTeam team;
  private final KernelChoice kernels;
  private final int arrayFloats;
  private final long copyBytes;
  private final List<Map<TileLayout, Judge>> judges = new ArrayList<>();
  private final WorkerTeam.Work evaluatePiece = this::evaluatePiece;

  // The samples to judge by.
  private CpuMatrix features;
  private CpuMatrix targets;
  private TilePanels.@Nullable Copies copy;
  private final Set<TileLayout> checked = new HashSet<>();

  // What the team is at work on: for each piece its model's place and what came of it.
  private List<TiledModel> models = List.of();
  private TileDesign.Chunks[] chunks = {};
  private int[] firstPieces = {};
  private int[] owners = {};
  private double[] costs = {};
  private long[] hits = {};

  /**
   * An evaluation that knows the samples trained on.
   *
   * @param features of those samples
   * @param targets of those samples
   * @param copy of those samples, in the form that passes read; null if there is none
   * @param arrayFloats the longest array of a copy of others
   * @param copyBytes how large that copy may be
   */
  TiledEvaluation(
      WorkerTeam team,
      KernelChoice kernels,
      CpuMatrix features,
      CpuMatrix targets,
      TilePanels.@Nullable Copies copy,
      int arrayFloats,
      long copyBytes) {
    this.team = team;
    this.kernels = kernels;
    this.features = features;
    this.targets = targets;
    this.copy = copy;
    this.arrayFloats = arrayFloats;
    this.copyBytes = copyBytes;
    for (int i = 0; i < team.size(); i++) {
      judges.add(new HashMap<>());
    }
  }

  /** Costs and hits of each of these models. */
  List<Progress> evaluate(List<TiledModel> judged, Samples samples) {
    double[] costSums = new double[judged.size()];
    long[] hitSums = new long[judged.size()];
    if (samples instanceof Samples.Resident data) {
      add(judged, (CpuMatrix) data.features(), (CpuMatrix) data.targets(), costSums, hitSums);
    } else {
      addStreamed(judged, ((Samples.Streamed) samples).source(), costSums, hitSums);
    }
    List<Progress> progress = new ArrayList<>();
    for (int i = 0; i < costSums.length; i++) {
      progress.add(new Progress(samples.rows(), costSums[i], 0, hitSums[i]));
    }
    return progress;
  }

  /** Reads the samples piece by piece, each of which all models see. */
  private void addStreamed(
      List<TiledModel> judged, SampleSource source, double[] costSums, long[] hitSums) {
    int columns = source.featureColumns();
    int targetColumns = source.targetColumns();
    int most = (int) Math.min(source.rows(), Math.max(1, READ_FLOATS / columns));
    float[] x = new float[Math.multiplyExact(most, columns)];
    float[] y = new float[Math.multiplyExact(most, targetColumns)];
    for (long first = 0; first < source.rows(); first += most) {
      int count = (int) Math.min(most, source.rows() - first);
      source.read(first, count, x, y);
      CpuMatrix readFeatures = CpuMatrix.of(x, count, columns);
      add(judged, readFeatures, CpuMatrix.of(y, count, targetColumns), costSums, hitSums);
    }
  }

  private void add(
      List<TiledModel> judged, CpuMatrix x, CpuMatrix y, double[] costSums, long[] hitSums) {
    take(judged, x, y);
    int pieces = cut(judged, x.rows());
    team.run(pieces, evaluatePiece);
    for (int piece = 0; piece < pieces; piece++) {
      costSums[owners[piece]] += costs[piece];
      hitSums[owners[piece]] += hits[piece];
    }
    models = List.of();
  }

  /** Takes up samples. A copy of them pays when they come back. */
  private void take(List<TiledModel> judged, CpuMatrix x, CpuMatrix y) {
    if (x != features || y != targets) {
      features = x;
      targets = y;
      checked.clear();
      use(null);
    } else if (copy == null) {
      copy(judged, x, y);
    }
    for (TiledModel model : judged) {
      if (checked.add(model.layout())) {
        Outputs.checkClasses("evaluate", y, model.plan().spec());
      }
    }
  }

  private void copy(List<TiledModel> judged, CpuMatrix x, CpuMatrix y) {
    for (TiledModel model : judged) {
      int block = model.design().block();
      if (!model.design().openBlas()
          && TilePanels.bytes(x.rows(), x.columns(), y.columns(), block) <= copyBytes) {
        use(TilePanels.copy(x, y, block, arrayFloats, team));
        return;
      }
    }
  }

  private void use(TilePanels.@Nullable Copies newCopy) {
    if (copy != null || newCopy != null) {
      copy = newCopy;
      judges.forEach(Map::clear);
    }
  }

  /** Numbers the chunks of all models; how many there are. */
  private int cut(List<TiledModel> judged, long rows) {
    models = judged;
    if (chunks.length < judged.size()) {
      chunks = new TileDesign.Chunks[judged.size()];
      firstPieces = new int[judged.size()];
    }
    int pieces = 0;
    for (int i = 0; i < judged.size(); i++) {
      TiledModel model = judged.get(i);
      chunks[i] = model.design().chunks(model.plan().spec(), rows, false);
      firstPieces[i] = pieces;
      pieces += chunks[i].count();
    }
    if (owners.length < pieces) {
      owners = new int[pieces];
      costs = new double[pieces];
      hits = new long[pieces];
    }
    for (int i = 0; i < judged.size(); i++) {
      int end = firstPieces[i] + chunks[i].count();
      Arrays.fill(owners, firstPieces[i], end, i);
    }
    return pieces;
  }

  private void evaluatePiece(int piece, int member) {
    int owner = owners[piece];
    TiledModel model = models.get(owner);
    Judge judge = judges.get(member).computeIfAbsent(model.layout(), key -> new Judge(model));
    judge.evaluate(model, chunks[owner], piece - firstPieces[owner], piece);
  }

  /** What one thread needs for models of one shape. */
  private final class Judge {
    private final TilePass pass;
    private final TileRows rows;
    private final TilePass.Sums sums = new TilePass.Sums(0);

    private Judge(TiledModel model) {
      pass = TilePass.of(model, kernels, copy);
      rows = new TileRows(model.design().tile(), features, targets);
    }

    /** Writes a piece's cost and hits to its place. */
    private void evaluate(TiledModel model, TileDesign.Chunks cut, int chunk, int piece) {
      rows.of(features, targets);
      pass.prepare(model.theta);
      pass.evaluate(model.theta, rows, cut.start(chunk), cut.end(chunk), cut.tile(), sums);
      costs[piece] = sums.cost;
      hits[piece] = sums.hits;
    }
  }
}
