// Products of small tiles by a warp's tensor cores, and functions of their precision. Under the
// emulation, which has no PTX, the lanes exchange what they hold.
#pragma once

#include "common.cuh"

// x with 10 bits of fraction, as products of TF32 take it.
__device__ __forceinline__ unsigned to_tf32(float x) {
#ifdef __CUDA_EMULATION__
  const unsigned bits = __float_as_uint(x);
  const bool finite = (bits & 0x7f800000u) != 0x7f800000u;
  return finite ? (bits + 0x0fffu + ((bits >> 13) & 1)) & 0xffffe000u : bits;
#else
  unsigned bits;
#if __CUDA_ARCH__ >= 900
  asm("cvt.rn.tf32.f32 %0, %1;" : "=r"(bits) : "f"(x));
#else
  asm("cvt.rna.tf32.f32 %0, %1;" : "=r"(bits) : "f"(x));
#endif
  return bits;
#endif
}

// c += A B; A is 16 × 8, B 8 × 8. With g = lane / 4 and t = lane % 4, a lane holds
//   a: A[g][t], A[g + 8][t], A[g][t + 4], A[g + 8][t + 4];  b: B[t][g], B[t + 4][g];
//   c: C[g][2t], C[g][2t + 1], C[g + 8][2t], C[g + 8][2t + 1].
__device__ __forceinline__ void multiply_tf32(float (&c)[4], const unsigned (&a)[4],
                                              const unsigned (&b)[2]) {
#ifdef __CUDA_EMULATION__
  const int g = threadIdx.x % kWarp / 4;
  const int t = threadIdx.x % 4;
  for (int k = 0; k < 8; k++) {
    float left[2], right[2];
    for (int i = 0; i < 2; i++) {
      const unsigned low = __shfl_sync(kAllLanes, a[i], 4 * g + k % 4);
      const unsigned high = __shfl_sync(kAllLanes, a[i + 2], 4 * g + k % 4);
      left[i] = __uint_as_float(k < 4 ? low : high);
      const unsigned first = __shfl_sync(kAllLanes, b[0], 4 * (2 * t + i) + k % 4);
      const unsigned second = __shfl_sync(kAllLanes, b[1], 4 * (2 * t + i) + k % 4);
      right[i] = __uint_as_float(k < 4 ? first : second);
    }
    for (int i = 0; i < 4; i++) {
      c[i] += left[i / 2] * right[i % 2];
    }
  }
#else
  asm("mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, "
      "{%8, %9}, {%0, %1, %2, %3};"
      : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
#endif
}

// tanh z with a relative error up to 2^-11.
__device__ __forceinline__ float tanh_near(float z) {
#ifdef __CUDA_EMULATION__
  return tanhf(z);
#else
  float a;
  asm("tanh.approx.f32 %0, %1;" : "=f"(a) : "f"(z));
  return a;
#endif
}
