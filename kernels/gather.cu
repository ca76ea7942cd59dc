// Rows by number.
#include "common.cuh"

// Copies rows, N elements at a time; neighbouring threads share a row.
template <int N>
__device__ __forceinline__ void gather_by(const float* __restrict__ source,
                                          const long long* __restrict__ indices, long long rows,
                                          int columns, float* __restrict__ out) {
  const int lanes = lanes_for(columns / N);
  const long long teams = thread_count() / lanes;
  for (long long row = thread_number() / lanes; row < rows; row += teams) {
    const float* from = source + indices[row] * columns;
    float* to = out + row * columns;
    for (long long j = N * (threadIdx.x % lanes); j < columns; j += N * lanes) {
      store<N>(to + j, load<N>(from + j));
    }
  }
}

// Formula:  out[i] = source[indices[i]], whole rows.
// Shapes:   source any rows × columns; indices of `rows` numbers, checked by the caller;
//           out rows × columns.
// Launch:   256 threads; an item is an element of out; the grid strides.
// Aliasing: none.
// Order:    elements are independent.
// Caller:   CudaBackend.doGatherRows
extern "C" __global__ void __launch_bounds__(kBlock)
    gather_rows(const float* source, const long long* indices, long long rows, int columns,
                float* out) {
  if (columns % 4 == 0 && aligned(source, out)) {
    gather_by<4>(source, indices, rows, columns, out);
  } else {
    gather_by<1>(source, indices, rows, columns, out);
  }
}
