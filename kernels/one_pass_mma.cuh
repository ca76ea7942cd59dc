// The gradient in one pass as one_pass.cu takes it, with products by tensor cores: of a network
// with a hidden layer and one output. What is fixed at compile time: see one_pass.cu; LANES is 32
// and DEPTH the inner size of a product, 8 or 16, so that a tile has as many samples.
//
// A product's 16 rows are hidden units, its 8 columns samples, or features on the way back. With
// g = lane / 4 and t = lane % 4, a lane has of each 16 units those numbered g and g + 8. Which
// samples it has, and what else depends on the precision, says a structure P:
//
//   kPacked         factors in a register; a product's inner size is 8 kPacked
//   packed(x)       these factors as a register
//   multiply        a product of mma.cuh
//   row(t, n)       the row of a tile that is sample n of a lane's 2 kPacked: column 2t + n % 2 of
//                   its product n / 2
#pragma once

#include "mma.cuh"
#include "one_pass.cuh"

static_assert(N_H > 0 && N_Y == 1, "a hidden layer and one output");
static_assert(kLanes == kWarp, "a warp shares its samples");

constexpr int kSixteens = (N_H + 15) / 16;  // of units
constexpr int kBlocks16 = (N_X + 15) / 16;  // of features on the way forward
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

// Which of the four features of 16 that a lane has is factor p of register s of a product.
template <class P>
__device__ __forceinline__ constexpr int feature_of(int step, int s, int p) {
  return (2 * step + s) * P::kPacked + p;
}

// What a lane has of the network.
template <class P>
struct Network {
  static constexpr int kSteps = 2 / P::kPacked;  // products that 16 features take

  unsigned w1[kSixteens][kBlocks16][kSteps][4];
  float b1[kSixteens][2];
  float w2[kSixteens][2];
  float b2;

  __device__ __forceinline__ explicit Network(const Parts& theta) {
#pragma unroll
    for (int i = 0; i < kSixteens; i++) {
#pragma unroll
      for (int r = 0; r < 2; r++) {
        const int unit = unit_of(i, r);
        b1[i][r] = unit < N_H ? theta.b1[unit] : 0;
        w2[i][r] = unit < N_H ? theta.w2[unit] : 0;
#pragma unroll
        for (int q = 0; q < kBlocks16; q++) {
#pragma unroll
          for (int step = 0; step < kSteps; step++) {
#pragma unroll
            for (int s = 0; s < 2; s++) {
              w1[i][q][step][r + 2 * s] = weights(theta, unit, q, step, s);
            }
          }
        }
      }
    }
    b2 = theta.b2[0];
  }

 private:
  static __device__ __forceinline__ unsigned weights(const Parts& theta, int unit, int q, int step,
                                                     int s) {
    float w[P::kPacked];
#pragma unroll
    for (int p = 0; p < P::kPacked; p++) {
      const int j = 16 * q + 4 * (threadIdx.x % 4) + feature_of<P>(step, s, p);
      w[p] = unit < N_H && j < N_X ? theta.w1[unit * N_X + j] : 0;
    }
    return P::packed(w);
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
template <class P>
__device__ __forceinline__ void take_tile_mma(const float* rows, const float (&y)[kTargets],
                                              bool valid, const Refined& refined,
                                              const Network<P>& network, Sums& sums, Seen& seen) {
  using Activation = Near<ACTIVATION>;
  constexpr int kPacked = P::kPacked;
  constexpr int kSamples = 2 * kPacked;  // of a lane
  const int lane = threadIdx.x % kWarp;
  const int g = lane / 4;
  const int t = lane % 4;

  float a[kPacked][kSixteens][4];
#pragma unroll
  for (int h = 0; h < kPacked; h++) {
#pragma unroll
    for (int i = 0; i < kSixteens; i++) {
#pragma unroll
      for (int r = 0; r < 4; r++) {
        a[h][i][r] = network.b1[i][r / 2];
      }
    }
  }
#pragma unroll
  for (int q = 0; q < kBlocks16; q++) {
#pragma unroll
    for (int h = 0; h < kPacked; h++) {
      const Floats<4> x =
          features_of<4>(rows + P::row(g / 2, 2 * h + g % 2) * kPitch, 16 * q + 4 * t);
#pragma unroll
      for (int step = 0; step < Network<P>::kSteps; step++) {
        unsigned b[2];
#pragma unroll
        for (int s = 0; s < 2; s++) {
          float of[kPacked];
#pragma unroll
          for (int p = 0; p < kPacked; p++) {
            of[p] = x.v[feature_of<P>(step, s, p)];
          }
          b[s] = P::packed(of);
        }
#pragma unroll
        for (int i = 0; i < kSixteens; i++) {
          P::multiply(a[h][i], network.w1[i][q][step], b);
        }
      }
    }
  }
  float part[kSamples] = {};
#pragma unroll
  for (int i = 0; i < kSixteens; i++) {
#pragma unroll
    for (int r = 0; r < 4; r++) {
      const bool there = 16 * i + 16 <= N_H || unit_of(i, r / 2) < N_H;
#pragma unroll
      for (int h = 0; h < kPacked; h++) {
        a[h][i][r] = there ? Activation::value(a[h][i][r]) : 0;
        part[2 * h + r % 2] += network.w2[i][r / 2] * a[h][i][r];
      }
    }
  }

  // The lanes of one t have the same samples: each keeps one.
  scatter_sums<kPacked, 4>(part);
  float z = part[0];
#pragma unroll
  for (int apart = 4 * kSamples; apart < kWarp; apart *= 2) {
    z += __shfl_xor_sync(kAllLanes, z, apart);
  }
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
  float d[kSamples];
#pragma unroll
  for (int n = 0; n < kSamples; n++) {
    d[n] = __shfl_sync(kAllLanes, delta[0], 4 * n + t);
  }

  // The samples are the inner index here: in the first factor as the products above have left them.
  unsigned x[kBlocksBack * kAside][2];
#pragma unroll
  for (int q = 0; q < kBlocksBack; q++) {
#pragma unroll
    for (int s = 0; s < 2; s++) {
      Floats<kAside> f[kPacked];
#pragma unroll
      for (int p = 0; p < kPacked; p++) {
        f[p] =
            features_of<kAside>(rows + P::row(t, kPacked * s + p) * kPitch, (8 * q + g) * kAside);
      }
#pragma unroll
      for (int k = 0; k < kAside; k++) {
        float of[kPacked];
#pragma unroll
        for (int p = 0; p < kPacked; p++) {
          of[p] = f[p].v[k];
        }
        x[q * kAside + k][s] = P::packed(of);
      }
    }
  }
#pragma unroll
  for (int i = 0; i < kSixteens; i++) {
    float slope[2][kSamples];
#pragma unroll
    for (int r = 0; r < 2; r++) {
#pragma unroll
      for (int n = 0; n < kSamples; n++) {
        const float of_unit = a[n / 2][i][2 * r + n % 2];
        sums.w2[i][r] += d[n] * of_unit;
        slope[r][n] = d[n] * network.w2[i][r] * Activation::slope(of_unit);
        sums.b1[i][r] += slope[r][n];
      }
    }
    unsigned left[4];
#pragma unroll
    for (int r = 0; r < 4; r++) {
      float of[kPacked];
#pragma unroll
      for (int p = 0; p < kPacked; p++) {
        of[p] = slope[r % 2][r / 2 * kPacked + p];
      }
      left[r] = P::packed(of);
    }
#pragma unroll
    for (int k = 0; k < kBlocksBack * kAside; k++) {
      P::multiply(sums.w1[i][k], left, x[k]);
    }
  }
}

// What a kernel does, with products by P.
template <class P>
__device__ __forceinline__ void take_pass(const float* features, const float* targets,
                                          long long rows, const Parts& theta, double loss,
                                          float* sums, Tally* seen) {
  static_assert(kTile == 8 * P::kPacked, "a tile has as many samples as a product adds up");
  __shared__ __align__(16) float shared[WARPS * kWarpFloats];
  const int lane = threadIdx.x % kWarp;
  const Network<P> network(theta);
  const Refined refined = {loss, 1, 0, 0};
  Sums own_sums;
  Seen own = {0, 0, 0};
  float* tile = shared + threadIdx.x / kWarp * kWarpFloats;
  for_tiles(features, targets, rows, tile, P::row(lane % 4, lane % kTile / 4),
            [&](const float* x, long long, const float(&y)[kTargets], bool valid) {
              take_tile_mma(x, y, valid, refined, network, own_sums, own);
            });
  own_sums.write(tile);
  write_block(shared, own, sums, seen);
}
