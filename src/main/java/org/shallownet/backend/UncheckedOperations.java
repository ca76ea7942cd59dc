package org.shallownet.backend;

import java.nio.FloatBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.shallownet.network.Activation;
import org.shallownet.network.Output;

/**
 * What a backend implements: the operations of {@link Backend} after {@link AbstractBackend} has
 * checked them. Operands are of this backend, open and of fitting shapes, destinations overlap
 * nothing that they must not, ranges lie inside.
 */
public abstract class UncheckedOperations {
  /** For backends. */
  protected UncheckedOperations() {}

  /** Allocates zeros. */
  protected abstract AbstractMatrix doAllocate(Shape shape);

  /**
   * Allocates groups of zeros in one piece of memory, at most as many as an array can hold; the
   * parts of one index are equally far apart.
   */
  protected abstract List<Group> doAllocateGroups(int count, List<Shape> shapes);

  /** Allocates a tally that holds 0. */
  protected abstract AbstractTally doAllocateTally();

  /** Allocates a buffer whose matrix holds zeros. */
  protected abstract UploadBuffer doAllocateUploadBuffer(Shape shape);

  /** See {@link Backend#freeBytes}. */
  protected abstract long doFreeBytes();

  /** Allocates a counter that holds 0. */
  protected abstract AbstractCounter doAllocateCounter();

  /** See {@link Backend#upload(float[], int, Matrix)}. */
  protected abstract void doUpload(float[] source, int offset, AbstractMatrix destination);

  /**
   * See {@link Backend#upload(FloatBuffer, Matrix)}.
   *
   * @param source a duplicate, whose position may move
   */
  protected abstract void doUpload(FloatBuffer source, AbstractMatrix destination);

  /** See {@link Backend#download}. */
  protected abstract void doDownload(AbstractMatrix source, float[] destination, int offset);

  /** See {@link Backend#copy}. */
  protected abstract void doCopy(AbstractMatrix source, AbstractMatrix destination);

  /** See {@link Backend#gatherBatch}. */
  protected abstract void doGatherBatch(
      AbstractMatrix source,
      BatchOrder order,
      AbstractCounter steps,
      long batchRows,
      long first,
      AbstractMatrix out);

  /** See {@link Backend#gemm}. */
  protected abstract void doGemm(
      boolean transposeA,
      boolean transposeB,
      float alpha,
      AbstractMatrix a,
      AbstractMatrix b,
      float beta,
      AbstractMatrix c);

  /** See {@link Backend#gemmBatch}; by default one product after the other. */
  protected void doGemmBatch(
      boolean transposeA,
      boolean transposeB,
      float alpha,
      MatrixStack a,
      MatrixStack b,
      float beta,
      MatrixStack c) {
    for (int i = 0; i < c.count(); i++) {
      doGemm(transposeA, transposeB, alpha, a.get(i), b.get(i), beta, c.get(i));
    }
  }

  /** See {@link Backend#biasActivate}. */
  protected abstract void doBiasActivate(Activation f, AbstractMatrix bias, AbstractMatrix z);

  /** See {@link Backend#activationBackward}. */
  protected abstract void doActivationBackward(
      Activation f, AbstractMatrix a, AbstractMatrix delta);

  /** See {@link Backend#outputDelta}. */
  protected abstract void doOutputDelta(
      Output output,
      AbstractMatrix logits,
      AbstractMatrix targets,
      double scale,
      AbstractMatrix delta,
      AbstractTally tally);

  /**
   * See {@link Backend#checkTargets}.
   *
   * @param targets whose first column is numbers of classes
   * @param classes these must be below it
   */
  protected abstract void doCheckClasses(AbstractMatrix targets, int classes);

  /**
   * See {@link Backend#checkTargets}.
   *
   * @param targets whose last column is weights
   */
  protected abstract void doCheckWeights(AbstractMatrix targets);

  /** See {@link Backend#outputProbabilities}. */
  protected abstract void doOutputProbabilities(
      Output output, AbstractMatrix logits, AbstractMatrix probabilities);

  /** See {@link Backend#addSquaredNorm}. */
  protected abstract void doAddSquaredNorm(AbstractMatrix m, double scale, AbstractTally tally);

  /** See {@link Backend#sumRows}. */
  protected abstract void doSumRows(AbstractMatrix m, float beta, AbstractMatrix out);

  /** See {@link Backend#divideByWeight}. */
  protected abstract void doDivideByWeight(AbstractMatrix sums, AbstractMatrix m);

  /** See {@link Backend#gradientDescentStep}. */
  protected abstract void doGradientDescentStep(
      AbstractMatrix gradient, @Nullable AbstractMatrix decay, float rate, AbstractMatrix theta);

  /** See {@link Backend#momentumStep}. */
  protected abstract void doMomentumStep(
      AbstractMatrix gradient,
      @Nullable AbstractMatrix decay,
      AbstractMatrix velocity,
      float rate,
      float momentum,
      AbstractMatrix theta);

  /** See {@link Backend#adamStep}. */
  protected abstract void doAdamStep(
      AbstractMatrix gradient,
      @Nullable AbstractMatrix decay,
      AbstractMatrix firstMoment,
      AbstractMatrix secondMoment,
      Optimizer.Adam settings,
      AbstractCounter steps,
      AbstractMatrix theta);

  /** See {@link Backend#increment}. */
  protected abstract void doIncrement(AbstractCounter counter);

  /**
   * Makes a recording of operations; by default one that calls them one by one.
   *
   * @param operations calls of methods of this backend whose names begin with {@code do}
   */
  protected AbstractRecording doRecord(List<Runnable> operations) {
    return new RepeatedCalls(operations);
  }

  /** See {@link Backend#read}. */
  protected abstract Tally.Values doRead(AbstractTally tally);

  /** See {@link Backend#clear}. */
  protected abstract void doClear(AbstractTally tally);

  /** See {@link Backend#synchronize}. */
  protected abstract void doSynchronize();

  /** See {@link Backend#preferredRows}. */
  protected abstract long doPreferredRows(int columns);

  /** See {@link Backend#newTrainingEngine}. */
  protected abstract TrainingEngine doNewTrainingEngine(TrainingPlan plan);

  /** Frees what is not an allocation; called once, after a fault too. */
  protected abstract void doClose();

  /**
   * A group as a backend allocates it.
   *
   * @param parts the matrices, all of one allocation
   * @param flat all of them and the gaps between them
   */
  protected record Group(List<Matrix> parts, AbstractMatrix flat) implements MatrixGroup {
    /** Keeps a list of its own. */
    public Group {
      parts = List.copyOf(parts);
    }
  }
}
