// What all kernels share. Sources here include nothing but each other: they are compiled at run
// time, where there are no headers.
#pragma once

constexpr int kBlock = 256;  // threads in a block of every kernel
constexpr int kWarp = 32;
constexpr unsigned kAllLanes = 0xffffffffu;

// What the compiler may count on, so that it has the registers it needs: left to itself, it prefers
// to keep some values in memory.
constexpr int kBlocksPerSm = 4;

// What a tally holds, and what one block adds to it.
struct Tally {
  double cost;
  double hits;
  double weight;
};

__device__ __forceinline__ long long thread_number() {
  return (long long)blockIdx.x * kBlock + threadIdx.x;
}

__device__ __forceinline__ long long thread_count() { return (long long)gridDim.x * kBlock; }

// The arguments that a block works with: the launch's one, or of a stack's launch, which has a row
// of blocks (the grid's y) for each of many, those of its row.
template <class Arguments>
__device__ __forceinline__ Arguments own(const Arguments& one, const Arguments* many) {
  return many == nullptr ? one : many[blockIdx.y];
}

// N floats that are loaded and stored at once.
template <int N>
struct Floats {
  float v[N];
};

template <int N>
__device__ __forceinline__ Floats<N> load(const float* p) {
  if constexpr (N == 4) {
    const float4 q = *reinterpret_cast<const float4*>(p);
    return {{q.x, q.y, q.z, q.w}};
  } else {
    return {{*p}};
  }
}

template <int N>
__device__ __forceinline__ void store(float* p, const Floats<N>& x) {
  if constexpr (N == 4) {
    *reinterpret_cast<float4*>(p) = make_float4(x.v[0], x.v[1], x.v[2], x.v[3]);
  } else {
    *p = x.v[0];
  }
}

// Whether four floats at each of these addresses can be accessed at once.
template <class... P>
__device__ __forceinline__ bool aligned(P... p) {
  return (((unsigned long long)p | ...) & 15) == 0;
}

template <int N>
struct Width {
  static constexpr int value = N;
};

// Calls body(Width<N>, i) for the elements i to i + N - 1, until all of them have been visited: in
// fours, if they may be, then the rest one by one. The grid strides over them.
template <class Body>
__device__ __forceinline__ void for_elements(long long size, bool in_fours, Body body) {
  const long long fours = in_fours ? size / 4 : 0;
  for (long long i = thread_number(); i < fours; i += thread_count()) {
    body(Width<4>{}, 4 * i);
  }
  for (long long i = 4 * fours + thread_number(); i < size; i += thread_count()) {
    body(Width<1>{}, i);
  }
}

// The smallest power of two that is not below `columns`, at most a warp: how many neighbouring
// threads share a row.
__device__ __forceinline__ int lanes_for(int columns) {
  int lanes = 1;
  while (lanes < columns && lanes < kWarp) {
    lanes *= 2;
  }
  return lanes;
}
