// From the products of the last hidden layer to the derivatives by them, and all that hangs on the
// output layer, for networks whose large products a library takes: two kernels that read each
// product once. What is fixed at compile time: see network.cuh, of which N_X and N_H are 1, as
// neither features nor first layers are seen here, and
//
//   FOURS          1 if units come by fours, 0 otherwise
#include "network.cuh"

static_assert(kHidden && !kDrops, "a hidden layer that nothing is left out of");

constexpr int kWarps = kBlock / kWarp;
constexpr int kWide = FOURS ? 4 : 1;  // units that a lane has side by side
constexpr int kColumns = kWide * kWarp;
constexpr int kRowsForward = N_Y <= 4 ? 8 : N_Y <= 10 ? 4 : 2;  // that a warp works on at a time
constexpr int kRowsBack = 4;
constexpr int kStaged = 2 * kWarps * kRowsBack;  // rows whose delta is in shared memory

// Formula:  a = f(z + bias), logits = a weightsᵀ + output_bias; delta = scale ∂cost/∂logits;
//           seen[block] = Σ cost, hits and weights.
// Shapes:   z rows × units, the last hidden layer's products without its bias; bias 1 × units;
//           weights N_Y × units and output_bias 1 × N_Y, of the output layer; targets rows ×
//           kTargets; delta rows × N_Y; seen one per block.
// Launch:   256 threads; a warp takes kRowsForward rows at a time, the grid strides.
// Aliasing: none.
// Order:    a lane adds every 32nd unit, or four such, in float; lanes in a fixed tree. Costs in
//           double.
// Caller:   CudaOperations.run(OutputPass)
extern "C" __global__ void __launch_bounds__(kBlock, 1)
    output_pass_forward(const float* z, int units, const float* bias, const float* weights,
                        const float* output_bias, const float* targets, long long rows, double loss,
                        float scale, float* delta, Tally* seen) {
  const Refined refined = {loss, 1, 0, 0};
  const int lane = threadIdx.x % kWarp;
  const int warp = threadIdx.x / kWarp;
  Seen own = {0, 0, 0};
  const long long apart = (long long)gridDim.x * kWarps * kRowsForward;
  for (long long first = ((long long)blockIdx.x * kWarps + warp) * kRowsForward; first < rows;
       first += apart) {
    float logits[kRowsForward][N_Y] = {};
    for (int unit = kWide * lane; unit < units; unit += kColumns) {
      const Floats<kWide> b = load<kWide>(bias + unit);
      Floats<kWide> a[kRowsForward];
#pragma unroll
      for (int r = 0; r < kRowsForward; r++) {
        // Behind the last row it is read again.
        const long long row = first + r < rows ? first + r : rows - 1;
        a[r] = load<kWide>(z + row * units + unit);
      }
#pragma unroll
      for (int r = 0; r < kRowsForward; r++) {
#pragma unroll
        for (int k = 0; k < kWide; k++) {
          a[r].v[k] = ACTIVATION::value(a[r].v[k] + b.v[k]);
        }
      }
#pragma unroll
      for (int c = 0; c < N_Y; c++) {
        const Floats<kWide> w = load<kWide>(weights + (long long)c * units + unit);
#pragma unroll
        for (int r = 0; r < kRowsForward; r++) {
#pragma unroll
          for (int k = 0; k < kWide; k++) {
            logits[r][c] += a[r].v[k] * w.v[k];
          }
        }
      }
    }

    // Lane r judges row r.
    float d[kLogits] = {};
#pragma unroll
    for (int r = 0; r < kRowsForward; r++) {
#pragma unroll
      for (int c = 0; c < N_Y; c++) {
        const float logit = warp_sum(logits[r][c]) + output_bias[c];
        d[c] = lane == r ? logit : d[c];
      }
    }
    const long long row = first + lane;
    const bool valid = lane < kRowsForward && row < rows;
    float y[kTargets];
#pragma unroll
    for (int j = 0; j < kTargets; j++) {
      y[j] = valid ? targets[row * kTargets + j] : 0;
    }
    judge<true>(d, y, valid, refined, own);
    if (valid) {
#pragma unroll
      for (int c = 0; c < N_Y; c++) {
        delta[row * N_Y + c] = scale * (float)(1 / kPart) * d[c];
      }
    }
  }
  write_partial(own.cost, own.hits, own.weight, seen);
}

// Writes the sums of the block's warps over what lanes have of columns, in the warps' order.
template <int N>
__device__ __forceinline__ void write_columns(const Floats<N>& x, int count, float* out) {
  __shared__ float parts[kWarps][N * kWarp];
  const int lane = threadIdx.x % kWarp;
#pragma unroll
  for (int k = 0; k < N; k++) {
    parts[threadIdx.x / kWarp][N * lane + k] = x.v[k];
  }
  __syncthreads();
  for (int i = threadIdx.x; i < N * kWarp && i < count; i += kBlock) {
    double sum = 0;
#pragma unroll
    for (int warp = 0; warp < kWarps; warp++) {
      sum += parts[warp][i];
    }
    out[i] = (float)sum;
  }
  __syncthreads();
}

// Formula:  a = f(z + bias); z = (delta weights) ∘ f'(a); sums[slice] = Σ of z, of deltaᵀ a and of
//           delta over the slice's rows: the derivatives by bias, weights and output_bias.
// Shapes:   as output_pass_forward; sums slices × (units + N_Y units + N_Y).
// Launch:   256 threads; a block for each kColumns units of each slice of slice_rows rows, the
//           blocks of a slice side by side.
// Aliasing: none; z is changed in place.
// Order:    a warp adds rows in turns of four, in float; a block's warps in their order, in double.
// Caller:   CudaOperations.run(OutputPass)
extern "C" __global__ void __launch_bounds__(kBlock, 1)
    output_pass_backward(float* z, int units, const float* bias, const float* weights,
                         const float* delta, long long rows, int slice_rows, float* sums) {
  __shared__ float staged[kStaged * N_Y];
  const int lane = threadIdx.x % kWarp;
  const int warp = threadIdx.x / kWarp;
  const int blocks = (units + kColumns - 1) / kColumns;
  const int slice = blockIdx.x / blocks;
  const int first_unit = (blockIdx.x - slice * blocks) * kColumns;
  const int unit = first_unit + kWide * lane;
  const bool there = unit < units;
  const bool first_of_slice = first_unit == 0;

  Floats<kWide> b = {};
  Floats<kWide> w[N_Y] = {};
  if (there) {
    b = load<kWide>(bias + unit);
#pragma unroll
    for (int c = 0; c < N_Y; c++) {
      w[c] = load<kWide>(weights + (long long)c * units + unit);
    }
  }
  Floats<kWide> to_bias = {};
  Floats<kWide> to_weights[N_Y] = {};
  Floats<1> to_output_bias = {};

  const long long begin = (long long)slice * slice_rows;
  const long long end = begin + slice_rows < rows ? begin + slice_rows : rows;
  for (long long tile = begin; tile < end; tile += kStaged) {
    const int count = end - tile < kStaged ? (int)(end - tile) : kStaged;
    __syncthreads();
    for (int i = threadIdx.x; i < count * N_Y; i += kBlock) {
      staged[i] = delta[tile * N_Y + i];
    }
    __syncthreads();
    for (int row = warp * kRowsBack; row < count; row += kWarps * kRowsBack) {
      float* at = z + (tile + row) * units + unit;
      Floats<kWide> x[kRowsBack] = {};
#pragma unroll
      for (int r = 0; r < kRowsBack; r++) {
        if (there && row + r < count) {
          x[r] = load<kWide>(at + (long long)r * units);
        }
      }
#pragma unroll
      for (int r = 0; r < kRowsBack; r++) {
        if (row + r < count) {
          const float* d = staged + (row + r) * N_Y;
          Floats<kWide> back = {};
#pragma unroll
          for (int k = 0; k < kWide; k++) {
            x[r].v[k] = ACTIVATION::value(x[r].v[k] + b.v[k]);
          }
#pragma unroll
          for (int c = 0; c < N_Y; c++) {
#pragma unroll
            for (int k = 0; k < kWide; k++) {
              back.v[k] += d[c] * w[c].v[k];
              to_weights[c].v[k] += d[c] * x[r].v[k];
            }
          }
#pragma unroll
          for (int k = 0; k < kWide; k++) {
            back.v[k] *= ACTIVATION::slope(x[r].v[k]);
            to_bias.v[k] += back.v[k];
          }
          if (there) {
            store<kWide>(at + (long long)r * units, back);
          }
          to_output_bias.v[0] += lane < N_Y ? d[lane] : 0;
        }
      }
    }
  }

  float* own = sums + slice * ((long long)units * (N_Y + 1) + N_Y);
  const int left = units - first_unit;
  write_columns(to_bias, left, own + first_unit);
#pragma unroll
  for (int c = 0; c < N_Y; c++) {
    write_columns(to_weights[c], left, own + (long long)units * (c + 1) + first_unit);
  }
  if (first_of_slice) {
    write_columns(to_output_bias, N_Y, own + (long long)units * (N_Y + 1));
  }
}
