// The gradient in one pass as one_pass.cu takes it, with products by tensor cores: of a network
// with a hidden layer and one output. What P says, and what is fixed at compile time: see
// mma_network.cuh.
#pragma once

#include "mma_sums.cuh"

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

// sum += Σ A B of so many products; factors(u, body) calls body(A, B) with the factors of product
// u.
//
// Whole factors are multiplied and added where the sum is. Split ones make numbers nearly as
// precise as float32, which tensor cores aren't that add to larger ones: they cut off what lies
// behind the last place. So what is left of factors comes first, then the nearest ones, by
// themselves; the product of what is left of both is left out.
template <class P, int kProducts, class Of>
__device__ __forceinline__ void add_products(float (&sum)[4], Of factors) {
  if constexpr (P::kSplit) {
    float c[4] = {0, 0, 0, 0};
#pragma unroll
    for (int u = 0; u < kProducts; u++) {
      factors(u, [&](const LeftFactors<P>& a, const Factors<P>(&b)[2]) {
        const unsigned nearest[2] = {b[0].part[0], b[1].part[0]};
        const unsigned left[2] = {b[0].part[1], b[1].part[1]};
        P::multiply(c, a.part[1], nearest);
        P::multiply(c, a.part[0], left);
      });
    }
#pragma unroll
    for (int u = 0; u < kProducts; u++) {
      factors(u, [&](const LeftFactors<P>& a, const Factors<P>(&b)[2]) {
        const unsigned nearest[2] = {b[0].part[0], b[1].part[0]};
        P::multiply(c, a.part[0], nearest);
      });
    }
#pragma unroll
    for (int r = 0; r < 4; r++) {
      sum[r] += c[r];
    }
  } else {
#pragma unroll
    for (int u = 0; u < kProducts; u++) {
      factors(u, [&](const LeftFactors<P>& a, const Factors<P>(&b)[2]) {
        const unsigned right[2] = {b[0].part[0], b[1].part[0]};
        P::multiply(sum, a.part[0], right);
      });
    }
  }
}

// The right factors on the way forward: of 8 samples h of a tile, for product u.
template <class P>
__device__ __forceinline__ void right_factors(const float* rows, int h, int u, Factors<P> (&x)[2]) {
  const int g = threadIdx.x % kWarp / 4;
  const int t = threadIdx.x % 4;
  const float* row = rows + P::row(g / 2, 2 * h + g % 2) * kPitch;
  const Floats<4> f = features_of<4>(row, 16 * (u / kSteps<P>)+4 * t);
#pragma unroll
  for (int s = 0; s < 2; s++) {
    float of[P::kPacked];
#pragma unroll
    for (int p = 0; p < P::kPacked; p++) {
      of[p] = f.v[feature_of<P>(u % kSteps<P>, s, p)];
    }
    x[s] = P::packed(of);
  }
}

// a += W1 x of a tile by multiply-adds: for infinite features, of which no factors can be split.
// None of it is unrolled further, since it hardly ever runs.
template <class P>
__device__ __forceinline__ void go_forward_on_cores(const float* rows, const float* w1,
                                                    float (&a)[kEights][kSixteens][4]) {
  const int t = threadIdx.x % 4;
#pragma unroll 1
  for (int j = 0; j < N_X; j++) {
    float x[2 * kEights];
#pragma unroll
    for (int n = 0; n < 2 * kEights; n++) {
      x[n] = rows[P::row(t, n) * kPitch + j];
    }
#pragma unroll
    for (int i = 0; i < kSixteens; i++) {
#pragma unroll
      for (int r = 0; r < 2; r++) {
        const int unit = unit_of(i, r);
        const float w = unit < N_H ? w1[unit * N_X + j] : 0;
#pragma unroll
        for (int n = 0; n < 2 * kEights; n++) {
          a[n / 2][i][2 * r + n % 2] += w * x[n];
        }
      }
    }
  }
}

// a += W1 x of a tile.
template <class P>
__device__ __forceinline__ void go_forward(const float* rows, const Network<P>& network,
                                           float (&a)[kEights][kSixteens][4]) {
  constexpr int kProducts = Network<P>::kProducts;
  if constexpr (P::kSplit) {
    Factors<P> x[kEights][kProducts][2];
    float left = 0;
#pragma unroll
    for (int h = 0; h < kEights; h++) {
#pragma unroll
      for (int u = 0; u < kProducts; u++) {
        right_factors<P>(rows, h, u, x[h][u]);
        left += __uint_as_float(x[h][u][0].part[1]) + __uint_as_float(x[h][u][1].part[1]);
      }
    }
    // Of what is infinite, or rounds to it, nothing finite is left.
    if (__any_sync(kAllLanes, !(fabsf(left) < __int_as_float(0x7f800000)))) {
      go_forward_on_cores<P>(rows, network.w1, a);
      return;
    }
    // Weights that have been read serve all samples.
#pragma unroll
    for (int i = 0; i < kSixteens; i++) {
      LeftFactors<P> w[kProducts];
#pragma unroll
      for (int u = 0; u < kProducts; u++) {
        w[u] = network.weights(i, u);
      }
#pragma unroll
      for (int h = 0; h < kEights; h++) {
        add_products<P, kProducts>(a[h][i], [&](int u, auto body) { body(w[u], x[h][u]); });
      }
    }
  } else {
#pragma unroll
    for (int u = 0; u < kProducts; u++) {
#pragma unroll
      for (int h = 0; h < kEights; h++) {
        Factors<P> x[2];
        right_factors<P>(rows, h, u, x);
#pragma unroll
        for (int i = 0; i < kSixteens; i++) {
          add_products<P, 1>(a[h][i], [&](int, auto body) { body(network.weights(i, u), x); });
        }
      }
    }
  }
}

// A tile: forward, output and backward; adds to `sums`.
template <class P>
__device__ __forceinline__ void take_tile_mma(const float* rows, const float (&y)[kTargets],
                                              bool valid, const Refined& refined,
                                              const Network<P>& network, Sums<P>& sums) {
  using Activation = typename P::template Function<ACTIVATION>;
  constexpr int kPacked = P::kPacked;
  constexpr int kSamples = kTile / 4;  // of a lane
  const int lane = threadIdx.x % kWarp;
  const int g = lane / 4;
  const int t = lane % 4;

  float a[kEights][kSixteens][4];
#pragma unroll
  for (int i = 0; i < kSixteens; i++) {
    const OfUnits units = network.of_units(i);
#pragma unroll
    for (int h = 0; h < kEights; h++) {
#pragma unroll
      for (int r = 0; r < 4; r++) {
        a[h][i][r] = units.b1[r / 2];
      }
    }
  }
  go_forward(rows, network, a);
  float part[kSamples] = {};
#pragma unroll
  for (int i = 0; i < kSixteens; i++) {
    const OfUnits units = network.of_units(i);
#pragma unroll
    for (int r = 0; r < 4; r++) {
      const bool there = 16 * i + 16 <= N_H || unit_of(i, r / 2) < N_H;
#pragma unroll
      for (int h = 0; h < kEights; h++) {
        a[h][i][r] = there ? Activation::value(a[h][i][r]) : 0;
        part[2 * h + r % 2] += units.w2[r / 2] * a[h][i][r];
      }
    }
  }

  // The lanes of one t have the same samples: each keeps one.
  scatter_sums<kEights, 4>(part);
  float z = part[0];
#pragma unroll
  for (int apart = 4 * kSamples; apart < kWarp; apart *= 2) {
    z += __shfl_xor_sync(kAllLanes, z, apart);
  }
  float delta[kLogits] = {z + network.b2};
  Seen own = {0, 0, 0};
  judge<true>(delta, y, valid, refined, own);
  if (lane < kTile) {
    OfSamples of_samples = sums.small.of_samples();
    of_samples.seen.cost += own.cost;
    of_samples.seen.hits += own.hits;
    of_samples.seen.weight += own.weight;
    of_samples.b2 += delta[0];
    if constexpr (kWeighted) {
      of_samples.weight += valid ? y[kTargets - 1] : 0;
    }
    sums.small.keep(of_samples);
  }
  float d[kSamples];
#pragma unroll
  for (int n = 0; n < kSamples; n++) {
    d[n] = __shfl_sync(kAllLanes, delta[0], 4 * n + t);
  }

  // The samples are the inner index here: in the first factor as the products above have left them.
  constexpr int kInner = 2 * kPacked;  // samples of a lane that a product adds up
#pragma unroll
  for (int u = 0; u < kSamples / kInner; u++) {
    if constexpr (P::kSplit) {
      // The compiler would read what follows above, into registers that it doesn't have.
      __syncwarp();
    }
    Factors<P> x[kBlocksBack * kAside][2];
#pragma unroll
    for (int q = 0; q < kBlocksBack; q++) {
#pragma unroll
      for (int s = 0; s < 2; s++) {
        Floats<kAside> f[kPacked];
#pragma unroll
        for (int p = 0; p < kPacked; p++) {
          const int n = u * kInner + s * kPacked + p;
          f[p] = features_of<kAside>(rows + P::row(t, n) * kPitch, (8 * q + g) * kAside);
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
      const OfUnits units = network.of_units(i);
      OfUnits of_units = sums.small.of_units(i);
      float slope[2][kInner];
#pragma unroll
      for (int r = 0; r < 2; r++) {
#pragma unroll
        for (int k = 0; k < kInner; k++) {
          const int n = u * kInner + k;
          const float of_unit = a[n / 2][i][2 * r + n % 2];
          of_units.w2[r] += d[n] * of_unit;
          slope[r][k] = d[n] * units.w2[r] * Activation::slope(of_unit);
          of_units.b1[r] += slope[r][k];
        }
      }
      sums.small.keep(i, of_units);
      LeftFactors<P> left;
#pragma unroll
      for (int r = 0; r < 4; r++) {
        float of[kPacked];
#pragma unroll
        for (int p = 0; p < kPacked; p++) {
          of[p] = slope[r % 2][r / 2 * kPacked + p];
        }
        left.set(r, P::packed(of));
      }
#pragma unroll
      for (int k = 0; k < kBlocksBack * kAside; k++) {
        add_products<P, 1>(sums.w1[i][k], [&](int, auto body) { body(left, x[k]); });
      }
    }
  }
}

// What a kernel does, with products by P.
template <class P>
__device__ __forceinline__ void take_pass(const float* features, const float* targets,
                                          long long rows, const Parts& theta, double loss,
                                          float* sums, Tally* seen) {
  static_assert(kTile % (8 * P::kPacked) == 0, "products add up a tile's samples");
  // The network is the block's; small sums and a tile are a warp's.
  constexpr int kNetwork = Network<P>::kFloats;
  constexpr int kSmall = SmallSums<P>::kFloats;
  constexpr int kUsed = kNetwork + WARPS * (kSmall + kTileFloats);
  __shared__ __align__(16) float shared[kUsed > WARPS * kWarpFloats ? kUsed : WARPS * kWarpFloats];
  const int lane = threadIdx.x % kWarp;
  const int warp = threadIdx.x / kWarp;
  float* of_warp = shared + kNetwork + warp * (kSmall + kTileFloats);
  const Network<P> network(theta, shared);
  const Refined refined = {loss, 1, 0, 0};
  Sums<P> own_sums(of_warp);
  for_tiles(features, targets, rows, of_warp + kSmall, P::row(lane % 4, lane % kTile / 4),
            [&](const float* x, long long, const float(&y)[kTargets], bool valid) {
              take_tile_mma(x, y, valid, refined, network, own_sums);
            });
  const Seen seen_by_lane = own_sums.write(shared + warp * kWarpFloats);
  write_block(shared, seen_by_lane, sums, seen);
}
