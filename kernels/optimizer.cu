// The optimisers' steps on flat parameters, their count, the means of weighted samples, and
// products element by element. L2 is added to the gradient: g = gradient + decay ∘ theta.
#include "common.cuh"

struct DivideByWeight {
  const float* sums;
  int columns;
  float* m;
  long long size;
};

struct Multiply {
  const float* m;
  const float* factors;
  long long count;
  float* product;
  long long size;
};

struct Clip {
  const float* factor;
  float* m;
  long long size;
};

struct AddSign {
  const float* m;
  float scale;
  float* out;
  long long size;
};

struct GradientDescent {
  const float* gradient;
  const float* decay;
  float* theta;
  long long size;
  float rate;
  const float* factor;
};

struct Momentum {
  const float* gradient;
  const float* decay;
  float* velocity;
  float* theta;
  long long size;
  float rate;
  const float* factor;
  float momentum;
  int nesterov;
};

struct AdamRates {
  const long long* steps;
  double learning_rate;
  const float* factor;
  double beta1;
  double beta2;
  float* rates;
};

struct Adam {
  const float* gradient;
  const float* decay;
  float* first_moment;
  float* second_moment;
  float* theta;
  long long size;
  float beta1;
  float rest1;
  float beta2;
  float rest2;
  float epsilon;
  const float* rates;
};

template <int N>
__device__ __forceinline__ Floats<N> with_decay(const float* __restrict__ gradient,
                                                const float* __restrict__ decay, long long i,
                                                const Floats<N>& theta) {
  Floats<N> g = load<N>(gradient + i);
  if (decay != nullptr) {
    const Floats<N> strength = load<N>(decay + i);
#pragma unroll
    for (int k = 0; k < N; k++) {
      g.v[k] += strength.v[k] * theta.v[k];
    }
  }
  return g;
}

__device__ __forceinline__ float scaled(float rate, const float* factor) {
  return factor == nullptr ? rate : rate * *factor;
}

// Formula:  m = m / w, w the last of the sums; unless w is 0.
// Shapes:   sums 1 × columns; m of `size` elements.
// Launch:   256 threads; an item is an element; the grid strides.
// Aliasing: none; m is changed in place.
// Order:    elements are independent.
// Caller:   CudaOperations.run(DivideByWeight)
extern "C" __global__ void __launch_bounds__(kBlock)
    divide_by_weight(DivideByWeight one, const DivideByWeight* many) {
  const DivideByWeight a = own(one, many);
  float* m = a.m;
  const float weight = a.sums[a.columns - 1];
  if (weight == 0) {
    return;
  }
  for_elements(a.size, aligned(m), [&](auto width, long long i) {
    constexpr int N = decltype(width)::value;
    Floats<N> x = load<N>(m + i);
#pragma unroll
    for (int k = 0; k < N; k++) {
      x.v[k] /= weight;
    }
    store<N>(m + i, x);
  });
}

// Formula:  product = m ∘ factors; one row of factors serves every row of m.
// Shapes:   m and product of `size` elements; factors of `count` elements, a divisor of size.
// Launch:   256 threads; an item is an element; the grid strides.
// Aliasing: product may be m.
// Order:    elements are independent.
// Caller:   CudaOperations.run(Multiply)
extern "C" __global__ void __launch_bounds__(kBlock, kBlocksPerSm)
    multiply(Multiply one, const Multiply* many) {
  const Multiply a = own(one, many);
  for_elements(a.size, aligned(a.m, a.product), [&](auto width, long long i) {
    constexpr int N = decltype(width)::value;
    Floats<N> x = load<N>(a.m + i);
#pragma unroll
    for (int k = 0; k < N; k++) {
      x.v[k] *= a.factors[(i + k) % a.count];
    }
    store<N>(a.product + i, x);
  });
}

// Formula:  m = m *factor, unless that is 1.
// Shapes:   factor one; m of `size` elements.
// Launch:   256 threads; an item is an element; the grid strides.
// Aliasing: none; m is changed in place.
// Order:    elements are independent.
// Caller:   CudaOperations.run(ClipNorm)
extern "C" __global__ void __launch_bounds__(kBlock) clip(Clip one, const Clip* many) {
  const Clip a = own(one, many);
  float* m = a.m;
  const float scale = *a.factor;
  if (scale == 1) {
    return;
  }
  for_elements(a.size, aligned(m), [&](auto width, long long i) {
    constexpr int N = decltype(width)::value;
    Floats<N> x = load<N>(m + i);
#pragma unroll
    for (int k = 0; k < N; k++) {
      x.v[k] *= scale;
    }
    store<N>(m + i, x);
  });
}

// Formula:  out = out + scale sign m, where the sign of 0 is 0 and of not-a-number itself.
// Shapes:   both of `size` elements.
// Launch:   256 threads; an item is an element; the grid strides.
// Aliasing: none; out is changed in place.
// Order:    elements are independent.
// Caller:   CudaOperations.run(AddSign)
extern "C" __global__ void __launch_bounds__(kBlock) add_sign(AddSign one, const AddSign* many) {
  const AddSign a = own(one, many);
  const float scale = a.scale;
  float* out = a.out;
  for_elements(a.size, aligned(a.m, out), [&](auto width, long long i) {
    constexpr int N = decltype(width)::value;
    const Floats<N> x = load<N>(a.m + i);
    Floats<N> y = load<N>(out + i);
#pragma unroll
    for (int k = 0; k < N; k++) {
      const float sign = x.v[k] > 0 ? 1 : x.v[k] < 0 ? -1 : x.v[k];
      y.v[k] += scale * sign;
    }
    store<N>(out + i, y);
  });
}

// Formula:  theta = theta - rate g, the rate times *factor.
// Shapes:   all of `size` elements; decay may be null, for no L2; factor one, or null for 1.
// Launch:   256 threads; an item is an element; the grid strides.
// Aliasing: none; theta is changed in place.
// Order:    elements are independent.
// Caller:   CudaOperations.run(GradientDescentStep)
extern "C" __global__ void __launch_bounds__(kBlock)
    optimizer_gradient_descent(GradientDescent one, const GradientDescent* many) {
  const GradientDescent a = own(one, many);
  const float rate = scaled(a.rate, a.factor);
  float* theta = a.theta;
  for_elements(a.size, aligned(a.gradient, a.decay, theta), [&](auto width, long long i) {
    constexpr int N = decltype(width)::value;
    Floats<N> t = load<N>(theta + i);
    const Floats<N> g = with_decay<N>(a.gradient, a.decay, i, t);
#pragma unroll
    for (int k = 0; k < N; k++) {
      t.v[k] -= rate * g.v[k];
    }
    store<N>(theta + i, t);
  });
}

// Formula:  v = momentum v + g; theta = theta - rate v, of Nesterov's kind theta - rate (g +
//           momentum v), the rate times *factor.
// Shapes:   all of `size` elements; decay may be null, for no L2; factor one, or null for 1.
// Launch:   256 threads; an item is an element; the grid strides.
// Aliasing: none; velocity and theta are changed in place.
// Order:    elements are independent.
// Caller:   CudaOperations.run(MomentumStep)
extern "C" __global__ void __launch_bounds__(kBlock)
    optimizer_momentum(Momentum one, const Momentum* many) {
  const Momentum a = own(one, many);
  const float rate = scaled(a.rate, a.factor);
  const float momentum = a.momentum;
  const bool nesterov = a.nesterov != 0;
  float* velocity = a.velocity;
  float* theta = a.theta;
  const bool in_fours = aligned(a.gradient, a.decay, velocity, theta);
  for_elements(a.size, in_fours, [&](auto width, long long i) {
    constexpr int N = decltype(width)::value;
    Floats<N> t = load<N>(theta + i);
    Floats<N> v = load<N>(velocity + i);
    const Floats<N> g = with_decay<N>(a.gradient, a.decay, i, t);
#pragma unroll
    for (int k = 0; k < N; k++) {
      v.v[k] = momentum * v.v[k] + g.v[k];
      t.v[k] -= rate * (nesterov ? g.v[k] + momentum * v.v[k] : v.v[k]);
    }
    store<N>(velocity + i, v);
    store<N>(theta + i, t);
  });
}

// Formula:  rates = {learning_rate *factor / (1 - beta1^t), 1 / √(1 - beta2^t)}, t = *steps + 1:
//           the corrections of Adam's moments, folded into factors.
// Shapes:   steps one; factor one, or null for 1; rates 2.
// Launch:   256 threads, one block; its first thread works.
// Aliasing: none.
// Order:    nothing is added up; in double.
// Caller:   CudaOperations.run(AdamStep)
extern "C" __global__ void __launch_bounds__(kBlock)
    optimizer_adam_rates(AdamRates one, const AdamRates* many) {
  const AdamRates a = own(one, many);
  if (threadIdx.x == 0) {
    const double t = (double)(*a.steps + 1);
    const double rate = a.factor == nullptr ? a.learning_rate : a.learning_rate * *a.factor;
    a.rates[0] = (float)(rate / (1 - pow(a.beta1, t)));
    a.rates[1] = (float)(1 / sqrt(1 - pow(a.beta2, t)));
  }
}

// Formula:  m = beta1 m + rest1 g; v = beta2 v + rest2 g²; theta = theta - rate m / (√v root +
// epsilon).
//           rest1 = 1 - beta1 and rest2 = 1 - beta2 are rounded from double; rate and root are what
//           optimizer_adam_rates left.
// Shapes:   all of `size` elements; decay may be null, for no L2; rates 2.
// Launch:   256 threads; an item is an element; the grid strides.
// Aliasing: none; first_moment (m), second_moment (v) and theta are changed in place.
// Order:    elements are independent.
// Caller:   CudaOperations.run(AdamStep)
extern "C" __global__ void __launch_bounds__(kBlock) optimizer_adam(Adam one, const Adam* many) {
  const Adam a = own(one, many);
  const float rate = a.rates[0];
  const float root = a.rates[1];
  const bool in_fours = aligned(a.gradient, a.decay, a.first_moment, a.second_moment, a.theta);
  for_elements(a.size, in_fours, [&](auto width, long long i) {
    constexpr int N = decltype(width)::value;
    Floats<N> t = load<N>(a.theta + i);
    Floats<N> m = load<N>(a.first_moment + i);
    Floats<N> v = load<N>(a.second_moment + i);
    const Floats<N> g = with_decay<N>(a.gradient, a.decay, i, t);
#pragma unroll
    for (int k = 0; k < N; k++) {
      m.v[k] = a.beta1 * m.v[k] + a.rest1 * g.v[k];
      v.v[k] = a.beta2 * v.v[k] + a.rest2 * (g.v[k] * g.v[k]);
      t.v[k] -= rate * m.v[k] / (sqrtf(v.v[k]) * root + a.epsilon);
    }
    store<N>(a.first_moment + i, m);
    store<N>(a.second_moment + i, v);
    store<N>(a.theta + i, t);
  });
}

// Formula:  counter = counter + 1.
// Shapes:   counter one.
// Launch:   256 threads, one block; its first thread works.
// Aliasing: none.
// Order:    nothing is added up.
// Caller:   CudaOperations.run(Increment)
extern "C" __global__ void __launch_bounds__(kBlock) counter_increment(long long* counter) {
  if (threadIdx.x == 0) {
    ++*counter;
  }
}
