// The gradient in one pass as one_pass.cu takes it, with products by tensor cores: of a network
// with a hidden layer and one output. What is fixed at compile time: see one_pass.cu; LANES is 32
// and DEPTH, 8 or 16, the samples of a tile.
//
// A product's 16 rows are hidden units, its 8 columns samples, or features on the way back. With
// g = lane / 4 and t = lane % 4, a lane has of each 16 units those numbered g and g + 8. Which
// samples it has, and what else depends on the precision, says a structure P:
//
//   kPacked         factors in a register; a product's inner size is 8 kPacked
//   kSplit          whether a factor is the sum of two that are multiplied by themselves
//   packed(x)       these factors as a register, or as two: the nearest ones and what is left
//   multiply        a product of mma.cuh
//   row(t, n)       the row of a tile that is sample n of a lane's DEPTH / 4: column 2t + n % 2 of
//                   its product n / 2
//   Function<F>     an activation as precise as the products
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
constexpr int kEights = kTile / 8;  // of samples

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

// A register of factors, or two of which the sum is meant.
template <class P>
struct Factors {
  unsigned part[P::kSplit ? 2 : 1];
};

// Products that 16 features take.
template <class P>
constexpr int kSteps = 2 / P::kPacked;

// What a lane has of a product's left factors.
template <class P>
struct LeftFactors {
  unsigned part[P::kSplit ? 2 : 1][4];

  __device__ __forceinline__ void set(int r, const Factors<P>& factors) {
#pragma unroll
    for (int k = 0; k < (P::kSplit ? 2 : 1); k++) {
      part[k][r] = factors.part[k];
    }
  }
};

// The first layer's weights: of the units of sixteen i, the left factors of product u on the way
// forward.
template <class P>
__device__ __forceinline__ LeftFactors<P> weights_of(const Parts& theta, int i, int u) {
  LeftFactors<P> weights;
#pragma unroll
  for (int r = 0; r < 2; r++) {
#pragma unroll
    for (int s = 0; s < 2; s++) {
      const int unit = unit_of(i, r);
      float w[P::kPacked];
#pragma unroll
      for (int p = 0; p < P::kPacked; p++) {
        const int j =
            16 * (u / kSteps<P>)+4 * (threadIdx.x % 4) + feature_of<P>(u % kSteps<P>, s, p);
        w[p] = unit < N_H && j < N_X ? theta.w1[unit * N_X + j] : 0;
      }
      weights.set(r + 2 * s, P::packed(w));
    }
  }
  return weights;
}

// What a lane has of 16 units beside the first layer's weights, of each of its two.
struct OfUnits {
  float b1[2];
  float w2[2];

  __device__ __forceinline__ OfUnits() : b1{0, 0}, w2{0, 0} {}

  __device__ __forceinline__ OfUnits(const Parts& theta, int i) {
#pragma unroll
    for (int r = 0; r < 2; r++) {
      const int unit = unit_of(i, r);
      b1[r] = unit < N_H ? theta.b1[unit] : 0;
      w2[r] = unit < N_H ? theta.w2[unit] : 0;
    }
  }

  __device__ __forceinline__ explicit OfUnits(const float4& x) : b1{x.x, x.y}, w2{x.z, x.w} {}

  __device__ __forceinline__ float4 floats() const {
    return make_float4(b1[0], b1[1], w2[0], w2[1]);
  }
};

// The network, of which a lane has its part in registers.
template <class P, bool kSplit = P::kSplit>
struct Network {
  static constexpr int kProducts = kBlocks16 * kSteps<P>;  // of 16 units
  static constexpr int kFloats = 0;                        // of shared memory

  LeftFactors<P> w1[kSixteens][kProducts];
  OfUnits units[kSixteens];
  float b2;

  __device__ __forceinline__ Network(const Parts& theta, float*) : b2(theta.b2[0]) {
#pragma unroll
    for (int i = 0; i < kSixteens; i++) {
#pragma unroll
      for (int u = 0; u < kProducts; u++) {
        w1[i][u] = weights_of<P>(theta, i, u);
      }
      units[i] = OfUnits(theta, i);
    }
  }

  // The first layer's weights of the units of sixteen i for product u.
  __device__ __forceinline__ LeftFactors<P> weights(int i, int u) const { return w1[i][u]; }

  __device__ __forceinline__ OfUnits of_units(int i) const { return units[i]; }
};

// The network in shared memory, for all warps: split factors are twice as many.
template <class P>
struct Network<P, true> {
  static constexpr int kProducts = kBlocks16 * kSteps<P>;
  static constexpr int kOfLane = 2 * kProducts + 1;  // four floats at a time, of 16 units
  static constexpr int kFloats = kSixteens * kOfLane * kWarp * 4;

  const float* w1;
  uint4* memory;
  float b2;

  // All threads of the block call this.
  __device__ __forceinline__ Network(const Parts& theta, float* shared)
      : w1(theta.w1), memory(reinterpret_cast<uint4*>(shared)), b2(theta.b2[0]) {
    for (int i = threadIdx.x / kWarp; i < kSixteens; i += WARPS) {
#pragma unroll
      for (int u = 0; u < kProducts; u++) {
        const LeftFactors<P> w = weights_of<P>(theta, i, u);
#pragma unroll
        for (int part = 0; part < 2; part++) {
          const unsigned(&from)[4] = w.part[part];
          *place(i, 2 * u + part) = make_uint4(from[0], from[1], from[2], from[3]);
        }
      }
      *units_of(i) = OfUnits(theta, i).floats();
    }
    __syncthreads();
  }

  __device__ __forceinline__ LeftFactors<P> weights(int i, int u) const {
    LeftFactors<P> w;
#pragma unroll
    for (int part = 0; part < 2; part++) {
      const uint4 from = *place(i, 2 * u + part);
      unsigned(&to)[4] = w.part[part];
      to[0] = from.x;
      to[1] = from.y;
      to[2] = from.z;
      to[3] = from.w;
    }
    return w;
  }

  __device__ __forceinline__ OfUnits of_units(int i) const { return OfUnits(*units_of(i)); }

 private:
  __device__ __forceinline__ uint4* place(int i, int k) const {
    return memory + (i * kOfLane + k) * kWarp + threadIdx.x % kWarp;
  }

  __device__ __forceinline__ float4* units_of(int i) const {
    return reinterpret_cast<float4*>(place(i, kOfLane - 1));
  }
};

// What a lane adds up of its samples beside derivatives by weights and by the units' biases.
struct OfSamples {
  Seen seen;
  float b2;
  float weight;
};

// The smaller part of a lane's sums: those of units, and of samples.
template <class P, bool kSplit = P::kSplit>
struct SmallSums {
  static constexpr int kFloats = 0;  // of a warp's shared memory

  OfUnits units[kSixteens];
  OfSamples samples = {};

  __device__ __forceinline__ explicit SmallSums(float*) {}

  __device__ __forceinline__ OfUnits of_units(int i) const { return units[i]; }

  __device__ __forceinline__ OfSamples of_samples() const { return samples; }

  __device__ __forceinline__ void keep(int i, const OfUnits& sums) { units[i] = sums; }

  __device__ __forceinline__ void keep(const OfSamples& sums) { samples = sums; }
};

// In shared memory: with split factors there are too few registers.
template <class P>
struct SmallSums<P, true> {
  static constexpr int kFloats = (kSixteens * 16 + (int)sizeof(OfSamples)) / 4 * kWarp;

  float4* units;
  OfSamples* samples;

  __device__ __forceinline__ explicit SmallSums(float* memory) {
    const int lane = threadIdx.x % kWarp;
    units = reinterpret_cast<float4*>(memory) + lane;
    samples = reinterpret_cast<OfSamples*>(memory + kSixteens * 4 * kWarp) + lane;
#pragma unroll
    for (int i = 0; i < kSixteens; i++) {
      keep(i, OfUnits());
    }
    keep(OfSamples{});
  }

  __device__ __forceinline__ OfUnits of_units(int i) const { return OfUnits(units[i * kWarp]); }

  __device__ __forceinline__ OfSamples of_samples() const { return *samples; }

  __device__ __forceinline__ void keep(int i, const OfUnits& sums) {
    units[i * kWarp] = sums.floats();
  }

  __device__ __forceinline__ void keep(const OfSamples& sums) { *samples = sums; }
};

// The sums of a lane's derivatives.
template <class P>
struct Sums {
  float w1[kSixteens][kBlocksBack * kAside][4];
  SmallSums<P> small;

  // With SmallSums<P>::kFloats of shared memory that is the warp's own.
  __device__ __forceinline__ explicit Sums(float* memory) : small(memory) {
#pragma unroll
    for (int i = 0; i < kSixteens; i++) {
#pragma unroll
      for (int k = 0; k < kBlocksBack * kAside; k++) {
#pragma unroll
        for (int r = 0; r < 4; r++) {
          w1[i][k][r] = 0;
        }
      }
    }
  }

  // Writes the warp's sums in the parameters' order to shared memory that any warp may have used
  // for something else before, and returns what the lane has seen. All threads of the block call
  // this.
  __device__ __forceinline__ Seen write(float* sums) {
    OfUnits of_units[kSixteens];
#pragma unroll
    for (int i = 0; i < kSixteens; i++) {
      of_units[i] = small.of_units(i);
    }
    const OfSamples of_samples = small.of_samples();
    __syncthreads();
    const int t = threadIdx.x % 4;
#pragma unroll
    for (int i = 0; i < kSixteens; i++) {
#pragma unroll
      for (int r = 0; r < 2; r++) {
        const int unit = unit_of(i, r);
        const float to_b1 = sum_of_four(of_units[i].b1[r]);
        const float to_w2 = sum_of_four(of_units[i].w2[r]);
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
    const float b2 = warp_sum(of_samples.b2);
    const float weight = warp_sum(of_samples.weight);
    if (threadIdx.x % kWarp == 0) {
      sums[kSecondBias] = b2;
      if constexpr (kWeighted) {
        sums[kParameters] = weight;
      }
    }
    return of_samples.seen;
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
