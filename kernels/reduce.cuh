// Sums over the threads of a warp or a block, always in the same order, and what blocks hand to
// tallies.
#pragma once

#include "common.cuh"

// The sum over the warp, of the same bits in each lane: lanes are added in pairs 16, 8, 4, 2, 1
// apart.
template <class T>
__device__ __forceinline__ T warp_sum(T x) {
#pragma unroll
  for (int apart = kWarp / 2; apart > 0; apart /= 2) {
    x += __shfl_xor_sync(kAllLanes, x, apart);
  }
  return x;
}

// The sum over the block, of the same bits in each thread: warps as above, then in their order.
template <class T>
__device__ __forceinline__ T block_sum(T x) {
  __shared__ T warps[kBlock / kWarp];
  x = warp_sum(x);
  if (threadIdx.x % kWarp == 0) {
    warps[threadIdx.x / kWarp] = x;
  }
  __syncthreads();
  T sum = warps[0];
#pragma unroll
  for (int warp = 1; warp < kBlock / kWarp; warp++) {
    sum += warps[warp];
  }
  __syncthreads();
  return sum;
}

// Writes the sums over the block to the block's place, without weights.
__device__ __forceinline__ void write_partial(double cost, long long hits, Tally* partials) {
  cost = block_sum(cost);
  hits = block_sum(hits);
  if (threadIdx.x == 0) {
    partials[blockIdx.x] = {cost, (double)hits, 0};
  }
}

// The same of weighted samples.
__device__ __forceinline__ void write_partial(double cost, double hits, double weight,
                                              Tally* partials) {
  cost = block_sum(cost);
  hits = block_sum(hits);
  weight = block_sum(weight);
  if (threadIdx.x == 0) {
    partials[blockIdx.x] = {cost, hits, weight};
  }
}
