// What the kernels of the output layer share: who works on a row, and how its derivative, cost and
// hits come from its logits. Rows of targets may have their weight behind.
#pragma once

#include "functions.cuh"
#include "reduce.cuh"

// The derivative by a matrix of logits, and where each block leaves what it adds up.
struct OutputDelta {
  const float* logits;
  const float* targets;
  long long rows;
  int columns;
  float scale;
  float* delta;
  Tally* partials;
};

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

// Writes a thread's sums as a part of the block's; the weights of rows without are their number,
// which the host knows.
template <bool kWeighted, class Sum>
__device__ __forceinline__ void write_sums(double cost, Sum hits, double weights, Tally* partials) {
  if constexpr (kWeighted) {
    write_partial(cost, hits, weights, partials);
  } else {
    write_partial(cost, hits, partials);
  }
}

// What hits are added up in: a number of samples, or a sum of weights.
template <bool kWeighted>
struct Hits {
  using Sum = long long;
};

template <>
struct Hits<true> {
  using Sum = double;
};

// What a logit of a sigmoid output comes to: its cost, the derivative of that, and whether it is on
// the wrong side. With e = e^-|z|, q = e / (1 + e) is the smaller of a and 1 - a, known to full
// precision, and so is then the small a - y of a sample that is predicted right.
struct LogitLoss {
  double cost;
  float delta;
  bool wrong;
};

__device__ __forceinline__ LogitLoss sigmoid_loss(float z, float y) {
  const float e = expf(-fabsf(z));
  const float q = e / (1 + e);
  return {(double)(z <= 0 ? 0.0f : z) - (double)z * y + log1pf(e), z >= 0 ? (1 - y) - q : q - y,
          (z > 0) != (y == 1)};
}

template <class Team, bool kWeighted>
__device__ __forceinline__ void sigmoid_delta(const OutputDelta& layer) {
  const float* logits = layer.logits;
  const float* targets = layer.targets;
  const unsigned columns = (unsigned)layer.columns;
  const float scale = layer.scale;
  float* delta = layer.delta;
  double cost = 0;
  double weights = 0;
  typename Hits<kWeighted>::Sum hits = 0;
  for_rows<Team>(layer.rows, [&](long long row) {
    const long long first = row * columns;
    const float* own_targets = targets + (kWeighted ? row * (columns + 1) : first);
    const float weight = kWeighted ? own_targets[columns] : 1;
    const float row_scale = kWeighted ? scale * weight : scale;
    int wrong = 0;
#pragma unroll 2
    for (unsigned j = Team::lane(); j < columns; j += Team::kLanes) {
      const LogitLoss loss = sigmoid_loss(logits[first + j], own_targets[j]);
      cost += kWeighted ? weight * loss.cost : loss.cost;
      wrong |= loss.wrong;
      delta[first + j] = row_scale * loss.delta;
    }
    wrong = Team::sum(wrong);
    if constexpr (kWeighted) {
      hits += Team::lane() == 0 && wrong == 0 ? weight : 0;
      weights += Team::lane() == 0 ? weight : 0;
    } else {
      hits += Team::lane() == 0 && wrong == 0;
    }
  });
  write_sums<kWeighted>(cost, hits, weights, layer.partials);
}

// a - 1 of the target's class is minus the others' share, which is known to full precision.
template <class Team, bool kWeighted>
__device__ __forceinline__ void softmax_delta(const OutputDelta& layer) {
  const float* logits = layer.logits;
  const float* targets = layer.targets;
  const unsigned columns = (unsigned)layer.columns;
  const float scale = layer.scale;
  float* delta = layer.delta;
  double cost = 0;
  double weights = 0;
  typename Hits<kWeighted>::Sum hits = 0;
  for_rows<Team>(layer.rows, [&](long long row) {
    const float* z = logits + row * columns;
    const unsigned target = (unsigned)(int)targets[kWeighted ? 2 * row : row];
    const float weight = kWeighted ? targets[2 * row + 1] : 1;
    const float row_scale = kWeighted ? scale * weight : scale;
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
        const double own_cost = j == largest.column ? (double)log1pf((float)rest)
                                                    : logf(sum) + ((double)largest.value - logit);
        cost += kWeighted ? weight * own_cost : own_cost;
      }
      delta[row * columns + j] = row_scale * a;
    }
    if constexpr (kWeighted) {
      hits += Team::lane() == 0 && largest.column == target ? weight : 0;
      weights += Team::lane() == 0 ? weight : 0;
    } else {
      hits += Team::lane() == 0 && largest.column == target;
    }
  });
  write_sums<kWeighted>(cost, hits, weights, layer.partials);
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
