// The gradient of a network with at most one hidden layer in one pass over the samples: nothing but
// features and targets is read, and nothing is written but sums. What is fixed at compile time: see
// lane_tile.cuh, and
//
//   WARPS       of a block
//   MIN_BLOCKS  blocks that should fit a multiprocessor
#include "lane_tile.cuh"

constexpr int kThreads = WARPS * kWarp;

// Threads of a block that finishes, and how many numbers they have side by side.
constexpr int kFinishing = 512;
constexpr int kSide = 32;

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

  // Reads the tile that begins with this row; behind the last row are zeros.
  __device__ __forceinline__ void read(const float* features, const float* targets, long long first,
                                       long long rows) {
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
    const int row = own_row();
    const float* own = targets + (first + row) * kTargets;
#pragma unroll
    for (int j = 0; j < kTargets; j++) {
      y[j] = row < valid ? own[j] : 0;
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

// The padding behind a row's features: read, though not used.
__device__ __forceinline__ void clear_tile(float* tile) {
  for (int i = threadIdx.x % kWarp; i < kTile * kPitch; i += kWarp) {
    tile[i] = 0;
  }
}

// Formula:  sums[block] = Σ ∂cost/∂θ over the block's samples, their weights' sum behind if they
//           have any; seen[block] = Σ cost, hits and weights.
// Shapes:   features rows × N_X; targets rows × kTargets; sums blocks × kSums; seen one per block.
//           With N_X a multiple of 4, features begin at a multiple of 16 bytes.
// Launch:   32 WARPS threads; warps take tiles of kTile samples in turns.
// Aliasing: none.
// Order:    a group of lanes adds its samples in float, one after the other; groups in a fixed
//           tree; a block's warps in their order, in double. Costs in double throughout.
// Caller:   GradientPasses.run
extern "C" __global__ void __launch_bounds__(kThreads, MIN_BLOCKS)
    one_pass(const float* features, const float* targets, long long rows, float* w1, float* b1,
             float* w2, float* b2, float* sums, Tally* seen) {
  constexpr int kTileFloats = kTile * kPitch;
  constexpr int kWarpFloats = kTileFloats > kSums ? kTileFloats : (kSums + 3) / 4 * 4;
  __shared__ __align__(16) float shared[WARPS * kWarpFloats];
  __shared__ Tally of_warps[WARPS];
  const int warp = threadIdx.x / kWarp;

  const Parts theta = {w1, b1, w2, b2};
  for (int i = threadIdx.x; i < kParameters; i += kThreads) {
    shared[i] = *theta.at(i);
  }
  __syncthreads();
  float w[kOwn];
  load_parameters(shared, w);
  __syncthreads();

  float g[kOwn];
#pragma unroll
  for (int i = 0; i < kOwn; i++) {
    g[i] = 0;
  }
  Seen own = {0, 0, 0};
  float* tile = shared + warp * kWarpFloats;
  clear_tile(tile);
  const long long apart = (long long)gridDim.x * WARPS * kTile;
  long long first = ((long long)blockIdx.x * WARPS + warp) * kTile;
  Reader next;
  if (first < rows) {
    next.read(features, targets, first, rows);
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
    const bool valid = first + own_row() < rows;
    first += apart;
    if (first < rows) {
      next.read(features, targets, first, rows);
    }
    take_tile<true>(tile, y, valid, w, g, own);
  }

  __syncwarp();
  write_sums_of_warp(g, tile);
  own.cost = warp_sum(own.cost);
  own.hits = warp_sum(own.hits);
  own.weight = warp_sum(own.weight);
  if (threadIdx.x % kWarp == 0) {
    of_warps[warp] = {own.cost, own.hits, own.weight};
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
