// What a warp adds up of a network's derivatives with products by tensor cores, in their order: see
// mma_network.cuh.
#pragma once

#include "mma_network.cuh"

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
