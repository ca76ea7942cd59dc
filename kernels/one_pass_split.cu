// Gradients in one pass with products nearly as precise as float32, by tensor cores: see
// one_pass_mma.cuh. DEPTH is 16.
//
// x is taken as b + r, its nearest number of TF32 and the nearest one to what is left, together 22
// bits of its fraction. Of (b + r)(b' + r') = b b' + (b r' + r b') + r r' the last is left out: no
// more than 2^-22 of the product. The way of Ootomo and Yokota, Recovering single precision
// accuracy from Tensor Cores while surpassing the FP32 theoretical peak performance, 2022.
#include "one_pass_mma.cuh"

struct Split {
  static constexpr int kPacked = 1;
  static constexpr bool kSplit = true;

  template <class F>
  using Function = F;

  // Of what is infinite, or rounds to it, nothing finite is left.
  static __device__ __forceinline__ Factors<Split> packed(const float (&x)[1]) {
    const unsigned nearest = to_tf32(x[0]);
    return {{nearest, to_tf32(x[0] - __uint_as_float(nearest))}};
  }

  static __device__ __forceinline__ void multiply(float (&c)[4], const unsigned (&a)[4],
                                                  const unsigned (&b)[2]) {
    multiply_tf32(c, a, b);
  }

  // As of Bf16, whose tiles have the same rows.
  static __device__ __forceinline__ int row(int t, int n) { return (2 * t + n / 2) ^ (n % 2 * 12); }
};

// Formula:  sums[block] = kPart Σ ∂cost/∂θ over the block's samples, their weights' sum behind if
//           they have any; seen[block] = Σ cost, hits and weights.
// Shapes:   as one_pass.
// Launch:   32 WARPS threads; warps take tiles of 16 samples in turns.
// Aliasing: none.
// Order:    a tile's products in the order of the tensor cores; a warp adds its tiles in float, one
//           after the other; a block's warps in their order, in double. Costs in double throughout.
// Caller:   CudaOperations.run(GradientPass)
extern "C" __global__ void __launch_bounds__(kThreads, MIN_BLOCKS)
    one_pass_split(const float* features, const float* targets, long long rows, float* w1,
                   float* b1, float* w2, float* b2, double loss, float* sums, Tally* seen) {
  take_pass<Split>(features, targets, rows, {w1, b1, w2, b2}, loss, sums, seen);
}
