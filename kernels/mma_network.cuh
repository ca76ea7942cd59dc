// What a warp has of a network whose products tensor cores take: a hidden layer and one output.
// What is fixed at compile time: see one_pass.cu; LANES is 32 and DEPTH, 8 or 16, the samples of a
// tile.
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
