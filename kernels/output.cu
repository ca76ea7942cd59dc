// The output layer: derivative, cost and hits from the logits in one pass, and probabilities.
#include "output.cuh"

// Formula:  delta = scale (a - y), a = 1 / (1 + e^-z); cost max(z, 0) - z y + log(1 + e^-|z|); a
// row is
//           a hit if a > 1/2 for exactly its targets that are 1.
// Shapes:   logits, targets, delta rows × columns; partials one per block.
// Launch:   256 threads; an item is a row, a thread per row; the grid strides.
// Aliasing: delta may be logits.
// Order:    a row in the row's order; a thread's rows in double, one after the other;
//           over the block in a fixed tree; partials[block] = the block's cost and hits.
// Caller:   CudaOperations.run(OutputDelta)
extern "C" __global__ void __launch_bounds__(kBlock, kBlocksPerSm)
    output_delta_sigmoid_thread(OutputDelta one, const OutputDelta* many) {
  sigmoid_delta<ThreadTeam, false>(own(one, many));
}

// Formula:  delta = scale (a - y), a = 1 / (1 + e^-z); cost max(z, 0) - z y + log(1 + e^-|z|); a
// row is
//           a hit if a > 1/2 for exactly its targets that are 1.
// Shapes:   logits, targets, delta rows × columns; partials one per block.
// Launch:   256 threads; an item is a row, a warp per row; the grid strides.
// Aliasing: delta may be logits.
// Order:    a row lane by lane, then over the warp in a fixed tree; a thread's rows in double, one
// after the other;
//           over the block in a fixed tree; partials[block] = the block's cost and hits.
// Caller:   CudaOperations.run(OutputDelta)
extern "C" __global__ void __launch_bounds__(kBlock, kBlocksPerSm)
    output_delta_sigmoid_warp(OutputDelta one, const OutputDelta* many) {
  sigmoid_delta<WarpTeam, false>(own(one, many));
}

// Formula:  delta = scale (a - y), a = 1 / (1 + e^-z); cost max(z, 0) - z y + log(1 + e^-|z|); a
// row is
//           a hit if a > 1/2 for exactly its targets that are 1.
// Shapes:   logits, targets, delta rows × columns; partials one per block.
// Launch:   256 threads; an item is a row, a block per row; the grid strides.
// Aliasing: delta may be logits.
// Order:    a row thread by thread, then over the block in a fixed tree; a thread's rows in double,
// one after the other;
//           over the block in a fixed tree; partials[block] = the block's cost and hits.
// Caller:   CudaOperations.run(OutputDelta)
extern "C" __global__ void __launch_bounds__(kBlock, kBlocksPerSm)
    output_delta_sigmoid_block(OutputDelta one, const OutputDelta* many) {
  sigmoid_delta<BlockTeam, false>(own(one, many));
}

// Formula:  delta = scale (a - y), a = e^z / Σ e^z, y = 1 at the target's class; cost log Σ e^z -
// z[class];
//           a row is a hit if its class has the first of the largest logits.
// Shapes:   logits, delta rows × columns; targets rows × 1, class numbers; partials one per block.
// Launch:   256 threads; an item is a row, a thread per row; the grid strides.
// Aliasing: delta may be logits.
// Order:    a row in the row's order; a thread's rows in double, one after the other;
//           over the block in a fixed tree; partials[block] = the block's cost and hits.
// Caller:   CudaOperations.run(OutputDelta)
extern "C" __global__ void __launch_bounds__(kBlock, kBlocksPerSm)
    output_delta_softmax_thread(OutputDelta one, const OutputDelta* many) {
  softmax_delta<ThreadTeam, false>(own(one, many));
}

// Formula:  delta = scale (a - y), a = e^z / Σ e^z, y = 1 at the target's class; cost log Σ e^z -
// z[class];
//           a row is a hit if its class has the first of the largest logits.
// Shapes:   logits, delta rows × columns; targets rows × 1, class numbers; partials one per block.
// Launch:   256 threads; an item is a row, a warp per row; the grid strides.
// Aliasing: delta may be logits.
// Order:    a row lane by lane, then over the warp in a fixed tree; a thread's rows in double, one
// after the other;
//           over the block in a fixed tree; partials[block] = the block's cost and hits.
// Caller:   CudaOperations.run(OutputDelta)
extern "C" __global__ void __launch_bounds__(kBlock, kBlocksPerSm)
    output_delta_softmax_warp(OutputDelta one, const OutputDelta* many) {
  softmax_delta<WarpTeam, false>(own(one, many));
}

// Formula:  delta = scale (a - y), a = e^z / Σ e^z, y = 1 at the target's class; cost log Σ e^z -
// z[class];
//           a row is a hit if its class has the first of the largest logits.
// Shapes:   logits, delta rows × columns; targets rows × 1, class numbers; partials one per block.
// Launch:   256 threads; an item is a row, a block per row; the grid strides.
// Aliasing: delta may be logits.
// Order:    a row thread by thread, then over the block in a fixed tree; a thread's rows in double,
// one after the other;
//           over the block in a fixed tree; partials[block] = the block's cost and hits.
// Caller:   CudaOperations.run(OutputDelta)
extern "C" __global__ void __launch_bounds__(kBlock, kBlocksPerSm)
    output_delta_softmax_block(OutputDelta one, const OutputDelta* many) {
  softmax_delta<BlockTeam, false>(own(one, many));
}

// Formula:  delta = scale (z - y); cost (z - y)² / 2; no hits.
// Shapes:   logits, targets, delta rows × columns; partials one per block.
// Launch:   256 threads; an item is an element; the grid strides.
// Aliasing: delta may be logits.
// Order:    a thread's elements in double; over the block in a fixed tree;
//           partials[block] = the block's cost.
// Caller:   CudaOperations.run(OutputDelta)
extern "C" __global__ void __launch_bounds__(kBlock)
    output_delta_identity(OutputDelta one, const OutputDelta* many) {
  const OutputDelta layer = own(one, many);
  const float scale = layer.scale;
  float* delta = layer.delta;
  double squares = 0;
  const bool in_fours = aligned(layer.logits, layer.targets, delta);
  for_elements(layer.rows * layer.columns, in_fours, [&](auto width, long long i) {
    constexpr int N = decltype(width)::value;
    const Floats<N> z = load<N>(layer.logits + i);
    const Floats<N> y = load<N>(layer.targets + i);
    Floats<N> d;
#pragma unroll
    for (int k = 0; k < N; k++) {
      const float difference = z.v[k] - y.v[k];
      squares += (double)difference * difference;
      d.v[k] = scale * difference;
    }
    store<N>(delta + i, d);
  });
  write_partial(squares / 2, 0, layer.partials);
}

// Formula:  p = 1 / (1 + e^-z).
// Shapes:   logits, probabilities of `size` elements.
// Launch:   256 threads; an item is an element; the grid strides.
// Aliasing: probabilities may be logits.
// Order:    elements are independent.
// Caller:   CudaOperations.run(OutputProbabilities)
extern "C" __global__ void __launch_bounds__(kBlock)
    output_probabilities_sigmoid(const float* logits, long long size, float* probabilities) {
  for_elements(size, aligned(logits, probabilities), [&](auto width, long long i) {
    constexpr int N = decltype(width)::value;
    Floats<N> x = load<N>(logits + i);
#pragma unroll
    for (int k = 0; k < N; k++) {
      x.v[k] = Sigmoid::value(x.v[k]);
    }
    store<N>(probabilities + i, x);
  });
}

// Formula:  p = e^z / Σ e^z.
// Shapes:   logits, probabilities rows × columns.
// Launch:   256 threads; an item is a row, a thread per row; the grid strides.
// Aliasing: probabilities may be logits.
// Order:    a row in the row's order.
// Caller:   CudaOperations.run(OutputProbabilities)
extern "C" __global__ void __launch_bounds__(kBlock)
    output_probabilities_softmax_thread(const float* logits, long long rows, int columns,
                                        float* probabilities) {
  softmax<ThreadTeam>(logits, rows, columns, probabilities);
}

// Formula:  p = e^z / Σ e^z.
// Shapes:   logits, probabilities rows × columns.
// Launch:   256 threads; an item is a row, a warp per row; the grid strides.
// Aliasing: probabilities may be logits.
// Order:    a row lane by lane, then over the warp in a fixed tree.
// Caller:   CudaOperations.run(OutputProbabilities)
extern "C" __global__ void __launch_bounds__(kBlock)
    output_probabilities_softmax_warp(const float* logits, long long rows, int columns,
                                      float* probabilities) {
  softmax<WarpTeam>(logits, rows, columns, probabilities);
}

// Formula:  p = e^z / Σ e^z.
// Shapes:   logits, probabilities rows × columns.
// Launch:   256 threads; an item is a row, a block per row; the grid strides.
// Aliasing: probabilities may be logits.
// Order:    a row thread by thread, then over the block in a fixed tree.
// Caller:   CudaOperations.run(OutputProbabilities)
extern "C" __global__ void __launch_bounds__(kBlock)
    output_probabilities_softmax_block(const float* logits, long long rows, int columns,
                                       float* probabilities) {
  softmax<BlockTeam>(logits, rows, columns, probabilities);
}

// Formula:  first_bad = min(first_bad, rows whose first target is no whole number from 0 to
//           classes - 1).
// Shapes:   targets rows × columns; first_bad one number, begun with all bits set.
// Launch:   256 threads; an item is a row; the grid strides.
// Aliasing: none.
// Order:    a minimum of integers, the same in every order.
// Caller:   CudaOperations.run(OutputDelta)
extern "C" __global__ void __launch_bounds__(kBlock)
    output_check_classes(const float* targets, long long rows, int columns, int classes,
                         unsigned long long* first_bad) {
  for_rows<ThreadTeam>(rows, [&](long long row) {
    const float y = targets[row * columns];
    if (!(y >= 0 && y < (float)classes && y == (float)(int)y)) {
      atomicMin(first_bad, (unsigned long long)row);
    }
  });
}

// Formula:  first_bad = min(first_bad, rows whose last number is negative or not finite).
// Shapes:   targets rows × columns; first_bad one number, begun with all bits set.
// Launch:   256 threads; an item is a row; the grid strides.
// Aliasing: none.
// Order:    a minimum of integers, the same in every order.
// Caller:   CudaBackend.doCheckWeights
extern "C" __global__ void __launch_bounds__(kBlock)
    output_check_weights(const float* targets, long long rows, int columns,
                         unsigned long long* first_bad) {
  for_rows<ThreadTeam>(rows, [&](long long row) {
    const float weight = targets[row * columns + columns - 1];
    if (!(weight >= 0 && weight < __int_as_float(0x7f800000))) {  // infinity
      atomicMin(first_bad, (unsigned long long)row);
    }
  });
}
