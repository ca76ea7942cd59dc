// The rows of a mini-batch.
#include "order.cuh"

// Copies the samples at positions from `position` on, N elements at a time; neighbouring threads
// share a row.
template <int N>
__device__ __forceinline__ void gather_positions(const float* __restrict__ source, Bits samples,
                                                 Bits a, Bits b, const Bits* keys, Bits position,
                                                 long long rows, int columns,
                                                 float* __restrict__ out) {
  const int lanes = lanes_for(columns / N);
  const long long teams = thread_count() / lanes;
  for (long long row = thread_number() / lanes; row < rows; row += teams) {
    const float* from =
        source + (long long)sample_at(position + row, samples, a, b, keys) * columns;
    float* to = out + row * columns;
    for (long long j = N * (threadIdx.x % lanes); j < columns; j += N * lanes) {
      store<N>(to + j, load<N>(from + j));
    }
  }
}

// Formula:  out[i] = source[sample at position (s mod n) batch_rows + first + i of epoch s / n],
//           s = *steps, n = ⌈samples / batch_rows⌉; rows beyond the epoch's end stay.
// Shapes:   source samples × columns; steps one; out rows × columns; a, b: the numbers of left and
//           right halves of BatchOrder.
// Launch:   256 threads; an item is an element of out; the grid strides.
// Aliasing: none.
// Order:    elements are independent.
// Caller:   CudaOperations.run(GatherBatch)
extern "C" __global__ void __launch_bounds__(kBlock)
    gather_batch(const float* source, const long long* steps, long long samples, int columns,
                 long long seed, long long a, long long b, long long batch_rows, long long first,
                 long long rows, float* out) {
  __shared__ Bits keys[2 * kRounds];
  const long long per_epoch = (samples - 1) / batch_rows + 1;
  const long long epoch = *steps / per_epoch;
  const long long position = (*steps - epoch * per_epoch) * batch_rows + first;
  if (threadIdx.x < kRounds) {
    philox(seed, threadIdx.x, epoch, kBatchOrder, keys + 2 * threadIdx.x);
  }
  __syncthreads();
  const long long count = rows < samples - position ? rows : samples - position;
  if (columns % 4 == 0 && aligned(source, out)) {
    gather_positions<4>(source, samples, a, b, keys, position, count, columns, out);
  } else {
    gather_positions<1>(source, samples, a, b, keys, position, count, columns, out);
  }
}
