// What the kernels that take gradients in one pass over the samples share.
#pragma once

#include "lane_tile.cuh"

constexpr int kThreads = WARPS * kWarp;

// The parameters, or their derivatives: W1, b1, W2, b2. Without a hidden layer the last two are not
// there.
struct Parts {
  float* w1;
  float* b1;
  float* w2;
  float* b2;

  // Where a number stands that has this place in the order of NetworkSpec.
  __device__ __forceinline__ float* at(int place) const {
    return place < kFirstBias       ? w1 + place
           : place < kSecondWeights ? b1 + (place - kFirstBias)
           : place < kSecondBias    ? w2 + (place - kSecondWeights)
                                    : b2 + (place - kSecondBias);
  }
};

// Rows of features and targets on their way to a warp's place in shared memory: those of the next
// tile are read while the warp works on the one before.
struct Reader {
  // Four floats of a row at once, if rows consist of such.
  static constexpr int kAtOnce = N_X % 4 == 0 ? 4 : 1;
  static constexpr int kInRow = N_X / kAtOnce;
  static constexpr int kReads = (kTile * kInRow + kWarp - 1) / kWarp;

  Floats<kAtOnce> x[kReads];
  float y[kTargets];

  // Reads the tile that begins with this row, and the targets of its row `own`; behind the last row
  // are zeros.
  __device__ __forceinline__ void read(const float* features, const float* targets, long long first,
                                       long long rows, int own) {
    const int lane = threadIdx.x % kWarp;
    const int valid = rows - first < kTile ? (int)(rows - first) : kTile;
    const float* from = features + first * N_X;
#pragma unroll
    for (int i = 0; i < kReads; i++) {
      const int at = lane + i * kWarp;
      if (at < valid * kInRow) {
        x[i] = load<kAtOnce>(from + at * kAtOnce);
      } else {
        x[i] = {};
      }
    }
    const float* of_own = targets + (first + own) * kTargets;
#pragma unroll
    for (int j = 0; j < kTargets; j++) {
      y[j] = own < valid ? of_own[j] : 0;
    }
  }

  __device__ __forceinline__ void write(float* tile) const {
    const int lane = threadIdx.x % kWarp;
#pragma unroll
    for (int i = 0; i < kReads; i++) {
      const int at = lane + i * kWarp;
      const int row = at / kInRow;
      if (row < kTile) {
        store<kAtOnce>(tile + row * kPitch + (at - row * kInRow) * kAtOnce, x[i]);
      }
    }
  }
};

// A warp's place in shared memory holds its tile, and in the end its sums.
constexpr int kTileFloats = kTile * kPitch;
constexpr int kWarpFloats = kTileFloats > kSums ? kTileFloats : (kSums + 3) / 4 * 4;

// Calls body(tile, place, y, valid) for each of the warp's tiles, whose rows lie in shared memory,
// the first of them at this place among the samples; y has the targets of row `own`, whose output
// this lane computes, and valid says whether there is a sample. Padding behind a row's features
// is 0.
template <class Body>
__device__ __forceinline__ void for_tiles(const float* features, const float* targets,
                                          long long rows, float* tile, int own, Body body) {
  const int warp = threadIdx.x / kWarp;
  for (int i = threadIdx.x % kWarp; i < kTileFloats; i += kWarp) {
    tile[i] = 0;
  }
  const long long apart = (long long)gridDim.x * WARPS * kTile;
  long long first = ((long long)blockIdx.x * WARPS + warp) * kTile;
  Reader next;
  if (first < rows) {
    next.read(features, targets, first, rows, own);
  }
  while (first < rows) {
    __syncwarp();
    next.write(tile);
    float y[kTargets];
#pragma unroll
    for (int j = 0; j < kTargets; j++) {
      y[j] = next.y[j];
    }
    __syncwarp();
    const bool valid = first + own < rows;
    const long long place = first;
    first += apart;
    if (first < rows) {
      next.read(features, targets, first, rows, own);
    }
    body(tile, place, y, valid);
  }
  __syncwarp();
}

// Adds up what the warps have left in shared memory, and what their threads have seen, as the
// block's.
__device__ __forceinline__ void write_block(const float* shared, Seen own, float* sums,
                                            Tally* seen) {
  __shared__ Tally of_warps[WARPS];
  own.cost = warp_sum(own.cost);
  own.hits = warp_sum(own.hits);
  own.weight = warp_sum(own.weight);
  if (threadIdx.x % kWarp == 0) {
    of_warps[threadIdx.x / kWarp] = {own.cost, own.hits, own.weight};
  }
  __syncthreads();
  for (int i = threadIdx.x; i < kSums; i += kThreads) {
    double sum = 0;
    for (int k = 0; k < WARPS; k++) {
      sum += shared[k * kWarpFloats + i];
    }
    sums[(long long)blockIdx.x * kSums + i] = (float)sum;
  }
  if (threadIdx.x == 0) {
    Tally all = {0, 0, 0};
    for (int k = 0; k < WARPS; k++) {
      all.cost += of_warps[k].cost;
      all.hits += of_warps[k].hits;
      all.weight += of_warps[k].weight;
    }
    seen[blockIdx.x] = all;
  }
}
