// A network with at most one hidden layer in the registers of a warp, and what becomes of a tile of
// samples there. Everything is specialised at compile time:
//
//   N_X, N_H, N_Y  features, hidden units (0 for none), outputs
//   ACTIVATION     of the hidden units: a structure of functions.cuh
//   OUTPUT         0 sigmoid, 1 softmax, 2 identity, 3 exponential, each with its cost
//   LOSS           0 that cost, 1 with smoothed labels, 2 Huber's, 3 a quantile's
//   DROPS          1 if hidden activations are left out in training
//   WEIGHTED       1 if the last column of the targets is the samples' weights
//   LANES          lanes that share a sample, a power of 2; 1 without hidden units
//   DEPTH          samples that these lanes work on in a row, a power of 2, at most LANES
//
// Each lane has the hidden units u with u mod LANES = lane mod LANES, with all their weights and
// the sums of those weights' derivatives. So every feature that is read from shared memory, which
// gives a warp one number a cycle, serves as many multiplications as the lane has units. Without
// hidden units a lane has the whole network, and samples of its own.
#pragma once

#include "dropout.cuh"
#include "functions.cuh"
#include "losses.cuh"

constexpr int kLanes = LANES;
constexpr int kGroups = kWarp / kLanes;  // samples that a warp works on at once
constexpr int kDepth = DEPTH;
constexpr int kTile = kGroups * kDepth;  // samples of a tile
constexpr bool kHidden = N_H > 0;
constexpr bool kWeighted = WEIGHTED;
constexpr bool kSoftmax = OUTPUT == 1;
constexpr bool kSmoothed = LOSS == 1;
constexpr bool kOfNumbers = OUTPUT == 3 || LOSS >= 2;  // a loss of losses.cuh
constexpr bool kDrops = DROPS && kHidden;
constexpr int kLogits = N_Y;
constexpr int kTargets = (kSoftmax ? 1 : N_Y) + WEIGHTED;            // columns, the weight included
constexpr int kUnits = kHidden ? (N_H + kLanes - 1) / kLanes : N_Y;  // of a lane

// A row of a tile in shared memory: four features are read at once, and neighbouring rows, which
// groups of lanes read together, lie in different banks.
constexpr int kPitch = (N_X + 3) / 4 % 2 == 1 ? (N_X + 3) / 4 * 4 : (N_X + 3) / 4 * 4 + 4;

// The network's parameters in the order of NetworkSpec.
constexpr int kFirstBias = (kHidden ? N_H : N_Y) * N_X;
constexpr int kSecondWeights = kFirstBias + (kHidden ? N_H : N_Y);
constexpr int kSecondBias = kSecondWeights + (kHidden ? N_Y * N_H : 0);
constexpr int kParameters = kSecondBias + (kHidden ? N_Y : 0);

// What a lane has of them, or of their derivatives: for each of its units the weights, the bias and
// the weights to the outputs, then the biases of the outputs, and a place for the samples' weight.
constexpr int kOfUnit = N_X + 1 + (kHidden ? N_Y : 0);
constexpr int kShared = kUnits * kOfUnit;
constexpr int kOwn = kShared + (kHidden ? N_Y : 0) + WEIGHTED;
constexpr int kWeightSum = kOwn - 1;

// Sums over batches have the parameters' order, the samples' weight behind.
constexpr int kSums = kParameters + WEIGHTED;

static_assert(kLanes * kGroups == kWarp && kDepth <= kLanes, "lanes share a warp evenly");
static_assert(kHidden || kLanes == 1, "without hidden units a lane has a sample of its own");
static_assert(!kDrops || kUnits <= 32, "what is kept of a lane's units are the bits of a word");

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

__device__ __forceinline__ unsigned own_lane() { return threadIdx.x % kLanes; }
__device__ __forceinline__ unsigned own_group() { return threadIdx.x % kWarp / kLanes; }

// The row of a tile whose output this lane computes; several lanes may compute the same.
__device__ __forceinline__ unsigned own_row() {
  return threadIdx.x % kDepth * kGroups + own_group();
}

// Where a lane's number stands among all sums; -1 where it is padding, or another lane has it too.
__device__ __forceinline__ int place_of(int own) {
  if (own >= kShared) {
    const int behind = own - kShared;
    return own_lane() > 0 ? -1 : kSecondBias + behind;
  }
  const int of_unit = own % kOfUnit;
  const int unit = own_lane() + kLanes * (own / kOfUnit);
  if (kHidden && unit >= N_H) {
    return -1;
  }
  return of_unit < N_X    ? unit * N_X + of_unit
         : of_unit == N_X ? kFirstBias + unit
                          : kSecondWeights + (of_unit - N_X - 1) * N_H + unit;
}

// Loads a lane's parameters; those of units that aren't there are 0.
__device__ __forceinline__ void load_parameters(const float* theta, float (&w)[kOwn]) {
#pragma unroll
  for (int k = 0; k < kUnits; k++) {
    const int unit = own_lane() + kLanes * k;
    const bool there = !kHidden || N_H % kLanes == 0 || unit < N_H;
#pragma unroll
    for (int j = 0; j < N_X; j++) {
      w[k * kOfUnit + j] = there ? theta[unit * N_X + j] : 0;
    }
    w[k * kOfUnit + N_X] = there ? theta[kFirstBias + unit] : 0;
    if constexpr (kHidden) {
#pragma unroll
      for (int c = 0; c < N_Y; c++) {
        w[k * kOfUnit + N_X + 1 + c] = there ? theta[kSecondWeights + c * N_H + unit] : 0;
      }
    }
  }
  if constexpr (kHidden) {
#pragma unroll
    for (int c = 0; c < N_Y; c++) {
      w[kShared + c] = theta[kSecondBias + c];
    }
  }
}

// Of 2 kCount values in each lane, adds those of two lanes: each lane keeps half of the sums, those
// behind if its number has the bit kCount of `lane`; and so on to a single one.
template <int kCount, int kSize>
__device__ __forceinline__ void scatter_sums(float (&v)[kSize]) {
  if constexpr (kCount > 0) {
    const bool behind = threadIdx.x & kCount;
#pragma unroll
    for (int i = 0; i < kCount; i++) {
      const float sent = behind ? v[i] : v[i + kCount];
      const float kept = behind ? v[i + kCount] : v[i];
      v[i] = kept + __shfl_xor_sync(kAllLanes, sent, kCount);
    }
    scatter_sums<kCount / 2>(v);
  }
}

// The sum over a group's lanes of the number that belongs to the lane's own row.
__device__ __forceinline__ float sum_of_own_row(float (&v)[kDepth]) {
  scatter_sums<kDepth / 2>(v);
#pragma unroll
  for (int apart = kDepth; apart < kLanes; apart *= 2) {
    v[0] += __shfl_xor_sync(kAllLanes, v[0], apart);
  }
  return v[0];
}

// What a thread has seen of samples.
struct Seen {
  double cost;
  double hits;
  double weight;
};

// Cost and hit of a sample, or half its squared error in the hit's place, both times its weight; z
// becomes the cost's derivative by the logits, times the weight too. Labels are smoothed in
// training alone.
template <bool kTrain>
__device__ __forceinline__ void judge(float (&z)[kLogits], const float (&y)[kTargets], bool counts,
                                      const Refined& refined, Seen& seen) {
  constexpr bool kSmooths = kTrain && kSmoothed;
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
        const NumberLoss loss = OUTPUT == 3 ? poisson_loss(z[c], y[c])
                                : LOSS == 2 ? huber_loss(z[c], y[c], refined.loss)
                                            : quantile_loss(z[c], y[c], refined.loss);
        cost += loss.cost;
        square += loss.square;
        z[c] = (float)loss.d;
      } else {
        z[c] -= y[c];
        cost += 0.5 * ((double)z[c] * z[c]);
        hit = false;
      }
    }
  }
  const float weight = kWeighted ? y[kTargets - 1] : 1;
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
    z[c] = !counts ? 0 : kWeighted ? weight * z[c] : z[c];
  }
}

// Which of the lane's hidden units are kept of the sample at this place of the batch: a bit for
// each.
__device__ __forceinline__ unsigned kept_units(const Refined& refined, Place place) {
  // Units of fewer lanes than a block has words are neighbours.
  constexpr int kOfBlock = kLanes < kDropoutWords ? kDropoutWords / kLanes : 1;
  unsigned kept = 0;
  Bits words[2];
#pragma unroll
  for (int k = 0; k < kUnits; k++) {
    const unsigned unit = own_lane() + kLanes * k;
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

// Calls body(j, x) for the features of a row, which four by four are read at once.
template <class Body>
__device__ __forceinline__ void for_features(const float* row, Body body) {
#pragma unroll
  for (int j = 0; j < N_X; j += 4) {
    const float4 x = *reinterpret_cast<const float4*>(row + j);
    body(j, x.x);
    if (j + 1 < N_X) {
      body(j + 1, x.y);
    }
    if (j + 2 < N_X) {
      body(j + 2, x.z);
    }
    if (j + 3 < N_X) {
      body(j + 3, x.w);
    }
  }
}

// A tile: forward, output and, if kTrain, backward.
//
// rows:  of the features, kTile × kPitch in shared memory, aligned to 16 bytes; finite where there
//        are fewer samples
// place: of the first of them
// y:     the targets of the lane's own row
// valid: whether there is a sample in that row
// w:     the lane's parameters
// g:     the sums of their derivatives, to which the tile's are added
template <bool kTrain>
__device__ __forceinline__ void take_tile(const float* rows, Place place,
                                          const float (&y)[kTargets], bool valid,
                                          const Refined& refined, const float (&w)[kOwn],
                                          float (&g)[kOwn], Seen& seen) {
  constexpr bool kLeavesOut = kTrain && kDrops;
  const float* group = rows + own_group() * kPitch;
  float delta[kLogits];
  float a[kDepth][kUnits];
  unsigned kept[kDepth];
#pragma unroll
  for (int r = 0; r < kDepth; r++) {
    if constexpr (kLeavesOut) {
      kept[r] = kept_units(refined, {place.steps, place.row + r * kGroups + own_group()});
    } else {
      kept[r] = ~0u;
    }
#pragma unroll
    for (int k = 0; k < kUnits; k++) {
      a[r][k] = w[k * kOfUnit + N_X];
    }
    for_features(group + r * kGroups * kPitch, [&](int j, float x) {
#pragma unroll
      for (int k = 0; k < kUnits; k++) {
        a[r][k] += w[k * kOfUnit + j] * x;
      }
    });
    if constexpr (kHidden) {
#pragma unroll
      for (int k = 0; k < kUnits; k++) {
        a[r][k] = ACTIVATION::value(a[r][k]);
      }
      if constexpr (N_H % kLanes != 0) {
        // A unit that isn't there: what 0 times an infinite feature makes of it must not spread.
        const bool there = (int)own_lane() + kLanes * (kUnits - 1) < N_H;
        a[r][kUnits - 1] = there ? a[r][kUnits - 1] : 0;
      }
    }
  }
  if constexpr (kHidden) {
#pragma unroll
    for (int c = 0; c < kLogits; c++) {
      float part[kDepth];
#pragma unroll
      for (int r = 0; r < kDepth; r++) {
        part[r] = 0;
#pragma unroll
        for (int k = 0; k < kUnits; k++) {
          part[r] +=
              w[k * kOfUnit + N_X + 1 + c] * output_of<kLeavesOut>(a[r][k], kept[r], k, refined);
        }
      }
      delta[c] = sum_of_own_row(part) + w[kShared + c];
    }
  } else {
#pragma unroll
    for (int c = 0; c < kLogits; c++) {
      delta[c] = a[0][c];
    }
  }
  const bool first = own_lane() < kDepth;
  Seen row = {0, 0, 0};
  judge<kTrain>(delta, y, valid, refined, row);
  if (first) {
    seen.cost += row.cost;
    seen.hits += row.hits;
    seen.weight += row.weight;
  }
  if constexpr (kTrain) {
    // Features are read again: the compiler for newer architectures would keep all of them, in
    // registers that it doesn't have.
    __syncwarp();
    if constexpr (kWeighted) {
      g[kWeightSum] += valid && first ? y[kTargets - 1] : 0;
    }
    if constexpr (kHidden) {
#pragma unroll
      for (int c = 0; c < kLogits; c++) {
        g[kShared + c] += first ? delta[c] : 0;
      }
    }
#pragma unroll
    for (int r = 0; r < kDepth; r++) {
      float slope[kUnits];
#pragma unroll
      for (int k = 0; k < kUnits; k++) {
        slope[k] = kHidden ? 0 : delta[kHidden ? 0 : k];
      }
      if constexpr (kHidden) {
#pragma unroll
        for (int c = 0; c < kLogits; c++) {
          const float d = __shfl_sync(kAllLanes, delta[c], r, kLanes);
#pragma unroll
          for (int k = 0; k < kUnits; k++) {
            slope[k] += d * w[k * kOfUnit + N_X + 1 + c];
            g[k * kOfUnit + N_X + 1 + c] += d * output_of<kLeavesOut>(a[r][k], kept[r], k, refined);
          }
        }
#pragma unroll
        for (int k = 0; k < kUnits; k++) {
          slope[k] *= ACTIVATION::slope(a[r][k]);
          if constexpr (kLeavesOut) {
            slope[k] = kept[r] >> k & 1 ? refined.keep * slope[k] : 0;
          }
        }
      }
#pragma unroll
      for (int k = 0; k < kUnits; k++) {
        g[k * kOfUnit + N_X] += slope[k];
      }
      for_features(group + r * kGroups * kPitch, [&](int j, float x) {
#pragma unroll
        for (int k = 0; k < kUnits; k++) {
          g[k * kOfUnit + j] += slope[k] * x;
        }
      });
    }
  }
}

// How many of a lane's numbers are left, at most, when scatter_groups has added up all groups.
constexpr int halved(int count, int times) {
  return times <= 1 ? count : halved((count + 1) / 2, times / 2);
}

constexpr int kLeft = halved(kOwn, kGroups);

// Which of its numbers a lane is left with, and how many of those there are: the rest is padding.
struct Left {
  int first;
  int count;
};

// Adds the numbers of all groups; each lane keeps at most kLeft of the sums.
template <int kCount, int kApart>
__device__ __forceinline__ Left scatter_groups(float (&g)[kOwn], Left left) {
  if constexpr (kApart == kWarp) {
    return left;
  } else {
    constexpr int kHalf = (kCount + 1) / 2;
    const bool behind = threadIdx.x & kApart;
#pragma unroll
    for (int i = 0; i < kHalf; i++) {
      const float other = i + kHalf < kCount ? g[i + kHalf < kCount ? i + kHalf : 0] : 0;
      const float sent = behind ? g[i] : other;
      const float kept = behind ? other : g[i];
      g[i] = kept + __shfl_xor_sync(kAllLanes, sent, kApart);
    }
    const int before = left.count < kHalf ? left.count : kHalf;
    return scatter_groups<kHalf, 2 * kApart>(
        g, behind ? Left{left.first + kHalf, left.count - before} : Left{left.first, before});
  }
}

// Adds up a warp's sums over all its lanes and writes them in the parameters' order.
__device__ __forceinline__ void write_sums_of_warp(float (&g)[kOwn], float* sums) {
  // What comes from outputs is spread over a group's lanes.
#pragma unroll
  for (int i = kShared; i < kOwn; i++) {
#pragma unroll
    for (int apart = 1; apart < kLanes; apart *= 2) {
      g[i] += __shfl_xor_sync(kAllLanes, g[i], apart);
    }
  }
  const Left left = scatter_groups<kOwn, kLanes>(g, {0, kOwn});
#pragma unroll
  for (int i = 0; i < kLeft; i++) {
    const int place = place_of(left.first + i);
    if (i < left.count && place >= 0) {
      sums[place] = g[i];
    }
  }
}
