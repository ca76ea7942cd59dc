package org.shallownet.backend.cuda.fused;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.shallownet.network.Activation;
import org.shallownet.network.Loss;
import org.shallownet.network.NetworkSpec;

/**
 * How {@code output_pass.cu} goes from a last hidden layer to its derivatives: a pure function of
 * the layer's and the output's shape, not of the card.
 *
 * @param head the output layer; its features and hidden units are 1, as the kernels take any number
 * @param units of the last hidden layer
 */
record OutputPassDesign(FusedDesign head, int units) {
  /** The source of its kernels. */
  static final String FILE = "output_pass.cu";

  /** Slices of samples that sums are taken of: 2 for each of the 132 multiprocessors of an H100. */
  static final int MOST_SLICES = 264;

  /** A thread has weights and sums for each output in registers, for four units. */
  private static final int MOST_OUTPUTS = 16;

  /** What a slice leaves, at most: some 140 MB for all slices. */
  private static final int MOST_SUMS = 1 << 17;

  /** Rows that the warps of a block take in one turn; a slice is a multiple of them. */
  private static final int TURN = 32;

  private static final int LANES = 32;

  /**
   * The design for a network; nothing if it has no hidden layer, leaves out activations, or is too
   * wide.
   *
   * @param dropout the part of hidden activations that is left out
   */
  static Optional<OutputPassDesign> of(
      NetworkSpec spec, boolean weighted, Loss loss, double dropout) {
    int last = spec.hidden().size();
    if (last == 0 || dropout > 0 || spec.outputs() > MOST_OUTPUTS) {
      return Optional.empty();
    }
    Activation activation = spec.hidden().get(last - 1).activation();
    FusedDesign head =
        new FusedDesign(
            1, 1, spec.outputs(), activation, spec.output(), weighted, FusedLoss.of(loss), false);
    OutputPassDesign design = new OutputPassDesign(head, spec.units(last));
    return design.sums() <= MOST_SUMS ? Optional.of(design) : Optional.empty();
  }

  /**
   * How many sums a slice leaves: of the hidden layer's biases, the output's weights and biases.
   */
  long sums() {
    return (long) units * (head.outputs() + 1) + head.outputs();
  }

  /** Whether four units are read at once. */
  private boolean fours() {
    return units % 4 == 0;
  }

  /** Slices of so many samples or fewer. */
  int mostSlices(long samples) {
    return (int) Math.min(MOST_SLICES, (samples + TURN - 1) / TURN);
  }

  /** What slices of so many samples or fewer leave. */
  long bytes(long samples) {
    return Float.BYTES * sums() * mostSlices(samples);
  }

  /** Rows of a slice of so many samples; the last one has the rest. */
  int sliceRows(long samples) {
    long even = (samples + MOST_SLICES - 1) / MOST_SLICES;
    return (int) ((even + TURN - 1) / TURN * TURN);
  }

  /** Slices of so many samples. */
  int slices(long samples) {
    int rows = sliceRows(samples);
    return (int) ((samples + rows - 1) / rows);
  }

  /** Blocks of a slice, which share its units. */
  int blocksOfSlice() {
    int columns = (fours() ? 4 : 1) * LANES;
    return (units + columns - 1) / columns;
  }

  /** What the source is compiled with. */
  List<String> defines() {
    List<String> defines = new ArrayList<>(head.defines());
    defines.add("FOURS=" + (fours() ? 1 : 0));
    return defines;
  }
}
