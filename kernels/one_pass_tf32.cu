// Gradients in one pass with products of TF32 by tensor cores: see one_pass_mma.cuh. DEPTH is 8.
#include "one_pass_mma.cuh"

struct Tf32 {
  static constexpr int kPacked = 1;
  static constexpr bool kSplit = false;

  template <class F>
  using Function = Near<F>;

  static __device__ __forceinline__ Factors<Tf32> packed(const float (&x)[1]) {
    return {{to_tf32(x[0])}};
  }

  static __device__ __forceinline__ void multiply(float (&c)[4], const unsigned (&a)[4],
                                                  const unsigned (&b)[2]) {
    multiply_tf32(c, a, b);
  }

  static __device__ __forceinline__ int row(int t, int n) { return t + 4 * n; }
};

// Formula:  sums[block] = kPart Σ ∂cost/∂θ over the block's samples, their weights' sum behind if
//           they have any; seen[block] = Σ cost, hits and weights. Factors have 10 bits of
//           fraction.
// Shapes:   as one_pass.
// Launch:   32 WARPS threads; warps take tiles of 8 samples in turns.
// Aliasing: none.
// Order:    a warp adds its tiles in float, one after the other, each in the order of the tensor
//           cores; a block's warps in their order, in double. Costs in double throughout.
// Caller:   CudaOperations.run(GradientPass)
extern "C" __global__ void __launch_bounds__(kThreads, MIN_BLOCKS)
    one_pass_tf32(const float* features, const float* targets, long long rows, float* w1, float* b1,
                  float* w2, float* b2, double loss, float* sums, Tally* seen) {
  take_pass<Tf32>(features, targets, rows, {w1, b1, w2, b2}, loss, sums, seen);
}
