package org.shallownet.backend;

import java.nio.FloatBuffer;
import java.util.List;
import org.shallownet.network.Activation;
import org.shallownet.network.Output;

/** A backend whose device is lost at {@code synchronize}; it can allocate, and nothing else. */
final class BrokenBackend extends AbstractBackend {
  int freed;
  boolean closed;

  @Override
  public String name() {
    return "broken";
  }

  @Override
  public String device() {
    return "none";
  }

  @Override
  protected AbstractMatrix doAllocate(Shape shape) {
    Allocation memory =
        new Allocation(4) {
          @Override
          protected void free() {
            freed++;
          }
        };
    return new AbstractMatrix(memory, 0, shape.rows(), shape.columns()) {
      @Override
      protected AbstractMatrix view(long first, long count) {
        throw new UnsupportedOperationException();
      }
    };
  }

  @Override
  protected List<Group> doAllocateGroups(int count, List<Shape> shapes) {
    throw new UnsupportedOperationException();
  }

  @Override
  protected AbstractTally doAllocateTally() {
    throw new UnsupportedOperationException();
  }

  @Override
  protected UploadBuffer doAllocateUploadBuffer(Shape shape) {
    throw new UnsupportedOperationException();
  }

  @Override
  protected long doFreeBytes() {
    throw new UnsupportedOperationException();
  }

  @Override
  protected void doUpload(float[] source, int offset, AbstractMatrix destination) {
    throw new UnsupportedOperationException();
  }

  @Override
  protected void doUpload(FloatBuffer source, AbstractMatrix destination) {
    throw new UnsupportedOperationException();
  }

  @Override
  protected void doDownload(AbstractMatrix source, float[] destination, int offset) {
    throw new UnsupportedOperationException();
  }

  @Override
  protected void doCopy(AbstractMatrix source, AbstractMatrix destination) {
    throw new UnsupportedOperationException();
  }

  @Override
  protected AbstractCounter doAllocateCounter() {
    throw new UnsupportedOperationException();
  }

  @Override
  protected void doIncrement(AbstractCounter counter) {
    throw new UnsupportedOperationException();
  }

  @Override
  protected void doCheckClasses(AbstractMatrix targets, int classes) {
    throw new UnsupportedOperationException();
  }

  @Override
  protected void doCheckWeights(AbstractMatrix targets) {
    throw new UnsupportedOperationException();
  }

  @Override
  protected void doDivideByWeight(AbstractMatrix sums, AbstractMatrix m) {
    throw new UnsupportedOperationException();
  }

  @Override
  protected void doGatherBatch(
      AbstractMatrix source,
      BatchOrder order,
      AbstractCounter steps,
      long batchRows,
      long first,
      AbstractMatrix out) {
    throw new UnsupportedOperationException();
  }

  @Override
  protected void doGemm(
      boolean transposeA,
      boolean transposeB,
      float alpha,
      AbstractMatrix a,
      AbstractMatrix b,
      float beta,
      AbstractMatrix c) {
    throw new UnsupportedOperationException();
  }

  @Override
  protected void doBiasActivate(Activation f, AbstractMatrix bias, AbstractMatrix z) {
    throw new UnsupportedOperationException();
  }

  @Override
  protected void doActivationBackward(Activation f, AbstractMatrix a, AbstractMatrix delta) {
    throw new UnsupportedOperationException();
  }

  @Override
  protected void doOutputDelta(
      Output output,
      AbstractMatrix logits,
      AbstractMatrix targets,
      double scale,
      AbstractMatrix delta,
      AbstractTally tally) {
    throw new UnsupportedOperationException();
  }

  @Override
  protected void doOutputProbabilities(
      Output output, AbstractMatrix logits, AbstractMatrix probabilities) {
    throw new UnsupportedOperationException();
  }

  @Override
  protected void doAddSquaredNorm(AbstractMatrix m, double scale, AbstractTally tally) {
    throw new UnsupportedOperationException();
  }

  @Override
  protected void doSumRows(AbstractMatrix m, float beta, AbstractMatrix out) {
    throw new UnsupportedOperationException();
  }

  @Override
  protected void doGradientDescentStep(
      AbstractMatrix gradient, AbstractMatrix decay, float rate, AbstractMatrix theta) {
    throw new UnsupportedOperationException();
  }

  @Override
  protected void doMomentumStep(
      AbstractMatrix gradient,
      AbstractMatrix decay,
      AbstractMatrix velocity,
      float rate,
      float momentum,
      AbstractMatrix theta) {
    throw new UnsupportedOperationException();
  }

  @Override
  protected void doAdamStep(
      AbstractMatrix gradient,
      AbstractMatrix decay,
      AbstractMatrix firstMoment,
      AbstractMatrix secondMoment,
      Optimizer.Adam settings,
      AbstractCounter steps,
      AbstractMatrix theta) {
    throw new UnsupportedOperationException();
  }

  @Override
  protected Tally.Values doRead(AbstractTally tally) {
    throw new UnsupportedOperationException();
  }

  @Override
  protected void doClear(AbstractTally tally) {
    throw new UnsupportedOperationException();
  }

  @Override
  protected void doSynchronize() {
    throw new BackendException("synchronize: device lost", new IllegalStateException("719"));
  }

  @Override
  protected long doPreferredRows(int columns) {
    throw new UnsupportedOperationException();
  }

  @Override
  protected TrainingEngine doNewTrainingEngine(TrainingPlan plan) {
    throw new UnsupportedOperationException();
  }

  @Override
  protected void doClose() {
    closed = true;
  }
}
