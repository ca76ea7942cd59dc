// The activations. Each derivative is taken from a = f(z). Comparisons are written so that
// not-a-number goes through: it is neither above nor at most 0.
#pragma once

#include "common.cuh"

struct Relu {
  static __device__ __forceinline__ float value(float z) { return z <= 0 ? 0.0f : z; }
  static __device__ __forceinline__ float slope(float a) {
    return a > 0 ? 1.0f : a <= 0 ? 0.0f : a;
  }
};

struct LeakyRelu {
  static constexpr float kSlope = 0.01f;
  static __device__ __forceinline__ float value(float z) { return z > 0 ? z : kSlope * z; }
  static __device__ __forceinline__ float slope(float a) {
    return a > 0 ? 1.0f : a <= 0 ? kSlope : a;
  }
};

struct Tanh {
  static __device__ __forceinline__ float value(float z) { return tanhf(z); }
  static __device__ __forceinline__ float slope(float a) { return 1 - a * a; }
};

struct Sigmoid {
  // With e = e^-|z| nothing overflows.
  static __device__ __forceinline__ float value(float z) {
    const float e = expf(-fabsf(z));
    return (z >= 0 ? 1.0f : e) / (1 + e);
  }
  static __device__ __forceinline__ float slope(float a) { return a * (1 - a); }
};

struct Identity {
  static __device__ __forceinline__ float value(float z) { return z; }
  static __device__ __forceinline__ float slope(float) { return 1; }
};
