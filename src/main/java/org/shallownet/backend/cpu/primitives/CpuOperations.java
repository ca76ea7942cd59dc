package org.shallownet.backend.cpu.primitives;

import org.jspecify.annotations.Nullable;
import org.shallownet.backend.device.BatchOrder;
import org.shallownet.backend.device.ElementwiseOperation;
import org.shallownet.backend.device.Matrix;
import org.shallownet.backend.device.OutputOperation;
import org.shallownet.backend.device.Performer;
import org.shallownet.backend.device.ProductOperation;
import org.shallownet.backend.device.RefinementOperation;
import org.shallownet.backend.device.SumOperation;
import org.shallownet.backend.device.UpdateOperation;
import org.shallownet.network.Activation;
import org.shallownet.network.Output;

/** How the processor's cores perform each operation; it has ended when the call returns. */
public final class CpuOperations implements Performer {
  /** Elements that make a piece worth handing over, when each costs about a nanosecond or less. */
  private static final int CHEAP_PIECE = 1 << 14;

  /** The same when each costs several nanoseconds. */
  private static final int COSTLY_PIECE = 1 << 12;

  /** Biases of fewer columns than this are laid out several times over. */
  private static final int REPEATED_BIASES = 256;

  private final float[] repeatedBiases = new float[REPEATED_BIASES];
  private final WorkerTeam team;
  private final Gemm gemm;

  public CpuOperations(WorkerTeam team, Gemm gemm) {
    this.team = team;
    this.gemm = gemm;
  }

  @Override
  public void run(ElementwiseOperation.Copy copy) {
    elementwise(
        (arrays, at, count) -> System.arraycopy(arrays[0], at[0], arrays[1], at[1], count),
        copy.from(),
        copy.to());
  }

  @Override
  public void run(ElementwiseOperation.GatherBatch gather) {
    CpuMatrix from = (CpuMatrix) gather.source();
    CpuMatrix to = (CpuMatrix) gather.out();
    int columns = to.columns();
    long step = ((CpuCounter) gather.steps()).value();
    long stepsPerEpoch = (from.rows() - 1) / gather.batchRows() + 1;
    long position = step % stepsPerEpoch * gather.batchRows() + gather.first();
    BatchOrder.Epoch epoch = gather.order().epoch(step / stepsPerEpoch);
    long rows = Math.min(to.rows(), from.rows() - position);
    if (rows <= 0) {
      return;
    }
    Cut cut = Cut.rows(rows, columns, COSTLY_PIECE);
    team.run(
        cut.pieces(),
        (piece, member) -> {
          for (long row = cut.start(piece); row < cut.end(piece); row++) {
            long sample = epoch.sample(position + row);
            System.arraycopy(
                from.array(sample),
                from.position(sample),
                to.array(row),
                to.position(row),
                columns);
          }
        });
  }

  @Override
  public void run(ProductOperation.Gemm product) {
    gemm.multiply(
        new Product(
            product.transposeA(),
            product.transposeB(),
            product.alpha(),
            (CpuMatrix) product.a(),
            (CpuMatrix) product.b(),
            product.beta(),
            (CpuMatrix) product.c()));
  }

  @Override
  public void run(ProductOperation.StackedGemm products) {
    for (int i = 0; i < products.c().count(); i++) {
      gemm.multiply(
          new Product(
              products.transposeA(),
              products.transposeB(),
              products.alpha(),
              (CpuMatrix) products.a().get(i),
              (CpuMatrix) products.b().get(i),
              products.beta(),
              (CpuMatrix) products.c().get(i)));
    }
  }

  @Override
  public void run(ElementwiseOperation.BiasActivate layer) {
    CpuMatrix bias = (CpuMatrix) layer.bias();
    CpuMatrix z = (CpuMatrix) layer.z();
    // The bias several times over, so that narrow rows are added many at a time.
    int columns = z.columns();
    int times = (int) Math.min(z.rows(), Math.max(1, REPEATED_BIASES / columns));
    int length = times * columns;
    float[] biases = length <= repeatedBiases.length ? repeatedBiases : new float[length];
    for (int i = 0; i < times; i++) {
      System.arraycopy(bias.array(0), bias.position(0), biases, i * columns, columns);
    }
    rows(
        (arrays, at, rows) -> {
          addRepeatedly(biases, length, arrays[0], at[0], rows * columns);
          Activations.apply(layer.f(), arrays[0], at[0], rows * columns, new double[CpuMath.ROOM]);
        },
        z);
  }

  private static void addRepeatedly(float[] values, int length, float[] to, int from, int count) {
    for (int done = 0; done < count; done += length) {
      int n = Math.min(length, count - done);
      for (int i = 0; i < n; i++) {
        to[from + done + i] += values[i];
      }
    }
  }

  @Override
  public void run(ElementwiseOperation.ActivationBackward layer) {
    Activation f = layer.f();
    if (f != Activation.IDENTITY) {
      elementwise(
          (arrays, at, count) -> Activations.backward(f, arrays[0], at[0], arrays[1], at[1], count),
          layer.a(),
          layer.delta());
    }
  }

  @Override
  public void run(OutputOperation.OutputDelta layer) {
    Output output = layer.output();
    CpuMatrix z = (CpuMatrix) layer.logits();
    CpuMatrix y = (CpuMatrix) layer.targets();
    CpuMatrix d = (CpuMatrix) layer.delta();
    double scale = layer.scale();
    int columns = z.columns();
    if (output == Output.SOFTMAX_CROSS_ENTROPY) {
      Outputs.checkClasses("outputDelta", y, columns);
    }
    boolean weighted = y.columns() > output.targetColumns(columns);
    Cut cut = Cut.sums(z.rows(), columns, COSTLY_PIECE);
    Outputs.Sum[] sums = new Outputs.Sum[cut.pieces()];
    team.run(
        sums.length,
        (piece, member) -> {
          Outputs.Sum sum = new Outputs.Sum();
          Outputs.Sum one = new Outputs.Sum();
          ArrayRanges.rows(
              cut.start(piece),
              cut.end(piece),
              (arrays, at, rows) -> {
                float[] from = arrays[0];
                float[] to = arrays[2];
                if (weighted) {
                  Outputs.weightedDelta(
                      output, rows, columns, from, at[0], arrays[1], at[1], scale, to, at[2], sum,
                      one);
                } else {
                  Outputs.delta(
                      output, rows, columns, from, at[0], arrays[1], at[1], scale, to, at[2], sum);
                  sum.weight += rows;
                }
              },
              z,
              y,
              d);
          sums[piece] = sum;
        });
    double cost = 0;
    double hits = 0;
    double weight = 0;
    for (Outputs.Sum sum : sums) {
      cost += sum.cost;
      hits += sum.hits;
      weight += sum.weight;
    }
    ((CpuTally) layer.tally()).add(cost, hits, weight);
  }

  @Override
  public void run(OutputOperation.OutputProbabilities layer) {
    CpuMatrix z = (CpuMatrix) layer.logits();
    rows(
        (arrays, at, rows) ->
            Outputs.probabilities(
                layer.output(), rows, z.columns(), arrays[0], at[0], arrays[1], at[1]),
        z,
        (CpuMatrix) layer.probabilities());
  }

  @Override
  public void run(SumOperation.AddSquaredNorm norm) {
    ((CpuTally) norm.tally()).add(norm.scale() * Sums.squares(team, (CpuMatrix) norm.m()), 0, 0);
  }

  @Override
  public void run(RefinementOperation.AddAbsoluteNorm norm) {
    double sum = Sums.absolutes(team, (CpuMatrix) norm.m());
    ((CpuTally) norm.tally()).add(norm.scale() * sum, 0, 0);
  }

  @Override
  public void run(OutputOperation.LossDelta layer) {
    CpuMatrix z = (CpuMatrix) layer.logits();
    CpuMatrix y = (CpuMatrix) layer.targets();
    CpuMatrix d = (CpuMatrix) layer.delta();
    int columns = z.columns();
    if (layer.output() == Output.SOFTMAX_CROSS_ENTROPY) {
      Outputs.checkClasses("lossDelta", y, columns);
    }
    Cut cut = Cut.sums(z.rows(), columns, COSTLY_PIECE);
    Losses[] losses = new Losses[cut.pieces()];
    team.run(
        losses.length,
        (piece, member) -> {
          Losses own =
              new Losses(layer.loss(), layer.output(), columns, layer.weighted(), layer.scale());
          losses[piece] = own;
          ArrayRanges.rows(
              cut.start(piece),
              cut.end(piece),
              (arrays, at, rows) ->
                  own.rows(rows, range(arrays, at, 0), range(arrays, at, 1), range(arrays, at, 2)),
              z,
              y,
              d);
        });
    for (Losses part : losses) {
      ((CpuTally) layer.tally()).add(part.cost, part.hits, part.weight);
    }
  }

  @Override
  public void run(RefinementOperation.DropOut layer) {
    CpuMatrix m = (CpuMatrix) layer.m();
    CpuMatrix out = (CpuMatrix) layer.out();
    long step = ((CpuCounter) layer.steps()).value();
    Cut cut = Cut.rows(m.rows(), m.columns(), COSTLY_PIECE);
    team.run(
        cut.pieces(),
        (piece, member) -> {
          int[] words = new int[4];
          for (long row = cut.start(piece); row < cut.end(piece); row++) {
            ArrayRange from = new ArrayRange(m.array(row), m.position(row));
            ArrayRange to = new ArrayRange(out.array(row), out.position(row));
            Activations.dropOut(layer, step, row, words, from, to);
          }
        });
  }

  @Override
  public void run(RefinementOperation.AddSign sign) {
    float scale = sign.scale();
    elementwise(
        (arrays, at, count) ->
            Updates.addSigns(count, range(arrays, at, 0), scale, range(arrays, at, 1)),
        sign.m(),
        sign.out());
  }

  @Override
  public void run(RefinementOperation.ClipNorm clip) {
    double norm = Math.sqrt(Sums.squares(team, (CpuMatrix) clip.m()));
    if (norm > clip.most()) {
      float factor = (float) (clip.most() / norm);
      elementwise(
          (arrays, at, count) -> Updates.scale(count, range(arrays, at, 0), factor), clip.m());
    }
  }

  @Override
  public void run(SumOperation.SumRows sum) {
    CpuMatrix out = (CpuMatrix) sum.out();
    Sums.rows(team, (CpuMatrix) sum.m(), sum.beta(), out.array(0), out.position(0));
  }

  @Override
  public void run(SumOperation.DivideByWeight mean) {
    CpuMatrix sums = (CpuMatrix) mean.sums();
    float weight = sums.array(0)[sums.position(0) + sums.columns() - 1];
    if (weight != 0) {
      elementwise(
          (arrays, at, count) -> Updates.divide(count, range(arrays, at, 0), weight), mean.m());
    }
  }

  @Override
  public void run(ElementwiseOperation.Multiply product) {
    CpuMatrix m = (CpuMatrix) product.m();
    CpuMatrix factors = (CpuMatrix) product.factors();
    CpuMatrix to = (CpuMatrix) product.product();
    if (factors.rows() == m.rows()) {
      elementwise(
          (arrays, at, count) ->
              Updates.multiply(
                  count, range(arrays, at, 0), range(arrays, at, 1), range(arrays, at, 2)),
          m,
          factors,
          to);
      return;
    }
    int columns = m.columns();
    ArrayRange row = new ArrayRange(factors.array(0), factors.position(0));
    rows(
        (arrays, at, count) -> {
          for (int i = 0; i < count; i++) {
            ArrayRange from = new ArrayRange(arrays[0], at[0] + i * columns);
            Updates.multiply(columns, from, row, new ArrayRange(arrays[1], at[1] + i * columns));
          }
        },
        m,
        to);
  }

  // Optimisers' steps: the decay, if there is one, is the last operand.

  @Override
  public void run(UpdateOperation.GradientDescentStep step) {
    float rate = rate(step.rate(), step.factor());
    elementwise(
        (arrays, at, count) ->
            Updates.gradientDescent(
                count,
                range(arrays, at, 0),
                optionalRange(arrays, at, 2),
                rate,
                range(arrays, at, 1)),
        step.gradient(),
        step.theta(),
        step.decay());
  }

  @Override
  public void run(UpdateOperation.MomentumStep step) {
    float rate = rate(step.rate(), step.factor());
    float momentum = step.momentum();
    elementwise(
        (arrays, at, count) -> {
          ArrayRange gradient = range(arrays, at, 0);
          ArrayRange decay = optionalRange(arrays, at, 3);
          ArrayRange velocity = range(arrays, at, 1);
          ArrayRange theta = range(arrays, at, 2);
          if (step.nesterov()) {
            Updates.nesterov(count, gradient, decay, velocity, rate, momentum, theta);
          } else {
            Updates.momentum(count, gradient, decay, velocity, rate, momentum, theta);
          }
        },
        step.gradient(),
        step.velocity(),
        step.theta(),
        step.decay());
  }

  @Override
  public void run(UpdateOperation.AdamStep adam) {
    long step = ((CpuCounter) adam.steps()).value() + 1;
    float[] rates = new float[2];
    Updates.adamRates(adam.settings(), step, factor(adam.factor()), rates);
    elementwise(
        (arrays, at, count) ->
            Updates.adam(
                count,
                range(arrays, at, 0),
                optionalRange(arrays, at, 4),
                range(arrays, at, 1),
                range(arrays, at, 2),
                adam.settings(),
                rates,
                range(arrays, at, 3)),
        adam.gradient(),
        adam.firstMoment(),
        adam.secondMoment(),
        adam.theta(),
        adam.decay());
  }

  /** What a step's rate is multiplied by: 1 if nothing says it. */
  private static float factor(@Nullable Matrix factor) {
    return factor == null ? 1 : ((CpuMatrix) factor).array(0)[((CpuMatrix) factor).position(0)];
  }

  private static float rate(float rate, @Nullable Matrix factor) {
    return rate * factor(factor);
  }

  private static ArrayRange range(float[][] arrays, int[] at, int operand) {
    return new ArrayRange(arrays[operand], at[operand]);
  }

  /** A stretch of an operand that may be missing. */
  private static @Nullable ArrayRange optionalRange(float[][] arrays, int[] at, int operand) {
    return operand < arrays.length ? range(arrays, at, operand) : null;
  }

  @Override
  public void run(SumOperation.Increment increment) {
    ((CpuCounter) increment.counter()).increment();
  }

  @Override
  public void run(SumOperation.Clear clear) {
    ((CpuTally) clear.tally()).clear();
  }

  /** Works on runs of whole rows where an element costs several nanoseconds. */
  private void rows(ArrayRanges.Work kernel, CpuMatrix... operands) {
    Cut cut = Cut.rows(operands[0].rows(), operands[0].columns(), COSTLY_PIECE);
    team.run(
        cut.pieces(),
        (piece, member) -> ArrayRanges.rows(cut.start(piece), cut.end(piece), kernel, operands));
  }

  /** Works on runs of elements where each costs a nanosecond; leaves missing operands out. */
  private void elementwise(ArrayRanges.Work kernel, @Nullable Matrix... operands) {
    int count = operands.length;
    while (operands[count - 1] == null) {
      count--;
    }
    CpuMatrix[] present = new CpuMatrix[count];
    for (int i = 0; i < count; i++) {
      present[i] = (CpuMatrix) operands[i];
    }
    ArrayRanges.elements(team, CHEAP_PIECE, kernel, present);
  }
}
