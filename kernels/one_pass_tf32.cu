// The gradient in one pass as one_pass.cu takes it, with products by tensor cores: of a network
// with a hidden layer and one output. What is fixed at compile time: see one_pass.cu; LANES is 32
// and DEPTH 8, so that a tile has 8 samples.
//
// A product's 16 rows are hidden units, its 8 columns samples, or features on the way back. With
// g = lane / 4 and t = lane % 4, a lane has of each 16 units those numbered g and g + 8, of the
// samples t and t + 4, whose output the lanes with that number, modulo 8, compute.
#include "mma.cuh"
#include "one_pass.cuh"

static_assert(N_H > 0 && N_Y == 1, "a hidden layer and one output");
static_assert(kTile == 8 && kLanes == kWarp, "a product has 8 columns");

constexpr int kSixteens = (N_H + 15) / 16;  // of units
constexpr int kBlocks16 = (N_X + 15) / 16;  // of features, two products each on the way forward
constexpr int kAside = N_X <= 8    ? 1
                       : N_X <= 16 ? 2
                                   : 4;  // features that a lane has on the way back
constexpr int kBlocksBack = (N_X + 8 * kAside - 1) / (8 * kAside);

// Activations of the precision of the products, where there are such.
template <class F>
struct Near : F {};

template <>
struct Near<Tanh> : Tanh {
  static __device__ __forceinline__ float value(float z) { return tanh_near(z); }
};

template <>
struct Near<Sigmoid> : Sigmoid {
  static __device__ __forceinline__ float value(float z) {
    return 0.5f + 0.5f * tanh_near(0.5f * z);
  }
};

// Of what a lane has, number r of the units of sixteen i.
__device__ __forceinline__ int unit_of(int i, int r) {
  return 16 * i + threadIdx.x % kWarp / 4 + 8 * r;
}

// What a lane has of the network.
struct Network {
  unsigned w1[kSixteens][2 * kBlocks16][4];
  float b1[kSixteens][2];
  float w2[kSixteens][2];
  float b2;

  __device__ __forceinline__ explicit Network(const Parts& theta) {
    const int t = threadIdx.x % 4;
#pragma unroll
    for (int i = 0; i < kSixteens; i++) {
#pragma unroll
      for (int r = 0; r < 2; r++) {
        const int unit = unit_of(i, r);
        b1[i][r] = unit < N_H ? theta.b1[unit] : 0;
        w2[i][r] = unit < N_H ? theta.w2[unit] : 0;
#pragma unroll
        for (int k = 0; k < 2 * kBlocks16; k++) {
#pragma unroll
          for (int s = 0; s < 2; s++) {
            const int j = 16 * (k / 2) + 4 * t + 2 * (k % 2) + s;
            w1[i][k][r + 2 * s] = to_tf32(unit < N_H && j < N_X ? theta.w1[unit * N_X + j] : 0);
          }
        }
      }
    }
    b2 = theta.b2[0];
  }
};

// The sums of a lane's derivatives.
struct Sums {
  float w1[kSixteens][kBlocksBack * kAside][4];
  float b1[kSixteens][2];
  float w2[kSixteens][2];
  float b2;
  float weight;

  __device__ __forceinline__ Sums() {
#pragma unroll
    for (int i = 0; i < kSixteens; i++) {
#pragma unroll
      for (int k = 0; k < kBlocksBack * kAside; k++) {
#pragma unroll
        for (int r = 0; r < 4; r++) {
          w1[i][k][r] = 0;
        }
      }
      b1[i][0] = b1[i][1] = w2[i][0] = w2[i][1] = 0;
    }
    b2 = weight = 0;
  }

  // Writes the warp's sums in the parameters' order.
  __device__ __forceinline__ void write(float* sums) {
    const int t = threadIdx.x % 4;
#pragma unroll
    for (int i = 0; i < kSixteens; i++) {
#pragma unroll
      for (int r = 0; r < 2; r++) {
        const int unit = unit_of(i, r);
        const float to_b1 = sum_of_four(b1[i][r]);
        const float to_w2 = sum_of_four(w2[i][r]);
        if (unit < N_H) {
#pragma unroll
          for (int k = 0; k < kBlocksBack * kAside; k++) {
#pragma unroll
            for (int s = 0; s < 2; s++) {
              const int j = (k / kAside * 8 + 2 * t + s) * kAside + k % kAside;
              if (j < N_X) {
                sums[unit * N_X + j] = w1[i][k][2 * r + s];
              }
            }
          }
          if (t == 0) {
            sums[kFirstBias + unit] = to_b1;
            sums[kSecondWeights + unit] = to_w2;
          }
        }
      }
    }
    b2 = warp_sum(b2);
    weight = warp_sum(weight);
    if (threadIdx.x % kWarp == 0) {
      sums[kSecondBias] = b2;
      if constexpr (kWeighted) {
        sums[kParameters] = weight;
      }
    }
  }

 private:
  static __device__ __forceinline__ float sum_of_four(float x) {
    x += __shfl_xor_sync(kAllLanes, x, 1);
    return x + __shfl_xor_sync(kAllLanes, x, 2);
  }
};

// N floats of a row from feature `first` on; 0 behind the last.
template <int N>
__device__ __forceinline__ Floats<N> features_of(const float* row, int first) {
  if constexpr (N == 2) {
    const bool there = first < N_X;
    const float2 x = there ? *reinterpret_cast<const float2*>(row + first) : make_float2(0, 0);
    return {{x.x, x.y}};
  } else {
    return first < N_X ? load<N>(row + first) : Floats<N>{};
  }
}

// A tile: forward, output and backward; adds to `sums` and `seen`.
__device__ __forceinline__ void take_tile_tf32(const float* rows, const float (&y)[kTargets],
                                               bool valid, const Refined& refined,
                                               const Network& network, Sums& sums, Seen& seen) {
  using Activation = Near<ACTIVATION>;
  const int lane = threadIdx.x % kWarp;
  const int g = lane / 4;
  const int t = lane % 4;

  // Column g of a product is sample g / 2 + 4 (g % 2), so that columns 2t and 2t + 1 are t, t + 4.
  float a[kSixteens][4];
#pragma unroll
  for (int i = 0; i < kSixteens; i++) {
    a[i][0] = a[i][1] = network.b1[i][0];
    a[i][2] = a[i][3] = network.b1[i][1];
  }
#pragma unroll
  for (int q = 0; q < kBlocks16; q++) {
    const Floats<4> x = features_of<4>(rows + (g / 2 + 4 * (g % 2)) * kPitch, 16 * q + 4 * t);
#pragma unroll
    for (int s = 0; s < 2; s++) {
      const unsigned b[2] = {to_tf32(x.v[2 * s]), to_tf32(x.v[2 * s + 1])};
#pragma unroll
      for (int i = 0; i < kSixteens; i++) {
        multiply_tf32(a[i], network.w1[i][2 * q + s], b);
      }
    }
  }
  float part[2] = {0, 0};
#pragma unroll
  for (int i = 0; i < kSixteens; i++) {
#pragma unroll
    for (int r = 0; r < 4; r++) {
      const bool there = 16 * i + 16 <= N_H || unit_of(i, r / 2) < N_H;
      a[i][r] = there ? Activation::value(a[i][r]) : 0;
      part[r % 2] += network.w2[i][r / 2] * a[i][r];
    }
  }

  // The lanes of one t have the same two samples: half of them keep one, half the other.
  const bool second = lane & 4;
  float z =
      (second ? part[1] : part[0]) + __shfl_xor_sync(kAllLanes, second ? part[0] : part[1], 4);
  z += __shfl_xor_sync(kAllLanes, z, 8);
  z += __shfl_xor_sync(kAllLanes, z, 16);
  float delta[kLogits] = {z + network.b2};
  Seen own = {0, 0, 0};
  judge<true>(delta, y, valid, refined, own);
  if (lane < kTile) {
    seen.cost += own.cost;
    seen.hits += own.hits;
    seen.weight += own.weight;
    sums.b2 += delta[0];
    if constexpr (kWeighted) {
      sums.weight += valid ? y[kTargets - 1] : 0;
    }
  }
  const float other = __shfl_xor_sync(kAllLanes, delta[0], 4);
  const float d[2] = {second ? other : delta[0], second ? delta[0] : other};

  // Rows t and t + 4 of the other factor are the samples of columns 2t and 2t + 1.
  unsigned x[kBlocksBack * kAside][2];
#pragma unroll
  for (int q = 0; q < kBlocksBack; q++) {
#pragma unroll
    for (int s = 0; s < 2; s++) {
      const Floats<kAside> f =
          features_of<kAside>(rows + (t + 4 * s) * kPitch, (8 * q + g) * kAside);
#pragma unroll
      for (int k = 0; k < kAside; k++) {
        x[q * kAside + k][s] = to_tf32(f.v[k]);
      }
    }
  }
#pragma unroll
  for (int i = 0; i < kSixteens; i++) {
    float slope[4];
#pragma unroll
    for (int r = 0; r < 4; r++) {
      sums.w2[i][r / 2] += d[r % 2] * a[i][r];
      slope[r] = d[r % 2] * network.w2[i][r / 2] * Activation::slope(a[i][r]);
      sums.b1[i][r / 2] += slope[r];
    }
    const unsigned left[4] = {to_tf32(slope[0]), to_tf32(slope[2]), to_tf32(slope[1]),
                              to_tf32(slope[3])};
#pragma unroll
    for (int k = 0; k < kBlocksBack * kAside; k++) {
      multiply_tf32(sums.w1[i][k], left, x[k]);
    }
  }
}

// Formula:  sums[block] = Σ ∂cost/∂θ over the block's samples, their weights' sum behind if they
//           have any; seen[block] = Σ cost, hits and weights. Factors have 10 bits of fraction.
// Shapes:   as one_pass.
// Launch:   32 WARPS threads; warps take tiles of 8 samples in turns.
// Aliasing: none.
// Order:    a warp adds its tiles in float, one after the other, each in the order of the tensor
//           cores; a block's warps in their order, in double. Costs in double throughout.
// Caller:   CudaOperations.run(GradientPass)
extern "C" __global__ void __launch_bounds__(kThreads, MIN_BLOCKS)
    one_pass_tf32(const float* features, const float* targets, long long rows, float* w1, float* b1,
                  float* w2, float* b2, double loss, float* sums, Tally* seen) {
  __shared__ __align__(16) float shared[WARPS * kWarpFloats];
  const Network network(Parts{w1, b1, w2, b2});
  const Refined refined = {loss, 1, 0, 0};
  Sums own_sums;
  Seen own = {0, 0, 0};
  float* tile = shared + threadIdx.x / kWarp * kWarpFloats;
  for_tiles(features, targets, rows, tile,
            [&](const float* x, long long, const float(&y)[kTargets], bool valid) {
              take_tile_tf32(x, y, valid, refined, network, own_sums, own);
            });
  own_sums.write(tile);
  write_block(shared, own, sums, seen);
}
