// How the parameters of a whole run follow the gradient: a block's model, step after step. What is
// fixed at compile time: see whole_run.cu, and
//
//   FRONT    1 if the models have a front scale: a learned factor for each feature
//   REFINED  1 if their steps are others than plain gradient descent, momentum or Adam: with
//            Nesterov's momentum, a rate that changes, clipped gradients or L1
#pragma once

#include "network.cuh"

constexpr int kThreads = WARPS * kWarp;

// Whether a parameter's step needs the whole gradient.
constexpr bool kWhole = FRONT || REFINED;

// What a front scale keeps of a model: the first layer's weights without the factors, the factors,
// and two moments of each factor.
constexpr int kFactors = FRONT ? kFirstBias : 0;
constexpr int kFactorMoments = kFactors + (FRONT ? N_X : 0);
constexpr int kFront = kFactorMoments + (FRONT ? 2 * N_X : 0);

// A model's settings and what goes on from launch to launch; FusedSettings has the same order.
enum Setting {
  kOptimizer,  // 0 gradient descent, 1 momentum, 2 Adam, 3 Nesterov's momentum
  kRate,
  kMomentum,
  kBeta1,
  kRest1,
  kBeta2,
  kRest2,
  kEpsilon,
  kL2,
  kSeed,  // the bits of a 64-bit integer
  kPower1,
  kPower2,     // Adam's powers of beta1 and beta2, after the steps so far
  kFrontRate,  // of the factors
  kScale,      // the host's factor of all rates
  kSchedule,   // 0 constant, 1 cosine, 2 steps
  kScheduleEpochs,
  kScheduleFactor,
  kWarmup,    // epochs
  kClipNorm,  // 0 for none
  kL1,
  kLoss,
  kKeep,
  kThreshold,  // see Refined
  kSettings
};

// The sum over the block, in a fixed order.
__device__ __forceinline__ double total_of(double x) {
  __shared__ double warps[WARPS];
  x = warp_sum(x);
  __syncthreads();
  if (threadIdx.x % kWarp == 0) {
    warps[threadIdx.x / kWarp] = x;
  }
  __syncthreads();
  double sum = warps[0];
#pragma unroll
  for (int warp = 1; warp < WARPS; warp++) {
    sum += warps[warp];
  }
  return sum;
}

// What the rate is multiplied by in a step: Refinements.rateFactor and the host's factor.
__device__ __forceinline__ double rate_factor(const double* settings, long long step,
                                              long long per_epoch) {
  const double epochs = (double)step / per_epoch;
  const double warmup = settings[kWarmup];
  double factor = settings[kScale];
  if (settings[kSchedule] == 1) {
    const double part = max(0.0, epochs - warmup) / (settings[kScheduleEpochs] - warmup);
    factor *= part >= 1 ? 0 : (1 + cospi(part)) / 2;
  } else if (settings[kSchedule] == 2) {
    double power = settings[kScheduleFactor];
    for (long long left = (long long)(epochs / settings[kScheduleEpochs]); left > 0; left /= 2) {
      factor *= left % 2 == 1 ? power : 1;
      power *= power;
    }
  }
  const double rising = (step + 1) / (warmup * per_epoch);
  return rising < 1 ? factor * rising : factor;
}

// How a model's parameters follow the gradient; in shared memory, one for a block.
struct Steps {
  int optimizer;
  float rate;
  float momentum;
  float beta1;
  float rest1;
  float beta2;
  float rest2;
  float epsilon;
  float l2;
  float root;
  float front_rate;
  double clip_norm;
  float l1;

  __device__ __forceinline__ void read(const double* settings) {
    optimizer = (int)settings[kOptimizer];
    rate = (float)settings[kRate];
    momentum = (float)settings[kMomentum];
    beta1 = (float)settings[kBeta1];
    rest1 = (float)settings[kRest1];
    beta2 = (float)settings[kBeta2];
    rest2 = (float)settings[kRest2];
    epsilon = (float)settings[kEpsilon];
    l2 = (float)settings[kL2];
    front_rate = (float)settings[kFrontRate];
    clip_norm = settings[kClipNorm];
    l1 = (float)settings[kL1];
  }

  // A step begins: the rates are those of this one.
  __device__ __forceinline__ void begin(double* settings, long long step, long long per_epoch) {
    double factor = 1;
    if constexpr (REFINED) {
      factor = rate_factor(settings, step, per_epoch);
      rate = (float)(settings[kRate] * factor);
      front_rate = (float)(settings[kFrontRate] * factor);
    }
    if (optimizer == 2) {
      settings[kPower1] *= settings[kBeta1];
      settings[kPower2] *= settings[kBeta2];
      const double rest = 1 - settings[kPower1];
      rate = (float)(settings[kRate] * factor / rest);
      front_rate = (float)(settings[kFrontRate] * factor / rest);
      root = (float)(1 / sqrt(1 - settings[kPower2]));
    }
  }

  // A parameter's next value; `moment` are two for each parameter, `apart` from each other.
  __device__ __forceinline__ float next(float theta, float gradient, float decay, float own_rate,
                                        float* moment, int apart) const {
    const float g = gradient + decay * theta;
    if (optimizer == 2) {
      const float m = beta1 * moment[0] + rest1 * g;
      const float v = beta2 * moment[apart] + rest2 * (g * g);
      moment[0] = m;
      moment[apart] = v;
      return theta - own_rate * m / (sqrtf(v) * root + epsilon);
    }
    if (optimizer == 1 || (REFINED && optimizer == 3)) {
      const float v = momentum * moment[0] + g;
      moment[0] = v;
      return theta - own_rate * (REFINED && optimizer == 3 ? g + momentum * v : v);
    }
    return theta - own_rate * g;
  }
};

// Whether a parameter is a weight, not a bias.
__device__ __forceinline__ bool is_weight(int p) {
  return p < kFirstBias || (p >= kSecondWeights && p < kSecondBias);
}

// The next value of a parameter whose step knows the whole gradient; adds what it costs to the
// penalty.
__device__ __forceinline__ float refined_step(const Steps& step, int p, float old, float gradient,
                                              int count, float* moments, double& penalty) {
  const bool weight = is_weight(p);
  float g = gradient;
  if (REFINED && weight && step.l1 > 0) {
    g += step.l1 * (old > 0 ? 1 : old < 0 ? -1 : old);
    penalty += (double)step.l1 * count * fabsf(old);
  }
  if (weight && step.l2 > 0) {
    penalty += 0.5 * step.l2 * count * ((double)old * old);
  }
  return step.next(old, g, weight ? step.l2 : 0, step.rate, moments + p, kParameters);
}

// Lanes that share a feature's weights, neighbours in a warp.
constexpr int lanes_of_feature(int lanes) {
  return lanes < kWarp && 2 * lanes * N_X <= kThreads ? lanes_of_feature(2 * lanes) : lanes;
}

constexpr int kFeatureLanes = lanes_of_feature(1);

// A step of the first layer's weights W and of the factors s. Samples go through V = s ∘ W: ds[j] =
// Σ dV[u,j] W[u,j] over the units u, dW[u,j] = s[j] dV[u,j] (FrontScale).
//
// total: the sums of derivatives by what samples go through, in float or in double
// share: what makes those the gradient's
// front: of the model, see kFront
// now:   gets V
template <class Sum>
__device__ __forceinline__ void take_front_step(const Steps& step, const Sum* total, double share,
                                                float clip, int count, float* front, float* moments,
                                                float* now, double& penalty) {
  constexpr int kAtOnce = kThreads / kFeatureLanes;
  constexpr int kOfLayer = kFirstBias / N_X;
  const int lane = threadIdx.x % kFeatureLanes;
  for (int first = 0; first < N_X; first += kAtOnce) {
    const int j = first + (int)threadIdx.x / kFeatureLanes;
    const int end = j < N_X ? kOfLayer : 0;
    float s = j < N_X ? front[kFactors + j] : 0;
    double by_factor = 0;
    for (int unit = lane; unit < end; unit += kFeatureLanes) {
      const int p = unit * N_X + j;
      const float old = front[p];
      const float d = clip * (float)(total[p] * share);
      by_factor += d * old;
      front[p] = refined_step(step, p, old, s * d, count, moments, penalty);
    }
#pragma unroll
    for (int apart = kFeatureLanes / 2; apart > 0; apart /= 2) {
      by_factor += __shfl_xor_sync(kAllLanes, by_factor, apart);
    }
    if (lane == 0 && j < N_X) {
      s = step.next(s, (float)by_factor, 0, step.front_rate, front + kFactorMoments + j, N_X);
      front[kFactors + j] = s;
    }
    s = __shfl_sync(kAllLanes, s, 0, kFeatureLanes);
    for (int unit = lane; unit < end; unit += kFeatureLanes) {
      now[unit * N_X + j] = s * front[unit * N_X + j];
    }
  }
}

// A step by the whole gradient, which the block has added up.
template <class Sum>
__device__ __forceinline__ void take_whole_step(const Steps& step, const Sum* total, double share,
                                                int count, float* front, float* moments, float* now,
                                                double& penalty) {
  float clip = 1;
  if (REFINED && step.clip_norm > 0) {
    double squares = 0;
    for (int p = threadIdx.x; p < kParameters; p += kThreads) {
      const double d = total[p] * share;
      squares += d * d;
    }
    const double shorter = step.clip_norm / sqrt(total_of(squares));
    clip = shorter < 1 ? (float)shorter : 1;
  }
  if constexpr (FRONT) {
    take_front_step(step, total, share, clip, count, front, moments, now, penalty);
  }
  for (int p = (FRONT ? kFirstBias : 0) + threadIdx.x; p < kParameters; p += kThreads) {
    const float d = clip * (float)(total[p] * share);
    now[p] = refined_step(step, p, now[p], d, count, moments, penalty);
  }
}
