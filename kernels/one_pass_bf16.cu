// Gradients in one pass with products of bfloat16 by tensor cores: see one_pass_mma.cuh. DEPTH is
// 16.
#include "one_pass_mma.cuh"

struct Bf16 {
  static constexpr int kPacked = 2;
  static constexpr bool kSplit = false;

  template <class F>
  using Function = Near<F>;

  static __device__ __forceinline__ Factors<Bf16> packed(const float (&x)[2]) {
    return {{to_bf16(x[0], x[1])}};
  }

  static __device__ __forceinline__ void multiply(float (&c)[4], const unsigned (&a)[4],
                                                  const unsigned (&b)[2]) {
    multiply_bf16(c, a, b);
  }

  // Eight neighbouring lanes read four floats each from shared memory at once: forward two columns
  // of a product, whose rows are 4 apart modulo 8, and back four samples with one n, whose rows are
  // all even or all odd. So they lie in different banks, a row being an odd number of four floats.
  static __device__ __forceinline__ int row(int t, int n) { return (2 * t + n / 2) ^ (n % 2 * 12); }
};

// Formula:  as one_pass_tf32; factors have 7 bits of fraction.
// Shapes:   as one_pass.
// Launch:   32 WARPS threads; warps take tiles of 16 samples in turns.
// Aliasing: none.
// Order:    as one_pass_tf32.
// Caller:   CudaOperations.run(GradientPass)
extern "C" __global__ void __launch_bounds__(kThreads, MIN_BLOCKS)
    one_pass_bf16(const float* features, const float* targets, long long rows, float* w1, float* b1,
                  float* w2, float* b2, double loss, float* sums, Tally* seen) {
  take_pass<Bf16>(features, targets, rows, {w1, b1, w2, b2}, loss, sums, seen);
}
