// The output layer of weighted samples: as output.cu, with a weight w behind each row of targets.
// A block's partial is the sums of w times the cost, of the w of its hits, and of w.
#include "output.cuh"

// Weights take registers of their own.
constexpr int kWeightedBlocksPerSm = 3;

// Formula:  delta = scale w (a - y), a = 1 / (1 + e^-z); cost w (max(z, 0) - z y + log(1 +
// e^-|z|));
//           a row is a hit if a > 1/2 for exactly its targets that are 1.
// Shapes:   logits, delta rows × columns; targets rows × (columns + 1); partials one per block.
// Launch:   256 threads; an item is a row, a thread per row; the grid strides.
// Aliasing: delta may be logits.
// Order:    a row in the row's order; a thread's rows in double, one after the other;
//           over the block in a fixed tree.
// Caller:   CudaOperations.run(OutputDelta)
extern "C" __global__ void __launch_bounds__(kBlock, kWeightedBlocksPerSm)
    output_delta_sigmoid_weighted_thread(OutputDelta one, const OutputDelta* many) {
  sigmoid_delta<ThreadTeam, true>(own(one, many));
}

// Formula:  delta = scale w (a - y), a = 1 / (1 + e^-z); cost w (max(z, 0) - z y + log(1 +
// e^-|z|));
//           a row is a hit if a > 1/2 for exactly its targets that are 1.
// Shapes:   logits, delta rows × columns; targets rows × (columns + 1); partials one per block.
// Launch:   256 threads; an item is a row, a warp per row; the grid strides.
// Aliasing: delta may be logits.
// Order:    a row lane by lane, then over the warp in a fixed tree; a thread's rows in double, one
//           after the other; over the block in a fixed tree.
// Caller:   CudaOperations.run(OutputDelta)
extern "C" __global__ void __launch_bounds__(kBlock, kWeightedBlocksPerSm)
    output_delta_sigmoid_weighted_warp(OutputDelta one, const OutputDelta* many) {
  sigmoid_delta<WarpTeam, true>(own(one, many));
}

// Formula:  delta = scale w (a - y), a = 1 / (1 + e^-z); cost w (max(z, 0) - z y + log(1 +
// e^-|z|));
//           a row is a hit if a > 1/2 for exactly its targets that are 1.
// Shapes:   logits, delta rows × columns; targets rows × (columns + 1); partials one per block.
// Launch:   256 threads; an item is a row, a block per row; the grid strides.
// Aliasing: delta may be logits.
// Order:    a row thread by thread, then over the block in a fixed tree; a thread's rows in double,
//           one after the other; over the block in a fixed tree.
// Caller:   CudaOperations.run(OutputDelta)
extern "C" __global__ void __launch_bounds__(kBlock, kWeightedBlocksPerSm)
    output_delta_sigmoid_weighted_block(OutputDelta one, const OutputDelta* many) {
  sigmoid_delta<BlockTeam, true>(own(one, many));
}

// Formula:  delta = scale w (a - y), a = e^z / Σ e^z, y = 1 at the target's class; cost
//           w (log Σ e^z - z[class]); a row is a hit if its class has the first of the largest
//           logits.
// Shapes:   logits, delta rows × columns; targets rows × 2, class numbers and w; partials one per
//           block.
// Launch:   256 threads; an item is a row, a thread per row; the grid strides.
// Aliasing: delta may be logits.
// Order:    a row in the row's order; a thread's rows in double, one after the other;
//           over the block in a fixed tree.
// Caller:   CudaOperations.run(OutputDelta)
extern "C" __global__ void __launch_bounds__(kBlock, kWeightedBlocksPerSm)
    output_delta_softmax_weighted_thread(OutputDelta one, const OutputDelta* many) {
  softmax_delta<ThreadTeam, true>(own(one, many));
}

// Formula:  delta = scale w (a - y), a = e^z / Σ e^z, y = 1 at the target's class; cost
//           w (log Σ e^z - z[class]); a row is a hit if its class has the first of the largest
//           logits.
// Shapes:   logits, delta rows × columns; targets rows × 2, class numbers and w; partials one per
//           block.
// Launch:   256 threads; an item is a row, a warp per row; the grid strides.
// Aliasing: delta may be logits.
// Order:    a row lane by lane, then over the warp in a fixed tree; a thread's rows in double, one
//           after the other; over the block in a fixed tree.
// Caller:   CudaOperations.run(OutputDelta)
extern "C" __global__ void __launch_bounds__(kBlock, kWeightedBlocksPerSm)
    output_delta_softmax_weighted_warp(OutputDelta one, const OutputDelta* many) {
  softmax_delta<WarpTeam, true>(own(one, many));
}

// Formula:  delta = scale w (a - y), a = e^z / Σ e^z, y = 1 at the target's class; cost
//           w (log Σ e^z - z[class]); a row is a hit if its class has the first of the largest
//           logits.
// Shapes:   logits, delta rows × columns; targets rows × 2, class numbers and w; partials one per
//           block.
// Launch:   256 threads; an item is a row, a block per row; the grid strides.
// Aliasing: delta may be logits.
// Order:    a row thread by thread, then over the block in a fixed tree; a thread's rows in double,
//           one after the other; over the block in a fixed tree.
// Caller:   CudaOperations.run(OutputDelta)
extern "C" __global__ void __launch_bounds__(kBlock, kWeightedBlocksPerSm)
    output_delta_softmax_weighted_block(OutputDelta one, const OutputDelta* many) {
  softmax_delta<BlockTeam, true>(own(one, many));
}

// Formula:  delta = scale w (z - y); cost w (z - y)² / 2; no hits.
// Shapes:   logits, delta rows × columns; targets rows × (columns + 1); partials one per block.
// Launch:   256 threads; an item is an element; the grid strides.
// Aliasing: delta may be logits.
// Order:    a thread's elements in double; over the block in a fixed tree.
// Caller:   CudaOperations.run(OutputDelta)
extern "C" __global__ void __launch_bounds__(kBlock)
    output_delta_identity_weighted(OutputDelta one, const OutputDelta* many) {
  const OutputDelta layer = own(one, many);
  const int columns = layer.columns;
  double squares = 0;
  double weights = 0;
  for (long long i = thread_number(); i < layer.rows * columns; i += thread_count()) {
    const long long row = i / columns;
    const int column = (int)(i - row * columns);
    const float* y = layer.targets + row * (columns + 1);
    const float weight = y[columns];
    const float difference = layer.logits[i] - y[column];
    squares += weight * ((double)difference * difference);
    weights += column == 0 ? weight : 0;
    layer.delta[i] = layer.scale * weight * difference;
  }
  write_partial(squares / 2, 0, weights, layer.partials);
}
