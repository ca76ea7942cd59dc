// What the blocks of a pass from samples to gradients have left, put together.
#include "reduce.cuh"

// Numbers that a block puts together side by side.
constexpr int kSide = 8;

// The sum of `count` values; the threads with the same number modulo kSide take turns with them. In
// a fixed tree.
template <class Value>
__device__ __forceinline__ double sum_of(int count, Value value) {
  __shared__ double parts[kBlock];
  double sum = 0;
#pragma unroll 8
  for (int i = threadIdx.x / kSide; i < count; i += kBlock / kSide) {
    sum += value(i);
  }
  parts[threadIdx.x] = sum;
  __syncthreads();
#pragma unroll
  for (int apart = kBlock / 2; apart >= kSide; apart /= 2) {
    if (threadIdx.x < apart) {
      parts[threadIdx.x] += parts[threadIdx.x + apart];
    }
    __syncthreads();
  }
  sum = parts[threadIdx.x % kSide];
  __syncthreads();
  return sum;
}

// Formula:  gradient = beta gradient + scale Σ sums; tally += Σ seen, and `samples` as weight. With
//           beta = 0 what the gradient held has no influence.
// Shapes:   sums blocks × columns, of which the first `size` are those of the gradient: of w1 up to
//           b1_at, of b1 up to w2_at, of w2 up to b2_at, of b2 the rest; seen one per block.
// Launch:   256 threads; a block for each 8 numbers of the gradient, and one more for the tally.
// Aliasing: none.
// Order:    a fixed tree over the blocks' sums, in double.
// Caller:   CudaOperations.run(GradientPass), CudaOperations.run(OutputPass)
extern "C" __global__ void __launch_bounds__(kBlock)
    one_pass_finish(const float* sums, int columns, const Tally* seen, int blocks, double scale,
                    float beta, double samples, float* w1, float* b1, float* w2, float* b2,
                    int b1_at, int w2_at, int b2_at, int size, Tally* tally) {
  const int side = threadIdx.x % kSide;
  if (blockIdx.x == gridDim.x - 1) {
    const double cost = sum_of(blocks, [&](int i) { return side > 0 ? 0 : seen[i].cost; });
    const double hits = sum_of(blocks, [&](int i) { return side > 0 ? 0 : seen[i].hits; });
    const double weight = sum_of(blocks, [&](int i) { return side > 0 ? 0 : seen[i].weight; });
    if (threadIdx.x == 0) {
      tally->cost += cost;
      tally->hits += hits;
      tally->weight += weight + samples;
    }
    return;
  }
  const int place = blockIdx.x * kSide + side;
  const double sum = sum_of(blocks, [&](int i) {
    return place < size ? (double)sums[(long long)i * columns + place] : 0.0;
  });
  if (threadIdx.x < kSide && place < size) {
    float* out = place < b1_at   ? w1 + place
                 : place < w2_at ? b1 + (place - b1_at)
                 : place < b2_at ? w2 + (place - w2_at)
                                 : b2 + (place - b2_at);
    *out = (float)((beta == 0 ? 0.0 : (double)beta * *out) + scale * sum);
  }
}
