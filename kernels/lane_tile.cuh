// A network with at most one hidden layer in the registers of a warp, and what becomes of a tile of
// samples there. What is fixed at compile time: see network.cuh, and
//
//   LANES  lanes that share a sample, a power of 2; 1 without hidden units
//   DEPTH  samples that these lanes work on in a row, a power of 2, at most LANES
//
// Each lane has the hidden units u with u mod LANES = lane mod LANES, with all their weights and
// the sums of those weights' derivatives. So every feature that is read from shared memory, which
// gives a warp one number a cycle, serves as many multiplications as the lane has units. Without
// hidden units a lane has the whole network, and samples of its own.
#pragma once

#include "network.cuh"

constexpr int kLanes = LANES;
constexpr int kGroups = kWarp / kLanes;  // samples that a warp works on at once
constexpr int kDepth = DEPTH;
constexpr int kTile = kGroups * kDepth;                              // samples of a tile
constexpr int kUnits = kHidden ? (N_H + kLanes - 1) / kLanes : N_Y;  // of a lane

// A row of a tile in shared memory: four features are read at once, and neighbouring rows, which
// groups of lanes read together, lie in different banks.
constexpr int kPitch = (N_X + 3) / 4 % 2 == 1 ? (N_X + 3) / 4 * 4 : (N_X + 3) / 4 * 4 + 4;

// What a lane has of them, or of their derivatives: for each of its units the weights, the bias and
// the weights to the outputs, then the biases of the outputs, and a place for the samples' weight.
constexpr int kOfUnit = N_X + 1 + (kHidden ? N_Y : 0);
constexpr int kShared = kUnits * kOfUnit;
constexpr int kOwn = kShared + (kHidden ? N_Y : 0) + WEIGHTED;
constexpr int kWeightSum = kOwn - 1;

static_assert(kLanes * kGroups == kWarp && kDepth <= kLanes, "lanes share a warp evenly");
static_assert(kHidden || kLanes == 1, "without hidden units a lane has a sample of its own");

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
// behind if its number has the bit kCount kApart of `lane`; and so on to a single one.
template <int kCount, int kApart = 1, int kSize>
__device__ __forceinline__ void scatter_sums(float (&v)[kSize]) {
  if constexpr (kCount > 0) {
    const bool behind = threadIdx.x & (kCount * kApart);
#pragma unroll
    for (int i = 0; i < kCount; i++) {
      const float sent = behind ? v[i] : v[i + kCount];
      const float kept = behind ? v[i + kCount] : v[i];
      v[i] = kept + __shfl_xor_sync(kAllLanes, sent, kCount * kApart);
    }
    scatter_sums<kCount / 2, kApart>(v);
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
      kept[r] = kept_units<kLanes, kUnits>(own_lane(), refined,
                                           {place.steps, place.row + r * kGroups + own_group()});
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
