// A network with at most one hidden layer, whoever computes it: its parameters, and what becomes of
// a sample's logits. Everything is specialised at compile time:
//
//   N_X, N_H, N_Y  features, hidden units (0 for none), outputs
//   ACTIVATION     of the hidden units: a structure of functions.cuh
//   OUTPUT         0 sigmoid, 1 softmax, 2 identity, 3 exponential, each with its cost
//   LOSS           0 that cost, 1 with smoothed labels, 2 Huber's, 3 a quantile's
//   DROPS          1 if hidden activations are left out in training
//   WEIGHTED       1 if the last column of the targets is the samples' weights
#pragma once

#include "dropout.cuh"
#include "functions.cuh"
#include "losses.cuh"

constexpr bool kHidden = N_H > 0;
constexpr bool kWeighted = WEIGHTED;
constexpr bool kSoftmax = OUTPUT == 1;
constexpr bool kSmoothed = LOSS == 1;
constexpr bool kExponential = OUTPUT == 3;
constexpr bool kOfNumbers = kExponential || LOSS >= 2;  // a loss of losses.cuh
constexpr bool kDrops = DROPS && kHidden;
constexpr int kLogits = N_Y;
constexpr int kTargets = (kSoftmax ? 1 : N_Y) + WEIGHTED;  // columns, the weight included

// The network's parameters in the order of NetworkSpec.
constexpr int kFirstBias = (kHidden ? N_H : N_Y) * N_X;
constexpr int kSecondWeights = kFirstBias + (kHidden ? N_H : N_Y);
constexpr int kSecondBias = kSecondWeights + (kHidden ? N_Y * N_H : 0);
constexpr int kParameters = kSecondBias + (kHidden ? N_Y : 0);

// Sums over batches have the parameters' order, the samples' weight behind.
constexpr int kSums = kParameters + WEIGHTED;

// A float ends at e^88, where the mean of an exponential's derivatives may not: they are this part
// of themselves until what ends their sum makes them whole. A power of 2 costs no digits. Those of
// weighted samples have their weight at once, as where layers go one by one, and are whole.
constexpr double kPart = kExponential && !kWeighted ? 1.0 / (1LL << 32) : 1;

// What tiles have to know of a model's loss and of its dropout.
struct Refined {
  double loss;  // its epsilon, delta or level
  float keep;   // what is left of activations is multiplied by
  unsigned threshold;
  Bits seed;
};

// Where a sample is, as dropout sees it: the steps before this one, and its place in the batch.
struct Place {
  unsigned steps;
  unsigned row;
};

// What a thread has seen of samples.
struct Seen {
  double cost;
  double hits;
  double weight;
};

// Cost and hit of a sample, or half its squared error in the hit's place, both times its weight; z
// becomes kPart of the cost's derivative by the logits, times the weight too. Labels are smoothed
// in training alone.
template <bool kTrain>
__device__ __forceinline__ void judge(float (&z)[kLogits], const float (&y)[kTargets], bool counts,
                                      const Refined& refined, Seen& seen) {
  constexpr bool kSmooths = kTrain && kSmoothed;
  const float weight = kWeighted ? y[kTargets - 1] : 1;
  double cost = 0;
  double square = 0;
  bool hit = true;
  if constexpr (kSoftmax) {
    const int target = (int)y[0];
    Largest largest = {__int_as_float(0xff800000), kLogits};  // minus infinity, no column
#pragma unroll
    for (int c = 0; c < kLogits; c++) {
      largest.take(z[c], c);
    }
    float e[kLogits];
    float own = 0;
    float own_logit = 0;
    float rest = 0;
    double below = 0;
#pragma unroll
    for (int c = 0; c < kLogits; c++) {
      e[c] = exp_below(z[c], largest.value);
      own = c == target ? e[c] : own;
      own_logit = c == target ? z[c] : own_logit;
      rest += c == target ? 0 : e[c];
      if constexpr (kSmooths) {
        below += (double)largest.value - z[c];
      }
    }
    const float sum = own + rest;
    hit = (int)largest.column == target;
    if constexpr (kSmooths) {
      const double share = refined.loss / kLogits;
      cost = logf(sum) + (1 - refined.loss) * ((double)largest.value - own_logit) + share * below;
#pragma unroll
      for (int c = 0; c < kLogits; c++) {
        z[c] = (float)(e[c] / sum - (c == target ? 1 - refined.loss + share : share));
      }
    } else {
      cost = hit ? (double)log1pf(rest) : logf(sum) + ((double)largest.value - own_logit);
#pragma unroll
      for (int c = 0; c < kLogits; c++) {
        z[c] = c == target ? -(rest / sum) : e[c] / sum;
      }
    }
  } else {
#pragma unroll
    for (int c = 0; c < kLogits; c++) {
      if constexpr (kSmooths) {
        const ClassLoss loss = smoothed_loss(z[c], y[c], refined.loss);
        cost += loss.cost;
        hit = hit && loss.right;
        z[c] = (float)loss.d;
      } else if constexpr (OUTPUT == 0) {
        const LogitLoss loss = sigmoid_loss(z[c], y[c]);
        cost += loss.cost;
        hit = hit && !loss.wrong;
        z[c] = loss.delta;
      } else if constexpr (kOfNumbers) {
        const NumberLoss loss = kExponential ? poisson_loss(z[c], y[c])
                                : LOSS == 2  ? huber_loss(z[c], y[c], refined.loss)
                                             : quantile_loss(z[c], y[c], refined.loss);
        cost += loss.cost;
        square += loss.square;
        if constexpr (kExponential) {
          z[c] = (float)((kWeighted ? weight : kPart) * loss.d);
        } else {
          z[c] = (float)loss.d;
        }
      } else {
        z[c] -= y[c];
        cost += 0.5 * ((double)z[c] * z[c]);
        hit = false;
      }
    }
  }
  if constexpr (kWeighted && (kSmooths || kOfNumbers)) {
    // What it costs may be infinite.
    counts = counts && weight != 0;
  }
  if (counts) {
    seen.cost += kWeighted ? weight * cost : cost;
    if constexpr (kOfNumbers) {
      seen.hits += kWeighted ? weight * square : square;
    } else {
      seen.hits += hit ? weight : 0;
    }
    if constexpr (kWeighted) {
      seen.weight += weight;
    }
  }
#pragma unroll
  for (int c = 0; c < kLogits; c++) {
    z[c] = !counts ? 0 : kWeighted && !kExponential ? weight * z[c] : z[c];
  }
}

// Which of a lane's hidden units, each kLanes-th from number `lane` on, are kept of the sample at
// this place of the batch: a bit for each.
template <int kLanes, int kUnits>
__device__ __forceinline__ unsigned kept_units(unsigned lane, const Refined& refined, Place place) {
  static_assert(!kDrops || kUnits <= 32, "what is kept of a lane's units are the bits of a word");
  // Units of fewer lanes than a block has words are neighbours.
  constexpr int kOfBlock = kLanes < kDropoutWords ? kDropoutWords / kLanes : 1;
  unsigned kept = 0;
  Bits words[2];
#pragma unroll
  for (int k = 0; k < kUnits; k++) {
    const unsigned unit = lane + kLanes * k;
    if (k % kOfBlock == 0) {
      dropout_words(refined.seed, place.steps, place.row, 1, unit / kDropoutWords, words);
    }
    const bool there = dropout_word(words, unit % kDropoutWords) >= refined.threshold;
    kept |= (unsigned)there << k;
  }
  return kept;
}

// What the lane's unit k hands on of its activation.
template <bool kLeavesOut>
__device__ __forceinline__ float output_of(float a, unsigned kept, int k, const Refined& refined) {
  if constexpr (kLeavesOut) {
    return kept >> k & 1 ? refined.keep * a : 0;
  } else {
    return a;
  }
}
