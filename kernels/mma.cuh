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

// Two numbers with 7 bits of fraction in a word, `low` in its low half, as products of bfloat16
// take them: to the nearest, the even one of two. What is not a number becomes 0x7fff.
__device__ __forceinline__ unsigned to_bf16(float low, float high) {
#ifdef __CUDA_EMULATION__
  const float x[2] = {low, high};
  unsigned word = 0;
  for (int i = 0; i < 2; i++) {
    const unsigned bits = __float_as_uint(x[i]);
    const bool number = (bits & 0x7fffffffu) <= 0x7f800000u;
    word |= (number ? (bits + 0x7fffu + ((bits >> 16) & 1)) >> 16 : 0x7fffu) << (16 * i);
  }
  return word;
#else
  unsigned word;
  asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(word) : "f"(high), "f"(low));
  return word;
#endif
}

#ifdef __CUDA_EMULATION__
// A sum as tensor cores leave it: what lies behind the last place is cut off. (Fasi, Higham,
// Mikaitis and Pranesh, Numerical behavior of NVIDIA tensor cores, 2021.)
__device__ __forceinline__ float cut_off(double sum) {
  const float near = (float)sum;
  const bool beyond = fabs((double)near) > fabs(sum);
  return beyond ? __uint_as_float(__float_as_uint(near) - 1) : near;
}

// What the two products below do, with a number in each register or two. A number of the inner
// index k is that of register k / (4 kPacked), of the lane with t = k % (4 kPacked) / kPacked.
template <int kPacked>
__device__ __forceinline__ void multiply_emulated(float (&c)[4], const unsigned (&a)[4],
                                                  const unsigned (&b)[2]) {
  const int g = threadIdx.x % kWarp / 4;
  const int t = threadIdx.x % 4;
  double sums[4] = {c[0], c[1], c[2], c[3]};
  for (int k = 0; k < 8 * kPacked; k++) {
    const int s = k / (4 * kPacked);
    const int from = k % (4 * kPacked) / kPacked;
    float left[2], right[2];
    for (int i = 0; i < 2; i++) {
      unsigned words[2] = {__shfl_sync(kAllLanes, a[i + 2 * s], 4 * g + from),
                           __shfl_sync(kAllLanes, b[s], 4 * (2 * t + i) + from)};
      for (unsigned& word : words) {
        word = kPacked == 1 ? word : k % 2 == 0 ? word << 16 : word & 0xffff0000u;
      }
      left[i] = __uint_as_float(words[0]);
      right[i] = __uint_as_float(words[1]);
    }
    for (int i = 0; i < 4; i++) {
      sums[i] += (double)left[i / 2] * right[i % 2];
    }
  }
  for (int i = 0; i < 4; i++) {
    c[i] = cut_off(sums[i]);
  }
}
#endif

// c += A B; A is 16 × 8, B 8 × 8. With g = lane / 4 and t = lane % 4, a lane holds
//   a: A[g][t], A[g + 8][t], A[g][t + 4], A[g + 8][t + 4];  b: B[t][g], B[t + 4][g];
//   c: C[g][2t], C[g][2t + 1], C[g + 8][2t], C[g + 8][2t + 1].
__device__ __forceinline__ void multiply_tf32(float (&c)[4], const unsigned (&a)[4],
                                              const unsigned (&b)[2]) {
#ifdef __CUDA_EMULATION__
  multiply_emulated<1>(c, a, b);
#else
  asm("mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, "
      "{%8, %9}, {%0, %1, %2, %3};"
      : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
#endif
}

// c += A B; A is 16 × 16, B 16 × 8. With g = lane / 4 and t = lane % 4, a lane holds, in pairs,
//   a: A[g][2t, 2t + 1], A[g + 8][2t, 2t + 1], A[g][2t + 8, 2t + 9], A[g + 8][2t + 8, 2t + 9];
//   b: B[2t, 2t + 1][g], B[2t + 8, 2t + 9][g];  c: as of multiply_tf32.
__device__ __forceinline__ void multiply_bf16(float (&c)[4], const unsigned (&a)[4],
                                              const unsigned (&b)[2]) {
#ifdef __CUDA_EMULATION__
  multiply_emulated<2>(c, a, b);
#else
  asm("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, "
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
