// Sums over whole matrices, to tallies and over samples.
#include "reduce.cuh"

struct SumRowsPartials {
  const float* m;
  long long rows;
  int columns;
  long long slice_rows;
  double* partials;
};

struct SumRowsFinish {
  const double* partials;
  int slices;
  int columns;
  float beta;
  float* out;
};

struct NormPartials {
  const float* m;
  long long size;
  Tally* partials;
};

struct ClipFactor {
  const Tally* partials;
  int count;
  double most;
  float* factor;
};

struct TallyAdd {
  const Tally* partials;
  int count;
  double scale;
  double samples;
  Tally* tally;
};

// The sum of a column's elements in the rows from `first` up to `end`: one of the block's 256 /
// lanes row lanes takes every so manieth row, 8 of them at a time; lanes are then added in a fixed
// tree. The threads whose number is below `lanes` get sums.
template <class T>
__device__ __forceinline__ double column_sum(const T* m, long long first, long long end,
                                             int columns, long long column, int lanes) {
  __shared__ double sums[kBlock];
  const int step = kBlock / lanes;
  double sum = 0;
  if (column < columns) {
    // Unrolled by the compiler, it would divide to count the rounds ahead, for which registers are
    // short.
#pragma unroll 1
    for (long long row = first + threadIdx.x / lanes; row < end; row += 8 * step) {
      T run = 0;
#pragma unroll
      for (int k = 0; k < 8; k++) {
        const long long r = row + k * step;
        if (r < end) {
          run += m[r * columns + column];
        }
      }
      sum += run;
    }
  }
  sums[threadIdx.x] = sum;
  __syncthreads();
  for (int apart = kBlock / 2; apart >= lanes; apart /= 2) {
    if (threadIdx.x < apart) {
      sums[threadIdx.x] += sums[threadIdx.x + apart];
    }
    __syncthreads();
  }
  return sums[threadIdx.x];
}

// Formula:  partials[slice] = Σ of the slice's rows of m.
// Shapes:   m rows × columns; partials slices × columns, double; a slice is slice_rows rows, the
// last one the
//           rest.
// Launch:   256 threads; grid x: tiles of lanes_for(columns) columns, z: slices.
// Aliasing: none.
// Order:    a row lane's rows 8 at a time in float, then in double; row lanes in a fixed tree.
// Caller:   CudaOperations.run(SumRows)
extern "C" __global__ void __launch_bounds__(kBlock)
    sum_rows_partials(SumRowsPartials one, const SumRowsPartials* many) {
  const SumRowsPartials a = own(one, many);
  const int lanes = lanes_for(a.columns);
  const long long column = (long long)blockIdx.x * lanes + threadIdx.x % lanes;
  const long long first = blockIdx.z * a.slice_rows;
  const long long end = first + a.slice_rows < a.rows ? first + a.slice_rows : a.rows;
  const double sum = column_sum(a.m, first, end, a.columns, column, lanes);
  if (threadIdx.x < lanes && column < a.columns) {
    a.partials[(long long)blockIdx.z * a.columns + column] = sum;
  }
}

// Formula:  out = beta out + Σ of the slices; with beta = 0 what out held has no influence.
// Shapes:   partials slices × columns; out 1 × columns.
// Launch:   256 threads; grid x: tiles of lanes_for(columns) columns.
// Aliasing: none.
// Order:    as sum_rows_partials, in double.
// Caller:   CudaOperations.run(SumRows)
extern "C" __global__ void __launch_bounds__(kBlock)
    sum_rows_finish(SumRowsFinish one, const SumRowsFinish* many) {
  const SumRowsFinish a = own(one, many);
  const int lanes = lanes_for(a.columns);
  const long long column = (long long)blockIdx.x * lanes + threadIdx.x % lanes;
  const double sum = column_sum(a.partials, 0, a.slices, a.columns, column, lanes);
  if (threadIdx.x < lanes && column < a.columns) {
    const double before = a.beta == 0 ? 0.0 : (double)a.beta * a.out[column];
    a.out[column] = (float)(before + sum);
  }
}

// Formula:  partials[block] = Σ m² of the block's elements as cost, no hits.
// Shapes:   m of `size` elements; partials one per block.
// Launch:   256 threads; an item is an element; the grid strides.
// Aliasing: none.
// Order:    a thread's elements in double; over the block in a fixed tree.
// Caller:   CudaOperations.run(AddSquaredNorm), CudaOperations.run(ClipNorm)
extern "C" __global__ void __launch_bounds__(kBlock)
    squared_norm_partials(NormPartials one, const NormPartials* many) {
  const NormPartials a = own(one, many);
  double squares = 0;
  for_elements(a.size, aligned(a.m), [&](auto width, long long i) {
    constexpr int N = decltype(width)::value;
    const Floats<N> x = load<N>(a.m + i);
#pragma unroll
    for (int k = 0; k < N; k++) {
      squares += (double)x.v[k] * x.v[k];
    }
  });
  write_partial(squares, 0, a.partials);
}

// Formula:  partials[block] = Σ |m| of the block's elements as cost, no hits.
// Shapes:   m of `size` elements; partials one per block.
// Launch:   256 threads; an item is an element; the grid strides.
// Aliasing: none.
// Order:    a thread's elements in double; over the block in a fixed tree.
// Caller:   CudaOperations.run(AddAbsoluteNorm)
extern "C" __global__ void __launch_bounds__(kBlock)
    absolute_norm_partials(NormPartials one, const NormPartials* many) {
  const NormPartials a = own(one, many);
  double sum = 0;
  for_elements(a.size, aligned(a.m), [&](auto width, long long i) {
    constexpr int N = decltype(width)::value;
    const Floats<N> x = load<N>(a.m + i);
#pragma unroll
    for (int k = 0; k < N; k++) {
      sum += fabsf(x.v[k]);
    }
  });
  write_partial(sum, 0, a.partials);
}

// Formula:  *factor = most / norm if norm = √Σ cost of the partials is above most, else 1.
// Shapes:   partials count; factor one.
// Launch:   256 threads, one block.
// Aliasing: none.
// Order:    a thread's partials in their order; over the block in a fixed tree.
// Caller:   CudaOperations.run(ClipNorm)
extern "C" __global__ void __launch_bounds__(kBlock)
    clip_factor(ClipFactor one, const ClipFactor* many) {
  const ClipFactor a = own(one, many);
  double squares = 0;
  for (int i = threadIdx.x; i < a.count; i += kBlock) {
    squares += a.partials[i].cost;
  }
  squares = block_sum(squares);
  if (threadIdx.x == 0) {
    const double norm = sqrt(squares);
    *a.factor = norm > a.most ? (float)(a.most / norm) : 1;
  }
}

// Formula:  tally.cost += scale Σ cost, tally.hits += Σ hits, tally.weight += Σ weight + samples of
//           the partials; samples are those without weights.
// Shapes:   partials count; tally one.
// Launch:   256 threads, one block.
// Aliasing: none.
// Order:    a thread's partials in their order; over the block in a fixed tree.
// Caller:   CudaOperations.run(OutputDelta), CudaOperations.run(AddSquaredNorm)
extern "C" __global__ void __launch_bounds__(kBlock) tally_add(TallyAdd one, const TallyAdd* many) {
  const TallyAdd a = own(one, many);
  double cost = 0;
  double hits = 0;
  double weight = 0;
  for (int i = threadIdx.x; i < a.count; i += kBlock) {
    cost += a.partials[i].cost;
    hits += a.partials[i].hits;
    weight += a.partials[i].weight;
  }
  cost = block_sum(cost);
  hits = block_sum(hits);
  weight = block_sum(weight);
  if (threadIdx.x == 0) {
    a.tally->cost += a.scale * cost;
    a.tally->hits += hits;
    a.tally->weight += weight + a.samples;
  }
}
