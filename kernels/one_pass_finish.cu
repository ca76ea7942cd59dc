// What the blocks of a pass have left, put together. Compiled as one_pass.cu or one_pass_tf32.cu.
#include "one_pass.cuh"

// Threads of a block that finishes, and how many numbers they have side by side.
constexpr int kFinishing = 512;
constexpr int kSide = 32;

// The sum of `count` values, every kFinishing / kSide-th by one thread, of whom those with the same
// number `side` work together; in a fixed tree. The first kSide threads get it.
template <class Value>
__device__ __forceinline__ double sum_of(int count, double* parts, Value value) {
  constexpr int kTurns = kFinishing / kSide;
  double sum = 0;
#pragma unroll 8
  for (int i = threadIdx.x / kSide; i < count; i += kTurns) {
    sum += value(i);
  }
  parts[threadIdx.x] = sum;
  __syncthreads();
#pragma unroll
  for (int apart = kFinishing / 2; apart >= kSide; apart /= 2) {
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
// Shapes:   sums blocks × kSums; seen one per block; gradient as W1, b1, W2, b2.
// Launch:   512 threads; a block for each 32 sums, and one more for the tally.
// Aliasing: none.
// Order:    a fixed tree over the blocks' sums, in double.
// Caller:   GradientPasses.run
extern "C" __global__ void __launch_bounds__(kFinishing)
    one_pass_finish(const float* sums, const Tally* seen, int blocks, double scale, float beta,
                    double samples, float* w1, float* b1, float* w2, float* b2, Tally* tally) {
  __shared__ double parts[kFinishing];
  const int side = threadIdx.x % kSide;
  if (blockIdx.x == gridDim.x - 1) {
    const double cost = sum_of(blocks, parts, [&](int i) { return side > 0 ? 0 : seen[i].cost; });
    const double hits = sum_of(blocks, parts, [&](int i) { return side > 0 ? 0 : seen[i].hits; });
    const double weight =
        sum_of(blocks, parts, [&](int i) { return side > 0 ? 0 : seen[i].weight; });
    if (threadIdx.x == 0) {
      tally->cost += cost;
      tally->hits += hits;
      tally->weight += weight + samples;
    }
    return;
  }
  const int place = blockIdx.x * kSide + side;
  const double sum = sum_of(blocks, parts, [&](int i) {
    return place < kParameters ? (double)sums[(long long)i * kSums + place] : 0.0;
  });
  if (threadIdx.x < kSide && place < kParameters) {
    float* out = Parts{w1, b1, w2, b2}.at(place);
    *out = (float)((beta == 0 ? 0.0 : (double)beta * *out) + scale * sum);
  }
}
