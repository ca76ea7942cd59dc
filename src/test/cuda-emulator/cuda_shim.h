// CUDA C++ as host C++: included before a kernel's source when it is compiled for the emulation.
#pragma once

// The C headers: C++'s forms of them are 20,000 lines, which every kernel would parse.
#define _GLIBCXX_INCLUDE_NEXT_C_HEADERS
#include <math.h>
#include <string.h>

#include "kernel_abi.h"
#include "shim_math.h"

// For kernels with a twin of their inline PTX.
#define __CUDA_EMULATION__ 1

// __global__ and the text of `extern __shared__` are found and rewritten by nvrtc.cpp.
#define __global__ __emulated_global__
#define __shared__ static thread_local
#define __device__
#define __host__
#define __constant__ __attribute__((visibility("default"), used))
// What is compiled quickly has each function once.
#ifdef __OPTIMIZE__
#define __forceinline__ inline __attribute__((always_inline))
#else
#define __forceinline__ inline
#endif
#define __noinline__ __attribute__((noinline))
#define __launch_bounds__(...)
#define __align__(n) __attribute__((aligned(n)))
#define __grid_constant__

using uint3 = emulator::Index3;
struct dim3 {
  unsigned x, y, z;
  constexpr dim3(unsigned x_ = 1, unsigned y_ = 1, unsigned z_ = 1) : x(x_), y(y_), z(z_) {}
};

#define threadIdx (emulator::emulator_thread.thread)
#define blockIdx (emulator::emulator_thread.block)
#define blockDim (emulator::emulator_thread.block_size)
#define gridDim (emulator::emulator_thread.grid_size)
#define warpSize 32

#define EMULATOR_VECTORS(T, name)                                           \
  struct alignas(sizeof(T) * 2) name##2 {                                   \
    T x, y;                                                                 \
  };                                                                        \
  struct name##3 {                                                          \
    T x, y, z;                                                              \
  };                                                                        \
  struct alignas(sizeof(T) * 4 < 16 ? sizeof(T) * 4 : 16) name##4 {         \
    T x, y, z, w;                                                           \
  };                                                                        \
  static inline name##2 make_##name##2(T x, T y) { return {x, y}; }         \
  static inline name##3 make_##name##3(T x, T y, T z) { return {x, y, z}; } \
  static inline name##4 make_##name##4(T x, T y, T z, T w) { return {x, y, z, w}; }
EMULATOR_VECTORS(float, float)
EMULATOR_VECTORS(double, double)
EMULATOR_VECTORS(int, int)
EMULATOR_VECTORS(unsigned char, uchar)
EMULATOR_VECTORS(long long, longlong)
#undef EMULATOR_VECTORS
struct alignas(8) uint2 {
  unsigned x, y;
};
struct alignas(16) uint4 {
  unsigned x, y, z, w;
};
static inline uint2 make_uint2(unsigned x, unsigned y) { return {x, y}; }
static inline uint4 make_uint4(unsigned x, unsigned y, unsigned z, unsigned w) {
  return {x, y, z, w};
}

static inline void __syncthreads() { emulator::emulator_sync_block(); }
static inline int __syncthreads_count(int p) {
  return emulator::emulator_sync_block_reduce(emulator::kCount, p);
}
static inline int __syncthreads_and(int p) {
  return emulator::emulator_sync_block_reduce(emulator::kAnd, p);
}
static inline int __syncthreads_or(int p) {
  return emulator::emulator_sync_block_reduce(emulator::kOr, p);
}
static inline void __syncwarp(unsigned mask = ~0u) { emulator::emulator_sync_warp(mask); }
static inline void __threadfence() { __atomic_thread_fence(__ATOMIC_SEQ_CST); }
static inline void __threadfence_block() { __atomic_thread_fence(__ATOMIC_SEQ_CST); }
static inline unsigned __ballot_sync(unsigned mask, int p) {
  return emulator::emulator_ballot(mask, p);
}
static inline int __any_sync(unsigned mask, int p) {
  return emulator::emulator_ballot(mask, p) != 0;
}
static inline int __all_sync(unsigned mask, int p) {
  return emulator::emulator_ballot(mask, !p) == 0;
}
static inline void __trap() { emulator::emulator_fault("__trap()"); }

namespace emulator {

// Reading a lane that takes no part is undefined: here it gives NaN, as a double too.
template <typename T>
static inline T shuffle(unsigned mask, T value, int source) {
  static_assert(sizeof(T) == 4 || sizeof(T) == 8, "shuffles take values of 4 or 8 bytes");
  uint64_t bits = 0;
  memcpy(&bits, &value, sizeof(T));
  bool valid;
  bits = emulator_shuffle(mask, bits, source, &valid);
  if (!valid) bits = 0x7fbadbad7fbadbadull;
  memcpy(&value, &bits, sizeof(T));
  return value;
}

template <typename T>
static inline T* dynamic_shared() {
  return reinterpret_cast<T*>(emulator_thread.dynamic_shared);
}

}  // namespace emulator

template <typename T>
static inline T __shfl_sync(unsigned mask, T value, int source, int width = 32) {
  const int lane = emulator::emulator_thread.lane;
  return emulator::shuffle(mask, value, (lane & ~(width - 1)) + (source & (width - 1)));
}
template <typename T>
static inline T __shfl_up_sync(unsigned mask, T value, unsigned delta, int width = 32) {
  const int lane = emulator::emulator_thread.lane;
  const int source = lane - static_cast<int>(delta);
  return emulator::shuffle(mask, value, source < (lane & ~(width - 1)) ? lane : source);
}
template <typename T>
static inline T __shfl_down_sync(unsigned mask, T value, unsigned delta, int width = 32) {
  const int lane = emulator::emulator_thread.lane;
  const int source = lane + static_cast<int>(delta);
  return emulator::shuffle(mask, value, source >= (lane & ~(width - 1)) + width ? lane : source);
}
template <typename T>
static inline T __shfl_xor_sync(unsigned mask, T value, int bits, int width = 32) {
  const int lane = emulator::emulator_thread.lane;
  const int source = lane ^ bits;
  return emulator::shuffle(mask, value, source >= (lane & ~(width - 1)) + width ? lane : source);
}

// Integers only: sums of floats must not depend on the order of threads.
template <typename T>
struct AtomicInteger;
template <>
struct AtomicInteger<int> {
  using Type = int;
};
template <>
struct AtomicInteger<unsigned> {
  using Type = unsigned;
};
template <>
struct AtomicInteger<long long> {
  using Type = long long;
};
template <>
struct AtomicInteger<unsigned long long> {
  using Type = unsigned long long;
};
template <typename T>
using AtomicValue = typename AtomicInteger<T>::Type;
template <typename T>
static inline T atomicAdd(T* p, AtomicValue<T> v) {
  return __atomic_fetch_add(p, v, __ATOMIC_RELAXED);
}
template <typename T>
static inline T atomicSub(T* p, AtomicValue<T> v) {
  return __atomic_fetch_sub(p, v, __ATOMIC_RELAXED);
}
template <typename T>
static inline T atomicOr(T* p, AtomicValue<T> v) {
  return __atomic_fetch_or(p, v, __ATOMIC_RELAXED);
}
template <typename T>
static inline T atomicAnd(T* p, AtomicValue<T> v) {
  return __atomic_fetch_and(p, v, __ATOMIC_RELAXED);
}
template <typename T>
static inline T atomicExch(T* p, AtomicValue<T> v) {
  return __atomic_exchange_n(p, v, __ATOMIC_RELAXED);
}
template <typename T>
static inline T atomicCAS(T* p, AtomicValue<T> expected, AtomicValue<T> v) {
  __atomic_compare_exchange_n(p, &expected, v, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED);
  return expected;
}
template <typename T>
static inline T atomicMax(T* p, AtomicValue<T> v) {
  T old = *p;
  while (old < v &&
         !__atomic_compare_exchange_n(p, &old, v, true, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
  }
  return old;
}
template <typename T>
static inline T atomicMin(T* p, AtomicValue<T> v) {
  T old = *p;
  while (v < old &&
         !__atomic_compare_exchange_n(p, &old, v, true, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
  }
  return old;
}

// Modules of other builds of the emulation are refused.
extern "C" EMULATOR_EXPORT const int emulator_build = EMULATOR_BUILD;

// The record by which the driver finds and calls a kernel; nvrtc.cpp appends one per kernel.
namespace emulator {
template <typename T>
struct Parameter {
  using Stored = T;
  static constexpr bool pointer = false;
};
template <typename T>
struct Parameter<const T> : Parameter<T> {};
template <typename T>
struct Parameter<T*> {
  using Stored = T*;
  static constexpr bool pointer = true;
};

template <auto F>
struct Thunk;
template <typename... A, void (*F)(A...)>
struct Thunk<F> {
  static constexpr unsigned count = sizeof...(A);
  static constexpr unsigned sizes[] = {unsigned{sizeof(A)}..., 0};
  static constexpr unsigned alignments[] = {unsigned{alignof(A)}..., 0};
  static constexpr bool pointers[] = {Parameter<A>::pointer..., false};
  template <size_t... I>
  EMULATOR_UNCHECKED static void call(void** p) {
    F(*static_cast<typename Parameter<A>::Stored*>(p[I])...);
  }
  EMULATOR_UNCHECKED static void invoke(void** p) { call<__integer_pack(sizeof...(A))...>(p); }
};

template <auto F>
constexpr Kernel record() {
  return {Thunk<F>::count, Thunk<F>::sizes, Thunk<F>::alignments, Thunk<F>::pointers,
          Thunk<F>::invoke};
}
}  // namespace emulator
