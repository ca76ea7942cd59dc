// The gradient of a network with at most one hidden layer in one pass over the samples: nothing but
// features and targets is read, and nothing is written but sums. What is fixed at compile time: see
// lane_tile.cuh, and
//
//   WARPS       of a block
//   MIN_BLOCKS  blocks that should fit a multiprocessor
#include "one_pass.cuh"

// Formula:  sums[block] = kPart Σ ∂cost/∂θ over the block's samples, their weights' sum behind if
//           they have any; seen[block] = Σ cost, hits and weights, or of hits Σ ½ (a - y)². `loss`
//           is the parameter of LOSS; what dropout leaves, of samples at places from `place` on of
//           the batch of this step, is multiplied by `keep`.
// Shapes:   features rows × N_X; targets rows × kTargets; sums blocks × kSums; seen one per block;
//           steps one, or null without dropout. With N_X a multiple of 4, features begin at a
//           multiple of 16 bytes.
// Launch:   32 WARPS threads; warps take tiles of kTile samples in turns.
// Aliasing: none.
// Order:    a group of lanes adds its samples in float, one after the other; groups in a fixed
//           tree; a block's warps in their order, in double. Costs in double throughout.
// Caller:   CudaOperations.run(GradientPass)
extern "C" __global__ void __launch_bounds__(kThreads, MIN_BLOCKS)
    one_pass(const float* features, const float* targets, long long rows, float* w1, float* b1,
             float* w2, float* b2, double loss, float keep, int threshold, long long seed,
             const long long* steps, long long place, float* sums, Tally* seen) {
  __shared__ __align__(16) float shared[WARPS * kWarpFloats];
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
  const Refined refined = {loss, keep, (unsigned)threshold, (Bits)seed};
  const unsigned before = kDrops ? (unsigned)*steps : 0;
  float* tile = shared + threadIdx.x / kWarp * kWarpFloats;
  for_tiles(features, targets, rows, tile, own_row(),
            [&](const float* x, long long first, const float(&y)[kTargets], bool valid) {
              take_tile<true>(x, {before, (unsigned)(place + first)}, y, valid, refined, w, g, own);
            });
  write_sums_of_warp(g, tile);
  write_block(shared, own, sums, seen);
}
