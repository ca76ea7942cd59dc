// How long a multiprocessor takes for instructions that the kernels are made of: a line of JSON for
// each, with cycles of a multiprocessor for an instruction of a warp. Build and run:
// nvcc -O3 -arch=native -o instructions benchmarks/peers/instructions.cu && ./instructions
#include <cuda_runtime.h>

#include <cstdio>
__device__ float sink[1024 * 1024];
#define N 512
#define BEGIN                                                            \
  __shared__ __align__(16) float s[8192];                                \
  for (int i = threadIdx.x; i < 8192; i += blockDim.x) s[i] = i * 1e-6f; \
  __syncthreads();                                                       \
  long long t0 = clock64();
#define END(v)                                             \
  __syncthreads();                                         \
  long long t1 = clock64();                                \
  if (threadIdx.x == 0 && blockIdx.x == 0) *out = t1 - t0; \
  sink[blockIdx.x * blockDim.x + threadIdx.x] = v;
// Volatile, so that none is merged or left out.
__device__ __forceinline__ void lds128(unsigned a, float& x, float& y, float& z, float& w) {
  asm volatile("ld.volatile.shared.v4.f32 {%0,%1,%2,%3},[%4];"
               : "=f"(x), "=f"(y), "=f"(z), "=f"(w)
               : "r"(a));
}
__device__ __forceinline__ void lds64(unsigned a, float& x, float& y) {
  asm volatile("ld.volatile.shared.v2.f32 {%0,%1},[%2];" : "=f"(x), "=f"(y) : "r"(a));
}
__device__ __forceinline__ void lds32(unsigned a, float& x) {
  asm volatile("ld.volatile.shared.f32 %0,[%1];" : "=f"(x) : "r"(a));
}
template <int MODE>
__global__ void k128(long long* out) {
  BEGIN
  unsigned b = (unsigned)__cvta_generic_to_shared(s);
  int lane = threadIdx.x & 31;
  if (MODE == 1) b += (lane >> 4) * 128;
  if (MODE == 2) b += (lane >> 3) * 128 + (lane >> 3) * 16;
  if (MODE == 3) b += lane * 16;
  if (MODE == 4) b += (lane >> 4) * 144;
  float acc = 0;
  for (int i = 0; i < N; i++) {
#pragma unroll
    for (int u = 0; u < 16; u++) {
      float x, y, z, w;
      lds128(b + u * 512, x, y, z, w);
      asm volatile("" ::"f"(x), "f"(y), "f"(z), "f"(w));
      acc = x;
    }
  }
  END(acc)
}
template <int W>
__global__ void k32(long long* out) {
  BEGIN
  unsigned b = (unsigned)__cvta_generic_to_shared(s);
  float acc = 0;
  for (int i = 0; i < N; i++) {
#pragma unroll
    for (int u = 0; u < 16; u++) {
      float x, y = 0;
      if (W == 64)
        lds64(b + u * 512, x, y);
      else
        lds32(b + u * 512, x);
      asm volatile("" ::"f"(x), "f"(y));
      acc = x;
    }
  }
  END(acc)
}
// Loads with F multiply-adds for each, as in a tile.
template <int F>
__global__ void mix(long long* out) {
  BEGIN
  unsigned b = (unsigned)__cvta_generic_to_shared(s);
  float a[16];
#pragma unroll
  for (int i = 0; i < 16; i++) a[i] = threadIdx.x * i;
  float m = threadIdx.x * 1e-9f;
  for (int i = 0; i < N; i++) {
#pragma unroll
    for (int u = 0; u < 8; u++) {
      float x, y, z, w;
      lds128(b + u * 512, x, y, z, w);
#pragma unroll
      for (int f = 0; f < F; f += 4) {
        a[f % 16] = fmaf(x, m, a[f % 16]);
        a[(f + 1) % 16] = fmaf(y, m, a[(f + 1) % 16]);
        a[(f + 2) % 16] = fmaf(z, m, a[(f + 2) % 16]);
        a[(f + 3) % 16] = fmaf(w, m, a[(f + 3) % 16]);
      }
    }
  }
  float t = 0;
  for (int i = 0; i < 16; i++) t += a[i];
  END(t)
}
__global__ void shfl(long long* out) {
  BEGIN float a[8];
  for (int i = 0; i < 8; i++) a[i] = threadIdx.x * i;
  for (int i = 0; i < N; i++) {
#pragma unroll
    for (int u = 0; u < 16; u++) a[u % 8] = __shfl_xor_sync(~0u, a[u % 8], 1 + u % 16);
  }
  float t = 0;
  for (int i = 0; i < 8; i++) t += a[i];
  END(t)
}
__global__ void ktanh(long long* out) {
  BEGIN float a[8];
  for (int i = 0; i < 8; i++) a[i] = threadIdx.x * i * 1e-3f;
  for (int i = 0; i < N; i++) {
#pragma unroll
    for (int u = 0; u < 16; u++) a[u % 8] = tanhf(a[u % 8]);
  }
  float t = 0;
  for (int i = 0; i < 8; i++) t += a[i];
  END(t)
}
__global__ void kmma(long long* out) {
  BEGIN float c[8][4];
  unsigned A[4], B[2];
  for (int i = 0; i < 4; i++) A[i] = __float_as_uint(s[threadIdx.x + i]);
  for (int i = 0; i < 2; i++) B[i] = __float_as_uint(s[threadIdx.x + 7 + i]);
#pragma unroll
  for (int i = 0; i < 8; i++)
    for (int j = 0; j < 4; j++) c[i][j] = 0;
  for (int i = 0; i < N; i++) {
#pragma unroll
    for (int u = 0; u < 16; u++)
      asm volatile(
          "mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 "
          "{%0,%1,%2,%3},{%4,%5,%6,%7},{%8,%9},{%0,%1,%2,%3};"
          : "+f"(c[u % 8][0]), "+f"(c[u % 8][1]), "+f"(c[u % 8][2]), "+f"(c[u % 8][3])
          : "r"(A[0]), "r"(A[1]), "r"(A[2]), "r"(A[3]), "r"(B[0]), "r"(B[1]));
  }
  float t = 0;
  for (int i = 0; i < 8; i++)
    for (int j = 0; j < 4; j++) t += c[i][j];
  END(t)
}
__global__ void kffma(long long* out) {
  BEGIN float a[16];
  for (int i = 0; i < 16; i++) a[i] = threadIdx.x * i;
  float m = threadIdx.x * 1e-9f;
  for (int i = 0; i < N; i++) {
#pragma unroll
    for (int u = 0; u < 32; u++) a[u % 16] = fmaf(a[u % 16], m, m);
  }
  float t = 0;
  for (int i = 0; i < 16; i++) t += a[i];
  END(t)
}
#define RUN(name, per, ...)                                                                        \
  for (int th = 128; th <= 512; th *= 2) {                                                         \
    __VA_ARGS__<<<132, th>>>(d);                                                                   \
    cudaDeviceSynchronize();                                                                       \
    __VA_ARGS__<<<132, th>>>(d);                                                                   \
    cudaError_t e = cudaDeviceSynchronize();                                                       \
    long long h;                                                                                   \
    cudaMemcpy(&h, d, 8, cudaMemcpyDeviceToHost);                                                  \
    printf(                                                                                        \
        "{\"micro\":\"%s\",\"threads\":%d,\"cyclesPerSmPerInstruction\":%.3f,\"error\":\"%s\"}\n", \
        name, th, (double)h / ((double)N * (per) * (th / 32)), cudaGetErrorString(e));             \
  }
int main() {
  long long* d;
  cudaMalloc(&d, 8);
  RUN("lds128 uniform", 16, k128<0>)
  RUN("lds128 two addresses, same banks", 16, k128<1>) RUN(
      "lds128 two addresses, other banks", 16, k128<4>) RUN("lds128 four addresses", 16, k128<2>)
      RUN("lds128 all lanes", 16, k128<3>) RUN("lds64 uniform", 16, k32<64>)
          RUN("lds32 uniform", 16, k32<32>) RUN("lds128 uniform + 4 ffma", 8, mix<4>)
              RUN("lds128 uniform + 8 ffma", 8, mix<8>) RUN("lds128 uniform + 16 ffma", 8, mix<16>)
                  RUN("lds128 uniform + 32 ffma", 8, mix<32>) RUN("shfl", 16, shfl)
                      RUN("tanhf", 16, ktanh) RUN("mma m16n8k8 tf32", 16, kmma)
                          RUN("ffma", 32, kffma) int clk;
  cudaDeviceGetAttribute(&clk, cudaDevAttrClockRate, 0);
  printf("{\"clockKHz\":%d}\n", clk);
}
