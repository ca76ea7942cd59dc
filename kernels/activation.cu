// Hidden layers: activations forward and their derivatives backward, in place.
#include "functions.cuh"

// Adds the bias and applies F from element `first` on, N elements at a time. The column advances by
// a fixed step that wraps, so that the loop has no division.
template <class F, int N, bool kBiasInFours>
__device__ __forceinline__ void bias_activate_by(const float* __restrict__ bias, float* z,
                                                 long long first, long long end, unsigned columns) {
  const long long stride = N * thread_count();
  long long i = first + N * thread_number();
  unsigned column = (unsigned)(i % columns);
  const unsigned step = (unsigned)(stride % columns);
  for (; i < end; i += stride) {
    Floats<N> x = load<N>(z + i);
    if constexpr (kBiasInFours) {
      const Floats<N> b = load<N>(bias + column);
#pragma unroll
      for (int k = 0; k < N; k++) {
        x.v[k] = F::value(x.v[k] + b.v[k]);
      }
    } else {
      unsigned c = column;
#pragma unroll
      for (int k = 0; k < N; k++) {
        x.v[k] = F::value(x.v[k] + bias[c]);
        c = c + 1 == columns ? 0 : c + 1;
      }
    }
    store<N>(z + i, x);
    column += step;
    column = column >= columns ? column - columns : column;
  }
}

template <class F>
__device__ __forceinline__ void bias_activate(const float* __restrict__ bias, float* z,
                                              long long rows, int columns) {
  const long long size = rows * columns;
  const long long in_fours = aligned(z) ? size / 4 * 4 : 0;
  if (columns % 4 == 0 && aligned(bias)) {
    bias_activate_by<F, 4, true>(bias, z, 0, in_fours, (unsigned)columns);
  } else {
    bias_activate_by<F, 4, false>(bias, z, 0, in_fours, (unsigned)columns);
  }
  bias_activate_by<F, 1, false>(bias, z, in_fours, size, (unsigned)columns);
}

template <class F>
__device__ __forceinline__ void activation_backward(const float* __restrict__ a, float* delta,
                                                    long long size) {
  for_elements(size, aligned(a, delta), [&](auto width, long long i) {
    constexpr int N = decltype(width)::value;
    const Floats<N> x = load<N>(a + i);
    Floats<N> d = load<N>(delta + i);
#pragma unroll
    for (int k = 0; k < N; k++) {
      d.v[k] *= F::slope(x.v[k]);
    }
    store<N>(delta + i, d);
  });
}

// Formula:  z = max(0, z) of z + bias, the bias added to every row.
// Shapes:   z rows × columns; bias 1 × columns.
// Launch:   256 threads; an item is an element; the grid strides.
// Aliasing: none; z is changed in place.
// Order:    elements are independent.
// Caller:   CudaOperations.run(BiasActivate)
extern "C" __global__ void __launch_bounds__(kBlock)
    bias_activate_relu(const float* bias, float* z, long long rows, int columns) {
  bias_activate<Relu>(bias, z, rows, columns);
}

// Formula:  z = max(0.01 z, z) of z + bias, the bias added to every row.
// Shapes:   z rows × columns; bias 1 × columns.
// Launch:   256 threads; an item is an element; the grid strides.
// Aliasing: none; z is changed in place.
// Order:    elements are independent.
// Caller:   CudaOperations.run(BiasActivate)
extern "C" __global__ void __launch_bounds__(kBlock)
    bias_activate_leaky_relu(const float* bias, float* z, long long rows, int columns) {
  bias_activate<LeakyRelu>(bias, z, rows, columns);
}

// Formula:  z = tanh z of z + bias, the bias added to every row.
// Shapes:   z rows × columns; bias 1 × columns.
// Launch:   256 threads; an item is an element; the grid strides.
// Aliasing: none; z is changed in place.
// Order:    elements are independent.
// Caller:   CudaOperations.run(BiasActivate)
extern "C" __global__ void __launch_bounds__(kBlock)
    bias_activate_tanh(const float* bias, float* z, long long rows, int columns) {
  bias_activate<Tanh>(bias, z, rows, columns);
}

// Formula:  z = 1 / (1 + e^-z) of z + bias, the bias added to every row.
// Shapes:   z rows × columns; bias 1 × columns.
// Launch:   256 threads; an item is an element; the grid strides.
// Aliasing: none; z is changed in place.
// Order:    elements are independent.
// Caller:   CudaOperations.run(BiasActivate)
extern "C" __global__ void __launch_bounds__(kBlock)
    bias_activate_sigmoid(const float* bias, float* z, long long rows, int columns) {
  bias_activate<Sigmoid>(bias, z, rows, columns);
}

// Formula:  z = z of z + bias, the bias added to every row.
// Shapes:   z rows × columns; bias 1 × columns.
// Launch:   256 threads; an item is an element; the grid strides.
// Aliasing: none; z is changed in place.
// Order:    elements are independent.
// Caller:   CudaOperations.run(BiasActivate)
extern "C" __global__ void __launch_bounds__(kBlock)
    bias_activate_identity(const float* bias, float* z, long long rows, int columns) {
  bias_activate<Identity>(bias, z, rows, columns);
}

// Formula:  delta = delta ∘ f′ with f′ = a > 0 ? 1 : 0.
// Shapes:   a and delta of `size` elements.
// Launch:   256 threads; an item is an element; the grid strides.
// Aliasing: none; delta is changed in place.
// Order:    elements are independent.
// Caller:   CudaOperations.run(ActivationBackward)
extern "C" __global__ void __launch_bounds__(kBlock)
    activation_backward_relu(const float* a, float* delta, long long size) {
  activation_backward<Relu>(a, delta, size);
}

// Formula:  delta = delta ∘ f′ with f′ = a > 0 ? 1 : 0.01.
// Shapes:   a and delta of `size` elements.
// Launch:   256 threads; an item is an element; the grid strides.
// Aliasing: none; delta is changed in place.
// Order:    elements are independent.
// Caller:   CudaOperations.run(ActivationBackward)
extern "C" __global__ void __launch_bounds__(kBlock)
    activation_backward_leaky_relu(const float* a, float* delta, long long size) {
  activation_backward<LeakyRelu>(a, delta, size);
}

// Formula:  delta = delta ∘ f′ with f′ = 1 - a².
// Shapes:   a and delta of `size` elements.
// Launch:   256 threads; an item is an element; the grid strides.
// Aliasing: none; delta is changed in place.
// Order:    elements are independent.
// Caller:   CudaOperations.run(ActivationBackward)
extern "C" __global__ void __launch_bounds__(kBlock)
    activation_backward_tanh(const float* a, float* delta, long long size) {
  activation_backward<Tanh>(a, delta, size);
}

// Formula:  delta = delta ∘ f′ with f′ = a (1 - a).
// Shapes:   a and delta of `size` elements.
// Launch:   256 threads; an item is an element; the grid strides.
// Aliasing: none; delta is changed in place.
// Order:    elements are independent.
// Caller:   CudaOperations.run(ActivationBackward)
extern "C" __global__ void __launch_bounds__(kBlock)
    activation_backward_sigmoid(const float* a, float* delta, long long size) {
  activation_backward<Sigmoid>(a, delta, size);
}
