// Hidden layers: activations forward and their derivatives backward, in place.
#include "functions.cuh"

struct BiasActivate {
  const float* bias;
  float* z;
  long long rows;
  int columns;
};

struct ActivationBackward {
  const float* a;
  float* delta;
  long long size;
};

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
__device__ __forceinline__ void bias_activate(const BiasActivate& layer) {
  const unsigned columns = (unsigned)layer.columns;
  const long long size = layer.rows * columns;
  const long long in_fours = aligned(layer.z) ? size / 4 * 4 : 0;
  if (columns % 4 == 0 && aligned(layer.bias)) {
    bias_activate_by<F, 4, true>(layer.bias, layer.z, 0, in_fours, columns);
  } else {
    bias_activate_by<F, 4, false>(layer.bias, layer.z, 0, in_fours, columns);
  }
  bias_activate_by<F, 1, false>(layer.bias, layer.z, in_fours, size, columns);
}

template <class F>
__device__ __forceinline__ void activation_backward(const ActivationBackward& layer) {
  const float* __restrict__ a = layer.a;
  float* delta = layer.delta;
  for_elements(layer.size, aligned(a, delta), [&](auto width, long long i) {
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
    bias_activate_relu(BiasActivate one, const BiasActivate* many) {
  bias_activate<Relu>(own(one, many));
}

// Formula:  z = max(0.01 z, z) of z + bias, the bias added to every row.
// Shapes:   z rows × columns; bias 1 × columns.
// Launch:   256 threads; an item is an element; the grid strides.
// Aliasing: none; z is changed in place.
// Order:    elements are independent.
// Caller:   CudaOperations.run(BiasActivate)
extern "C" __global__ void __launch_bounds__(kBlock)
    bias_activate_leaky_relu(BiasActivate one, const BiasActivate* many) {
  bias_activate<LeakyRelu>(own(one, many));
}

// Formula:  z = tanh z of z + bias, the bias added to every row.
// Shapes:   z rows × columns; bias 1 × columns.
// Launch:   256 threads; an item is an element; the grid strides.
// Aliasing: none; z is changed in place.
// Order:    elements are independent.
// Caller:   CudaOperations.run(BiasActivate)
extern "C" __global__ void __launch_bounds__(kBlock)
    bias_activate_tanh(BiasActivate one, const BiasActivate* many) {
  bias_activate<Tanh>(own(one, many));
}

// Formula:  z = 1 / (1 + e^-z) of z + bias, the bias added to every row.
// Shapes:   z rows × columns; bias 1 × columns.
// Launch:   256 threads; an item is an element; the grid strides.
// Aliasing: none; z is changed in place.
// Order:    elements are independent.
// Caller:   CudaOperations.run(BiasActivate)
extern "C" __global__ void __launch_bounds__(kBlock)
    bias_activate_sigmoid(BiasActivate one, const BiasActivate* many) {
  bias_activate<Sigmoid>(own(one, many));
}

// Formula:  z = z of z + bias, the bias added to every row.
// Shapes:   z rows × columns; bias 1 × columns.
// Launch:   256 threads; an item is an element; the grid strides.
// Aliasing: none; z is changed in place.
// Order:    elements are independent.
// Caller:   CudaOperations.run(BiasActivate)
extern "C" __global__ void __launch_bounds__(kBlock)
    bias_activate_identity(BiasActivate one, const BiasActivate* many) {
  bias_activate<Identity>(own(one, many));
}

// Formula:  delta = delta ∘ f′ with f′ = a > 0 ? 1 : 0.
// Shapes:   a and delta of `size` elements.
// Launch:   256 threads; an item is an element; the grid strides.
// Aliasing: none; delta is changed in place.
// Order:    elements are independent.
// Caller:   CudaOperations.run(ActivationBackward)
extern "C" __global__ void __launch_bounds__(kBlock)
    activation_backward_relu(ActivationBackward one, const ActivationBackward* many) {
  activation_backward<Relu>(own(one, many));
}

// Formula:  delta = delta ∘ f′ with f′ = a > 0 ? 1 : 0.01.
// Shapes:   a and delta of `size` elements.
// Launch:   256 threads; an item is an element; the grid strides.
// Aliasing: none; delta is changed in place.
// Order:    elements are independent.
// Caller:   CudaOperations.run(ActivationBackward)
extern "C" __global__ void __launch_bounds__(kBlock)
    activation_backward_leaky_relu(ActivationBackward one, const ActivationBackward* many) {
  activation_backward<LeakyRelu>(own(one, many));
}

// Formula:  delta = delta ∘ f′ with f′ = 1 - a².
// Shapes:   a and delta of `size` elements.
// Launch:   256 threads; an item is an element; the grid strides.
// Aliasing: none; delta is changed in place.
// Order:    elements are independent.
// Caller:   CudaOperations.run(ActivationBackward)
extern "C" __global__ void __launch_bounds__(kBlock)
    activation_backward_tanh(ActivationBackward one, const ActivationBackward* many) {
  activation_backward<Tanh>(own(one, many));
}

// Formula:  delta = delta ∘ f′ with f′ = a (1 - a).
// Shapes:   a and delta of `size` elements.
// Launch:   256 threads; an item is an element; the grid strides.
// Aliasing: none; delta is changed in place.
// Order:    elements are independent.
// Caller:   CudaOperations.run(ActivationBackward)
extern "C" __global__ void __launch_bounds__(kBlock)
    activation_backward_sigmoid(ActivationBackward one, const ActivationBackward* many) {
  activation_backward<Sigmoid>(own(one, many));
}
