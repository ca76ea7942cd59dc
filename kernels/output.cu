// The output layer: derivative, cost and hits from the logits in one pass, and probabilities.
#include "functions.cuh"
#include "reduce.cuh"

// What the compiler may count on, so that it has the registers it needs: left to itself, it prefers
// to keep some values in memory.
constexpr int kBlocksPerSm = 4;

// Who works on a row together: one thread, a warp or a block. `lane` of `kLanes` takes the columns
// lane, lane + kLanes, ...; sum and the like give every lane the same bits.
struct ThreadTeam {
  static constexpr int kLanes = 1;
  static __device__ __forceinline__ unsigned lane() { return 0; }
  template <class T>
  static __device__ __forceinline__ T sum(T x) {
    return x;
  }
};

struct WarpTeam {
  static constexpr int kLanes = kWarp;
  static __device__ __forceinline__ unsigned lane() { return threadIdx.x % kWarp; }
  template <class T>
  static __device__ __forceinline__ T sum(T x) {
    return warp_sum(x);
  }
};

struct BlockTeam {
  static constexpr int kLanes = kBlock;
  static __device__ __forceinline__ unsigned lane() { return threadIdx.x; }
  template <class T>
  static __device__ __forceinline__ T sum(T x) {
    return block_sum(x);
  }
};

// The largest of some logits and the column of the first such.
struct Largest {
  float value;
  unsigned column;

  // Not-a-number is never taken.
  __device__ __forceinline__ void take(float other, unsigned other_column) {
    if (other > value || (other == value && other_column < column)) {
      value = other;
      column = other_column;
    }
  }
};

__device__ __forceinline__ Largest largest_of(ThreadTeam, Largest x) { return x; }

__device__ __forceinline__ Largest largest_of(WarpTeam, Largest x) {
#pragma unroll
  for (int apart = kWarp / 2; apart > 0; apart /= 2) {
    const float value = __shfl_xor_sync(kAllLanes, x.value, apart);
    const unsigned column = __shfl_xor_sync(kAllLanes, x.column, apart);
    x.take(value, column);
  }
  return x;
}

__device__ __forceinline__ Largest largest_of(BlockTeam, Largest x) {
  __shared__ Largest warps[kBlock / kWarp];
  x = largest_of(WarpTeam{}, x);
  if (threadIdx.x % kWarp == 0) {
    warps[threadIdx.x / kWarp] = x;
  }
  __syncthreads();
  x = warps[0];
#pragma unroll
  for (int warp = 1; warp < kBlock / kWarp; warp++) {
    x.take(warps[warp].value, warps[warp].column);
  }
  __syncthreads();
  return x;
}

// A sum of floats, of 16 terms at a time in float and in double beyond.
struct LongSum {
  double total = 0;
  float run = 0;
  int terms = 0;

  __device__ __forceinline__ void add(float x) {
    run += x;
    if (++terms % 16 == 0) {
      total += run;
      run = 0;
    }
  }

  __device__ __forceinline__ double value() const { return total + run; }
};

// e^(z - largest). What the difference rounds away (D. E. Knuth, The Art of Computer Programming 2,
// section 4.2.2) is put back, since its absolute error is the result's relative one. Where the
// result is 0 nothing is: there the correction of infinities would be not-a-number.
__device__ __forceinline__ float exp_below(float z, float largest) {
  const float difference = z - largest;
  const float subtracted = difference - z;
  const float lost = (z - (difference - subtracted)) - (largest + subtracted);
  const float e = expf(difference);
  return difference > -104 ? fmaf(e, lost, e) : e;
}

template <class Team>
__device__ __forceinline__ Largest largest_logit(const float* z, unsigned columns) {
  Largest largest = {__int_as_float(0xff800000), columns};  // minus infinity, no column
#pragma unroll 2
  for (unsigned j = Team::lane(); j < columns; j += Team::kLanes) {
    largest.take(z[j], j);
  }
  return largest_of(Team{}, largest);
}

// Calls body(row) for the team's rows: the grid strides over all of them.
template <class Team, class Body>
__device__ __forceinline__ void for_rows(long long rows, Body body) {
  constexpr int kTeams = kBlock / Team::kLanes;
  for (long long row = (long long)blockIdx.x * kTeams + threadIdx.x / Team::kLanes; row < rows;
       row += (long long)gridDim.x * kTeams) {
    body(row);
  }
}

// With e = e^-|z|, q = e / (1 + e) is the smaller of a and 1 - a, known to full precision, and so
// is then the small a - y of a sample that is predicted right.
template <class Team>
__device__ __forceinline__ void sigmoid_delta(const float* logits, const float* targets,
                                              long long rows, unsigned columns, float scale,
                                              float* delta, Tally* partials) {
  double cost = 0;
  long long hits = 0;
  for_rows<Team>(rows, [&](long long row) {
    const long long first = row * columns;
    int wrong = 0;
#pragma unroll 2
    for (unsigned j = Team::lane(); j < columns; j += Team::kLanes) {
      const float z = logits[first + j];
      const float y = targets[first + j];
      const float e = expf(-fabsf(z));
      const float q = e / (1 + e);
      cost += (double)(z <= 0 ? 0.0f : z) - (double)z * y + log1pf(e);
      wrong |= (z > 0) != (y == 1);
      delta[first + j] = scale * (z >= 0 ? (1 - y) - q : q - y);
    }
    wrong = Team::sum(wrong);
    hits += Team::lane() == 0 && wrong == 0;
  });
  write_partial(cost, hits, partials);
}

// a - 1 of the target's class is minus the others' share, which is known to full precision.
template <class Team>
__device__ __forceinline__ void softmax_delta(const float* logits, const float* targets,
                                              long long rows, unsigned columns, float scale,
                                              float* delta, Tally* partials) {
  double cost = 0;
  long long hits = 0;
  for_rows<Team>(rows, [&](long long row) {
    const float* z = logits + row * columns;
    const unsigned target = (unsigned)(int)targets[row];
    const Largest largest = largest_logit<Team>(z, columns);
    LongSum others;
    float own = 0;
#pragma unroll 2
    for (unsigned j = Team::lane(); j < columns; j += Team::kLanes) {
      const float e = exp_below(z[j], largest.value);
      if (j == target) {
        own = e;
      } else {
        others.add(e);
      }
    }
    const double rest = Team::sum(others.value());
    const float sum = (float)(rest + Team::sum(own));
#pragma unroll 2
    for (unsigned j = Team::lane(); j < columns; j += Team::kLanes) {
      const float logit = z[j];
      float a = exp_below(logit, largest.value) / sum;
      if (j == target) {
        a = -((float)rest / sum);
        cost += j == largest.column ? (double)log1pf((float)rest)
                                    : logf(sum) + ((double)largest.value - logit);
      }
      delta[row * columns + j] = scale * a;
    }
    hits += Team::lane() == 0 && largest.column == target;
  });
  write_partial(cost, hits, partials);
}

template <class Team>
__device__ __forceinline__ void softmax(const float* logits, long long rows, unsigned columns,
                                        float* probabilities) {
  for_rows<Team>(rows, [&](long long row) {
    const float* z = logits + row * columns;
    const Largest largest = largest_logit<Team>(z, columns);
    LongSum exponentials;
#pragma unroll 2
    for (unsigned j = Team::lane(); j < columns; j += Team::kLanes) {
      exponentials.add(exp_below(z[j], largest.value));
    }
    const float sum = (float)Team::sum(exponentials.value());
#pragma unroll 2
    for (unsigned j = Team::lane(); j < columns; j += Team::kLanes) {
      probabilities[row * columns + j] = exp_below(z[j], largest.value) / sum;
    }
  });
}

// Formula:  delta = scale (a - y), a = 1 / (1 + e^-z); cost max(z, 0) - z y + log(1 + e^-|z|); a
// row is
//           a hit if a > 1/2 for exactly its targets that are 1.
// Shapes:   logits, targets, delta rows × columns; partials one per block.
// Launch:   256 threads; an item is a row, a thread per row; the grid strides.
// Aliasing: delta may be logits.
// Order:    a row in the row's order; a thread's rows in double, one after the other;
//           over the block in a fixed tree; partials[block] = the block's cost and hits.
// Caller:   CudaBackend.doOutputDelta
extern "C" __global__ void __launch_bounds__(kBlock)
    output_delta_sigmoid_thread(const float* logits, const float* targets, long long rows,
                                int columns, float scale, float* delta, Tally* partials) {
  sigmoid_delta<ThreadTeam>(logits, targets, rows, columns, scale, delta, partials);
}

// Formula:  delta = scale (a - y), a = 1 / (1 + e^-z); cost max(z, 0) - z y + log(1 + e^-|z|); a
// row is
//           a hit if a > 1/2 for exactly its targets that are 1.
// Shapes:   logits, targets, delta rows × columns; partials one per block.
// Launch:   256 threads; an item is a row, a warp per row; the grid strides.
// Aliasing: delta may be logits.
// Order:    a row lane by lane, then over the warp in a fixed tree; a thread's rows in double, one
// after the other;
//           over the block in a fixed tree; partials[block] = the block's cost and hits.
// Caller:   CudaBackend.doOutputDelta
extern "C" __global__ void __launch_bounds__(kBlock)
    output_delta_sigmoid_warp(const float* logits, const float* targets, long long rows,
                              int columns, float scale, float* delta, Tally* partials) {
  sigmoid_delta<WarpTeam>(logits, targets, rows, columns, scale, delta, partials);
}

// Formula:  delta = scale (a - y), a = 1 / (1 + e^-z); cost max(z, 0) - z y + log(1 + e^-|z|); a
// row is
//           a hit if a > 1/2 for exactly its targets that are 1.
// Shapes:   logits, targets, delta rows × columns; partials one per block.
// Launch:   256 threads; an item is a row, a block per row; the grid strides.
// Aliasing: delta may be logits.
// Order:    a row thread by thread, then over the block in a fixed tree; a thread's rows in double,
// one after the other;
//           over the block in a fixed tree; partials[block] = the block's cost and hits.
// Caller:   CudaBackend.doOutputDelta
extern "C" __global__ void __launch_bounds__(kBlock)
    output_delta_sigmoid_block(const float* logits, const float* targets, long long rows,
                               int columns, float scale, float* delta, Tally* partials) {
  sigmoid_delta<BlockTeam>(logits, targets, rows, columns, scale, delta, partials);
}

// Formula:  delta = scale (a - y), a = e^z / Σ e^z, y = 1 at the target's class; cost log Σ e^z -
// z[class];
//           a row is a hit if its class has the first of the largest logits.
// Shapes:   logits, delta rows × columns; targets rows × 1, class numbers; partials one per block.
// Launch:   256 threads; an item is a row, a thread per row; the grid strides.
// Aliasing: delta may be logits.
// Order:    a row in the row's order; a thread's rows in double, one after the other;
//           over the block in a fixed tree; partials[block] = the block's cost and hits.
// Caller:   CudaBackend.doOutputDelta
extern "C" __global__ void __launch_bounds__(kBlock, kBlocksPerSm)
    output_delta_softmax_thread(const float* logits, const float* targets, long long rows,
                                int columns, float scale, float* delta, Tally* partials) {
  softmax_delta<ThreadTeam>(logits, targets, rows, columns, scale, delta, partials);
}

// Formula:  delta = scale (a - y), a = e^z / Σ e^z, y = 1 at the target's class; cost log Σ e^z -
// z[class];
//           a row is a hit if its class has the first of the largest logits.
// Shapes:   logits, delta rows × columns; targets rows × 1, class numbers; partials one per block.
// Launch:   256 threads; an item is a row, a warp per row; the grid strides.
// Aliasing: delta may be logits.
// Order:    a row lane by lane, then over the warp in a fixed tree; a thread's rows in double, one
// after the other;
//           over the block in a fixed tree; partials[block] = the block's cost and hits.
// Caller:   CudaBackend.doOutputDelta
extern "C" __global__ void __launch_bounds__(kBlock, kBlocksPerSm)
    output_delta_softmax_warp(const float* logits, const float* targets, long long rows,
                              int columns, float scale, float* delta, Tally* partials) {
  softmax_delta<WarpTeam>(logits, targets, rows, columns, scale, delta, partials);
}

// Formula:  delta = scale (a - y), a = e^z / Σ e^z, y = 1 at the target's class; cost log Σ e^z -
// z[class];
//           a row is a hit if its class has the first of the largest logits.
// Shapes:   logits, delta rows × columns; targets rows × 1, class numbers; partials one per block.
// Launch:   256 threads; an item is a row, a block per row; the grid strides.
// Aliasing: delta may be logits.
// Order:    a row thread by thread, then over the block in a fixed tree; a thread's rows in double,
// one after the other;
//           over the block in a fixed tree; partials[block] = the block's cost and hits.
// Caller:   CudaBackend.doOutputDelta
extern "C" __global__ void __launch_bounds__(kBlock, kBlocksPerSm)
    output_delta_softmax_block(const float* logits, const float* targets, long long rows,
                               int columns, float scale, float* delta, Tally* partials) {
  softmax_delta<BlockTeam>(logits, targets, rows, columns, scale, delta, partials);
}

// Formula:  delta = scale (z - y); cost (z - y)² / 2; no hits.
// Shapes:   logits, targets, delta of `size` elements; partials one per block.
// Launch:   256 threads; an item is an element; the grid strides.
// Aliasing: delta may be logits.
// Order:    a thread's elements in double; over the block in a fixed tree;
//           partials[block] = the block's cost.
// Caller:   CudaBackend.doOutputDelta
extern "C" __global__ void __launch_bounds__(kBlock)
    output_delta_identity(const float* logits, const float* targets, long long size, float scale,
                          float* delta, Tally* partials) {
  double squares = 0;
  for_elements(size, aligned(logits, targets, delta), [&](auto width, long long i) {
    constexpr int N = decltype(width)::value;
    const Floats<N> z = load<N>(logits + i);
    const Floats<N> y = load<N>(targets + i);
    Floats<N> d;
#pragma unroll
    for (int k = 0; k < N; k++) {
      const float difference = z.v[k] - y.v[k];
      squares += (double)difference * difference;
      d.v[k] = scale * difference;
    }
    store<N>(delta + i, d);
  });
  write_partial(squares / 2, 0, partials);
}

// Formula:  p = 1 / (1 + e^-z).
// Shapes:   logits, probabilities of `size` elements.
// Launch:   256 threads; an item is an element; the grid strides.
// Aliasing: probabilities may be logits.
// Order:    elements are independent.
// Caller:   CudaBackend.doOutputProbabilities
extern "C" __global__ void __launch_bounds__(kBlock)
    output_probabilities_sigmoid(const float* logits, long long size, float* probabilities) {
  for_elements(size, aligned(logits, probabilities), [&](auto width, long long i) {
    constexpr int N = decltype(width)::value;
    Floats<N> x = load<N>(logits + i);
#pragma unroll
    for (int k = 0; k < N; k++) {
      x.v[k] = Sigmoid::value(x.v[k]);
    }
    store<N>(probabilities + i, x);
  });
}

// Formula:  p = e^z / Σ e^z.
// Shapes:   logits, probabilities rows × columns.
// Launch:   256 threads; an item is a row, a thread per row; the grid strides.
// Aliasing: probabilities may be logits.
// Order:    a row in the row's order.
// Caller:   CudaBackend.doOutputProbabilities
extern "C" __global__ void __launch_bounds__(kBlock)
    output_probabilities_softmax_thread(const float* logits, long long rows, int columns,
                                        float* probabilities) {
  softmax<ThreadTeam>(logits, rows, columns, probabilities);
}

// Formula:  p = e^z / Σ e^z.
// Shapes:   logits, probabilities rows × columns.
// Launch:   256 threads; an item is a row, a warp per row; the grid strides.
// Aliasing: probabilities may be logits.
// Order:    a row lane by lane, then over the warp in a fixed tree.
// Caller:   CudaBackend.doOutputProbabilities
extern "C" __global__ void __launch_bounds__(kBlock)
    output_probabilities_softmax_warp(const float* logits, long long rows, int columns,
                                      float* probabilities) {
  softmax<WarpTeam>(logits, rows, columns, probabilities);
}

// Formula:  p = e^z / Σ e^z.
// Shapes:   logits, probabilities rows × columns.
// Launch:   256 threads; an item is a row, a block per row; the grid strides.
// Aliasing: probabilities may be logits.
// Order:    a row thread by thread, then over the block in a fixed tree.
// Caller:   CudaBackend.doOutputProbabilities
extern "C" __global__ void __launch_bounds__(kBlock)
    output_probabilities_softmax_block(const float* logits, long long rows, int columns,
                                       float* probabilities) {
  softmax<BlockTeam>(logits, rows, columns, probabilities);
}

// Formula:  first_bad = min(first_bad, rows whose target is no whole number from 0 to classes - 1).
// Shapes:   targets rows × 1; first_bad one number, begun with all bits set.
// Launch:   256 threads; an item is a row; the grid strides.
// Aliasing: none.
// Order:    a minimum of integers, the same in every order.
// Caller:   CudaBackend.doOutputDelta
extern "C" __global__ void __launch_bounds__(kBlock)
    output_check_classes(const float* targets, long long rows, int classes,
                         unsigned long long* first_bad) {
  for_rows<ThreadTeam>(rows, [&](long long row) {
    const float y = targets[row];
    if (!(y >= 0 && y < (float)classes && y == (float)(int)y)) {
      atomicMin(first_bad, (unsigned long long)row);
    }
  });
}
