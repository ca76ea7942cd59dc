package org.shallownet.backend;

import java.nio.FloatBuffer;
import java.util.List;
import org.shallownet.backend.device.Allocation;
import org.shallownet.backend.device.BackendException;
import org.shallownet.backend.device.Counter;
import org.shallownet.backend.device.Matrix;
import org.shallownet.backend.device.MatrixGroup;
import org.shallownet.backend.device.Performer;
import org.shallownet.backend.device.Shape;
import org.shallownet.backend.device.Tally;
import org.shallownet.backend.device.UploadBuffer;

/** A backend whose device is lost at {@code synchronize}; it can allocate, and nothing else. */
final class BrokenBackend extends AbstractBackend {
  int freed;
  boolean closed;

  /** What is done while memory is allocated. */
  Runnable allocating = () -> {};

  @Override
  public String name() {
    return "broken";
  }

  @Override
  public String device() {
    return "none";
  }

  @Override
  protected Performer performer() {
    throw new UnsupportedOperationException();
  }

  @Override
  protected Matrix doAllocate(Shape shape) {
    allocating.run();
    Allocation memory =
        new Allocation(4) {
          @Override
          protected void free() {
            freed++;
          }
        };
    return new Matrix(memory, 0, shape.rows(), shape.columns()) {
      @Override
      protected Matrix view(long first, long count) {
        throw new UnsupportedOperationException();
      }
    };
  }

  @Override
  protected List<MatrixGroup> doAllocateGroups(int count, List<Shape> shapes) {
    throw new UnsupportedOperationException();
  }

  @Override
  protected Tally doAllocateTally() {
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
  protected void doUpload(float[] source, int offset, Matrix destination) {
    throw new UnsupportedOperationException();
  }

  @Override
  protected void doUpload(FloatBuffer source, Matrix destination) {
    throw new UnsupportedOperationException();
  }

  @Override
  protected void doDownload(Matrix source, float[] destination, int offset) {
    throw new UnsupportedOperationException();
  }

  @Override
  protected Counter doAllocateCounter() {
    throw new UnsupportedOperationException();
  }

  @Override
  protected void doCheckClasses(Matrix targets, int classes) {
    throw new UnsupportedOperationException();
  }

  @Override
  protected void doCheckWeights(Matrix targets) {
    throw new UnsupportedOperationException();
  }

  @Override
  protected Tally.Values doRead(Tally tally) {
    throw new UnsupportedOperationException();
  }

  @Override
  protected void doSet(Tally tally, Tally.Values values) {
    throw new UnsupportedOperationException();
  }

  @Override
  protected void doSet(Counter counter, long value) {
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
