package org.shallownet.backend.cuda;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.shallownet.backend.cuda.Scratch.Partials;
import org.shallownet.backend.cuda.compile.Kernel;
import org.shallownet.backend.cuda.compile.RowSlices;
import org.shallownet.backend.cuda.driver.CudaCounter;
import org.shallownet.backend.cuda.driver.CudaDevice;
import org.shallownet.backend.cuda.driver.CudaGraph;
import org.shallownet.backend.cuda.driver.CudaMatrix;
import org.shallownet.backend.cuda.driver.CudaTally;
import org.shallownet.backend.cuda.driver.GraphCapture;
import org.shallownet.backend.cuda.fused.FusedPass;
import org.shallownet.backend.cuda.fused.GradientPasses;
import org.shallownet.backend.cuda.fused.OutputPasses;
import org.shallownet.backend.cuda.launch.LibraryLauncher;
import org.shallownet.backend.device.AtOnce;
import org.shallownet.backend.device.BatchOrder;
import org.shallownet.backend.device.ElementwiseOperation;
import org.shallownet.backend.device.GradientPass;
import org.shallownet.backend.device.Matrix;
import org.shallownet.backend.device.Operation;
import org.shallownet.backend.device.OutputOperation;
import org.shallownet.backend.device.OutputPass;
import org.shallownet.backend.device.Performer;
import org.shallownet.backend.device.ProductOperation;
import org.shallownet.backend.device.RefinementOperation;
import org.shallownet.backend.device.SumOperation;
import org.shallownet.backend.device.Tally;
import org.shallownet.backend.device.UpdateOperation;
import org.shallownet.network.Activation;
import org.shallownet.network.Dropout;
import org.shallownet.network.Optimizer;
import org.shallownet.network.Output;

/** How a card performs each operation: launches of {@link Kernel}s and calls of cuBLAS. */
final class CudaOperations implements Performer {
  /** The parts of gradients that a pass leaves: those of a network with one hidden layer. */
  private static final int PARTS = 4;

  /** Derivatives that a block of {@link Kernel#ONE_PASS_FINISH} puts together. */
  private static final int FINISHED_BY_BLOCK = 8;

  private final CudaResources resources;
  private final CudaDevice device;
  private final Scratch scratch;
  private final CudaStacks stacks;
  private final GradientPasses passes;
  private final OutputPasses outputPasses;
  private boolean capturing;

  CudaOperations(CudaResources resources, GradientPasses passes, OutputPasses outputPasses) {
    this.resources = resources;
    this.passes = passes;
    this.outputPasses = outputPasses;
    this.device = resources.device();
    this.scratch = resources.scratch();
    this.stacks = resources.stacks();
  }

  /** Makes a graph of operations, none of which runs; empty if they can't be captured. */
  Optional<CudaGraph> capture(GraphCapture capture, List<Operation<? super Performer>> operations) {
    capturing = true;
    try {
      stacks.prepare(operations, this);
      return capture.capture(
          stacks::bringTables, () -> operations.forEach(operation -> operation.on(this)));
    } finally {
      capturing = false;
      stacks.endRecording();
    }
  }

  /** Begins an operation; those performed at once have their places in the scratch memory. */
  private void begin(String operation) {
    device.enter(operation);
    if (!resources.launcher().collects()) {
      scratch.startOver();
    }
  }

  @Override
  public void run(AtOnce<Performer> operations) {
    stacks.run(operations, this);
  }

  private LibraryLauncher kernel(Kernel kernel) {
    return resources.launcher().kernel(kernel);
  }

  @Override
  public void run(ElementwiseOperation.Copy copy) {
    begin("copy");
    CudaMatrix from = (CudaMatrix) copy.from();
    CudaMatrix to = (CudaMatrix) copy.to();
    wroteValuesOf(from, to);
    copy(from, to);
  }

  private void copy(CudaMatrix from, CudaMatrix to) {
    device.copyOnDevice(from.pointer(), to.pointer(), Float.BYTES * from.size());
  }

  @Override
  public void run(ElementwiseOperation.GatherBatch gather) {
    begin("gatherBatch");
    CudaMatrix from = (CudaMatrix) gather.source();
    CudaMatrix to = (CudaMatrix) gather.out();
    BatchOrder order = gather.order();
    wroteValuesOf(from, to);
    kernel(Kernel.GATHER_BATCH)
        .add(from)
        .add((CudaCounter) gather.steps())
        .int64(from.rows())
        .int32(from.columns())
        .int64(order.seed())
        .int64(order.lefts())
        .int64(order.rights())
        .int64(gather.batchRows())
        .int64(gather.first())
        .int64(to.rows())
        .add(to)
        .launch(to.size());
  }

  @Override
  public void run(ProductOperation.Gemm product) {
    begin("gemm");
    written(product.c());
    resources.blas().multiply(product);
  }

  @Override
  public void run(ProductOperation.StackedGemm products) {
    begin("stackedGemm");
    products.c().matrices().forEach(this::written);
    resources.blas().multiply(products);
  }

  @Override
  public void run(ElementwiseOperation.BiasActivate layer) {
    begin("biasActivate");
    Matrix z = layer.z();
    Kernel kernel =
        switch (layer.f()) {
          case RELU -> Kernel.BIAS_ACTIVATE_RELU;
          case LEAKY_RELU -> Kernel.BIAS_ACTIVATE_LEAKY_RELU;
          case TANH -> Kernel.BIAS_ACTIVATE_TANH;
          case SIGMOID -> Kernel.BIAS_ACTIVATE_SIGMOID;
          case IDENTITY -> Kernel.BIAS_ACTIVATE_IDENTITY;
        };
    kernel(kernel)
        .add((CudaMatrix) layer.bias())
        .add(written(z))
        .int64(z.rows())
        .int32(z.columns())
        .launch(z.size());
  }

  @Override
  public void run(ElementwiseOperation.ActivationBackward layer) {
    if (layer.f() == Activation.IDENTITY) {
      return;
    }
    begin("activationBackward");
    Matrix delta = layer.delta();
    Kernel kernel =
        switch (layer.f()) {
          case RELU -> Kernel.ACTIVATION_BACKWARD_RELU;
          case LEAKY_RELU -> Kernel.ACTIVATION_BACKWARD_LEAKY_RELU;
          case TANH -> Kernel.ACTIVATION_BACKWARD_TANH;
          case SIGMOID -> Kernel.ACTIVATION_BACKWARD_SIGMOID;
          case IDENTITY -> throw new IllegalArgumentException("nothing to do");
        };
    kernel(kernel)
        .add((CudaMatrix) layer.a())
        .add(written(delta))
        .int64(delta.size())
        .launch(delta.size());
  }

  @Override
  public void run(OutputOperation.OutputDelta layer) {
    begin("outputDelta");
    Output output = layer.output();
    CudaMatrix z = (CudaMatrix) layer.logits();
    CudaMatrix y = (CudaMatrix) layer.targets();
    if (output == Output.SOFTMAX_CROSS_ENTROPY) {
      checkClasses(y, z.columns());
    }
    boolean weighted = y.columns() > output.targetColumns(z.columns());
    CudaMatrix delta = written(layer.delta());
    CudaTally tally = (CudaTally) layer.tally();
    if (output == Output.EXPONENTIAL_POISSON) {
      addPartials(
          resources.outputs().poissonDelta(weighted, z, y, layer.scale(), delta), 1, 0, tally);
      return;
    }
    Partials partials =
        resources.outputs().delta(output, weighted, z, y, (float) layer.scale(), delta);
    addPartials(partials, 1, weighted ? 0 : z.rows(), tally);
  }

  /** Refuses targets that are no classes; asks the card only if the host can't know. */
  void checkClasses(CudaMatrix y, int classes) {
    if (y.holdsClassesBelow(classes)) {
      return;
    }
    if (capturing) {
      throw new IllegalStateException(
          "outputDelta: targets must be checked (checkTargets) before they are part of a"
              + " recording");
    }
    resources.outputs().checkClasses(device.operation(), y, classes);
    y.foundClassesBelow(classes);
  }

  @Override
  public void run(OutputOperation.OutputProbabilities layer) {
    begin("outputProbabilities");
    CudaMatrix z = (CudaMatrix) layer.logits();
    CudaMatrix p = written(layer.probabilities());
    if (layer.output() != Output.IDENTITY_SQUARED_ERROR) {
      resources.outputs().probabilities(layer.output(), z, p);
    } else if (z.address() != p.address()) {
      copy(z, p);
    }
  }

  @Override
  public void run(SumOperation.AddSquaredNorm norm) {
    begin("addSquaredNorm");
    Partials partials = normPartials(Kernel.SQUARED_NORM_PARTIALS, (CudaMatrix) norm.m());
    addPartials(partials, norm.scale(), 0, (CudaTally) norm.tally());
  }

  @Override
  public void run(RefinementOperation.AddAbsoluteNorm norm) {
    begin("addAbsoluteNorm");
    Partials partials = normPartials(Kernel.ABSOLUTE_NORM_PARTIALS, (CudaMatrix) norm.m());
    addPartials(partials, norm.scale(), 0, (CudaTally) norm.tally());
  }

  @Override
  public void run(OutputOperation.LossDelta layer) {
    begin("lossDelta");
    CudaMatrix z = (CudaMatrix) layer.logits();
    CudaMatrix y = (CudaMatrix) layer.targets();
    if (layer.output() == Output.SOFTMAX_CROSS_ENTROPY) {
      checkClasses(y, z.columns());
    }
    CudaMatrix delta = written(layer.delta());
    Partials partials = resources.outputs().delta(layer, z, y, delta);
    addPartials(partials, 1, 0, (CudaTally) layer.tally());
  }

  @Override
  public void run(RefinementOperation.DropOut layer) {
    begin("dropOut");
    CudaMatrix m = (CudaMatrix) layer.m();
    CudaMatrix out = written(layer.out());
    kernel(Kernel.DROP_OUT)
        .add(m)
        .int64(m.rows())
        .int32(m.columns())
        .float32((float) (1 / (1 - layer.part())))
        .int32(Dropout.threshold(layer.part()))
        .int64(layer.seed())
        .int32(layer.layer())
        .add((CudaCounter) layer.steps())
        .int64(layer.first())
        .add(out)
        .launch(m.rows() * ((m.columns() + 3) / 4));
  }

  @Override
  public void run(RefinementOperation.AddSign sign) {
    begin("addSign");
    CudaMatrix out = written(sign.out());
    kernel(Kernel.ADD_SIGN)
        .add((CudaMatrix) sign.m())
        .float32(sign.scale())
        .add(out)
        .int64(out.size())
        .launch(out.size());
  }

  @Override
  public void run(RefinementOperation.ClipNorm clip) {
    begin("clipNorm");
    CudaMatrix m = written(clip.m());
    Partials partials = normPartials(Kernel.SQUARED_NORM_PARTIALS, m);
    long factor = scratch.rates();
    kernel(Kernel.CLIP_FACTOR)
        .address(partials.address())
        .int32(partials.blocks())
        .float64(clip.most())
        .address(factor)
        .launch(partials.blocks());
    kernel(Kernel.CLIP).address(factor).add(m).int64(m.size()).launch(m.size());
  }

  private Partials normPartials(Kernel kernel, CudaMatrix m) {
    Partials partials = scratch.partials(kernel.blocks(m.size()));
    kernel(kernel).add(m).int64(m.size()).address(partials.address()).launch(m.size());
    return partials;
  }

  /**
   * Adds what blocks have left in the scratch memory, costs multiplied by the scale.
   *
   * @param samples how many samples without weights it is from
   */
  private void addPartials(Partials partials, double scale, long samples, CudaTally tally) {
    kernel(Kernel.TALLY_ADD)
        .address(partials.address())
        .int32(partials.blocks())
        .float64(scale)
        .float64((double) samples)
        .add(tally)
        .launch(partials.blocks());
  }

  @Override
  public void run(SumOperation.SumRows sum) {
    begin("sumRows");
    CudaMatrix m = (CudaMatrix) sum.m();
    CudaMatrix out = written(sum.out());
    int columns = m.columns();
    RowSlices cut = RowSlices.of(m.rows(), columns);
    scratch.reserveSums(cut.partials(columns));
    long sums = scratch.sums(cut.partials(columns));
    kernel(Kernel.SUM_ROWS_PARTIALS)
        .add(m)
        .int64(m.rows())
        .int32(columns)
        .int64(cut.sliceRows())
        .address(sums)
        .launch(cut.tiles(), cut.slices());
    kernel(Kernel.SUM_ROWS_FINISH)
        .address(sums)
        .int32(cut.slices())
        .int32(columns)
        .float32(sum.beta())
        .add(out)
        .launch(cut.tiles(), 1);
  }

  @Override
  public void run(GradientPass pass) {
    begin("gradientPass");
    CudaMatrix y = (CudaMatrix) pass.targets();
    if (pass.network().output() == Output.SOFTMAX_CROSS_ENTROPY) {
      checkClasses(y, pass.network().outputs());
    }
    written(pass.gradients().flat());
    FusedPass.Sums left = passes.run(pass);
    long unweighted = pass.weighted() ? 0 : pass.features().rows();
    List<@Nullable Matrix> parts = new ArrayList<>(pass.gradients().parts());
    while (parts.size() < PARTS) {
      parts.add(null);
    }
    finish(left, pass.beta(), unweighted, parts, pass.tally());
  }

  @Override
  public void run(OutputPass pass) {
    device.enter("outputPass");
    CudaMatrix y = (CudaMatrix) pass.targets();
    if (pass.network().output() == Output.SOFTMAX_CROSS_ENTROPY) {
      checkClasses(y, pass.network().outputs());
    }
    written(pass.z());
    written(pass.delta());
    written(pass.gradients().flat());
    FusedPass.Sums left = outputPasses.run(pass);
    long unweighted = pass.weighted() ? 0 : pass.z().rows();
    List<@Nullable Matrix> parts = new ArrayList<>();
    parts.add(null);
    parts.add(pass.hiddenBias(pass.gradients()));
    parts.add(pass.outputWeights(pass.gradients()));
    parts.add(pass.outputBias(pass.gradients()));
    finish(left, pass.beta(), unweighted, parts, pass.tally());
  }

  /**
   * Puts together what the blocks of a pass have left.
   *
   * @param samples how many samples without weights it is from
   * @param parts of the gradients, in the order of the sums; null for one that is not there
   */
  private void finish(
      FusedPass.Sums left, float beta, long samples, List<@Nullable Matrix> parts, Tally tally) {
    LibraryLauncher finish =
        kernel(Kernel.ONE_PASS_FINISH)
            .add(left.sums())
            .int32(left.columns())
            .add(left.seen())
            .int32(left.blocks())
            .float64(left.scale())
            .float32(beta)
            .float64((double) samples);
    int[] ends = new int[PARTS];
    int end = 0;
    for (int part = 0; part < PARTS; part++) {
      Matrix gradient = parts.get(part);
      finish.address(addressOf(gradient));
      end += gradient == null ? 0 : (int) gradient.size();
      ends[part] = end;
    }
    for (int partEnd : ends) {
      finish.int32(partEnd);
    }
    finish.add((CudaTally) tally).launch((end - 1) / FINISHED_BY_BLOCK + 2, 1);
  }

  @Override
  public void run(SumOperation.DivideByWeight mean) {
    begin("divideByWeight");
    CudaMatrix sums = (CudaMatrix) mean.sums();
    CudaMatrix m = written(mean.m());
    kernel(Kernel.DIVIDE_BY_WEIGHT)
        .add(sums)
        .int32(sums.columns())
        .add(m)
        .int64(m.size())
        .launch(m.size());
  }

  @Override
  public void run(ElementwiseOperation.Multiply multiply) {
    begin("multiply");
    CudaMatrix factors = (CudaMatrix) multiply.factors();
    CudaMatrix product = written(multiply.product());
    kernel(Kernel.MULTIPLY)
        .add((CudaMatrix) multiply.m())
        .add(factors)
        .int64(factors.size())
        .add(product)
        .int64(product.size())
        .launch(product.size());
  }

  @Override
  public void run(UpdateOperation.GradientDescentStep step) {
    begin("gradientDescentStep");
    CudaMatrix theta = written(step.theta());
    kernel(Kernel.OPTIMIZER_GRADIENT_DESCENT)
        .add((CudaMatrix) step.gradient())
        .address(addressOf(step.decay()))
        .add(theta)
        .int64(theta.size())
        .float32(step.rate())
        .address(addressOf(step.factor()))
        .launch(theta.size());
  }

  @Override
  public void run(UpdateOperation.MomentumStep step) {
    begin("momentumStep");
    CudaMatrix theta = written(step.theta());
    kernel(Kernel.OPTIMIZER_MOMENTUM)
        .add((CudaMatrix) step.gradient())
        .address(addressOf(step.decay()))
        .add(written(step.velocity()))
        .add(theta)
        .int64(theta.size())
        .float32(step.rate())
        .address(addressOf(step.factor()))
        .float32(step.momentum())
        .int32(step.nesterov() ? 1 : 0)
        .launch(theta.size());
  }

  @Override
  public void run(UpdateOperation.AdamStep step) {
    begin("adamStep");
    Optimizer.Adam settings = step.settings();
    CudaMatrix theta = written(step.theta());
    long rates = scratch.rates();
    kernel(Kernel.OPTIMIZER_ADAM_RATES)
        .add((CudaCounter) step.steps())
        .float64(settings.learningRate())
        .address(addressOf(step.factor()))
        .float64(settings.beta1())
        .float64(settings.beta2())
        .address(rates)
        .launch(1);
    kernel(Kernel.OPTIMIZER_ADAM)
        .add((CudaMatrix) step.gradient())
        .address(addressOf(step.decay()))
        .add(written(step.firstMoment()))
        .add(written(step.secondMoment()))
        .add(theta)
        .int64(theta.size())
        .float32((float) settings.beta1())
        .float32((float) (1 - settings.beta1()))
        .float32((float) settings.beta2())
        .float32((float) (1 - settings.beta2()))
        .float32((float) settings.epsilon())
        .address(rates)
        .launch(theta.size());
  }

  private static long addressOf(@Nullable Matrix matrix) {
    return matrix == null ? 0 : ((CudaMatrix) matrix).address();
  }

  @Override
  public void run(SumOperation.Increment increment) {
    begin("increment");
    kernel(Kernel.COUNTER_INCREMENT).add((CudaCounter) increment.counter()).launch(1);
  }

  @Override
  public void run(SumOperation.Clear clear) {
    begin("clear");
    device.zero(((CudaTally) clear.tally()).memory());
  }

  /** A matrix that a kernel is about to write. */
  private CudaMatrix written(Matrix matrix) {
    CudaMatrix own = (CudaMatrix) matrix;
    own.memory().wroteUnknown();
    if (capturing) {
      own.memory().writtenByRecording();
    }
    return own;
  }

  /** Notes that values of one matrix are about to be written to another. */
  private void wroteValuesOf(CudaMatrix from, CudaMatrix to) {
    to.wroteValuesOf(from);
    if (capturing) {
      to.memory().writtenByRecording();
    }
  }
}
