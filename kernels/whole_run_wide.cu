// Whole runs of networks whose only hidden layer has too many weights for a warp's registers: a
// block has a network, whose parameters stay in global memory, and works on a tile of samples and a
// chunk of their features at a time. What is fixed at compile time: see network.cuh, and
//
//   WARPS       of a block: 8
//   MIN_BLOCKS  blocks that should fit a multiprocessor
//   SHUFFLED    1 for mini-batches in the order of BatchOrder, 0 for full batches
//   FRONT, REFINED  see whole_run_steps.cuh
//
// Going forward, a lane has every 32nd unit and its warp every eighth part of a tile. Going back, a
// thread has weights of its own, for each chunk others, of all samples of the batch. So every sum
// has one order, whatever the card, and none is made of parts of several threads.
#include "whole_run_epochs.cuh"

constexpr int kTile = 32;  // samples
constexpr int kRows = kTile / WARPS;
constexpr int kChunk = 32;  // features
constexpr int kChunks = (N_X + kChunk - 1) / kChunk;

// From one row of a chunk to the next: four features are read at once, and rows that lanes read
// together lie in different banks.
constexpr int kPitch = kChunk + 4;

constexpr int kUnits = (N_H + kWarp - 1) / kWarp;  // of a lane
constexpr int kPadded = kUnits * kWarp;

// What a thread fetches of a chunk of the first layer's weights, or of a tile's derivatives.
constexpr int kFetched = kPadded / WARPS;

// Samples of a batch, which are added up in float.
constexpr int kMostBatch = 1024;

// A sample's derivatives by its logits, then its weight, then 1.
constexpr int kOfWeight = kLogits;
constexpr int kOfOne = kLogits + 1;
constexpr int kOutputs = kLogits + 2;

// The sums behind those of the first layer's weights, and how many of them a thread has.
constexpr int kBehind = kSums - kFirstBias;
constexpr int kOwn = (kBehind + kThreads - 1) / kThreads;

// Where a model's scratch memory has the derivatives by units, kPadded for each sample of a batch;
// its sums are before.
constexpr int kDeltas = (kSums + kWarp - 1) / kWarp * kWarp;

static_assert(N_H > 0 && N_H <= 128, "a tile's units have their place in shared memory");
static_assert(kThreads == kWarp * kChunk / 4, "a thread has four features of kUnits units");

// The block's shared memory.
struct __align__(16) Memory {
  float x[kTile * kPitch];    // a chunk of a tile's features
  float w[kPadded * kPitch];  // of the weights by these; then what a tile's units hand on
  float d[kTile * kPadded];   // derivatives by a tile's units
  float outputs[kTile * kOutputs];
  unsigned samples[kMostBatch];  // of the batch, in its order
};

__device__ __forceinline__ int own_lane() { return (int)threadIdx.x % kWarp; }
__device__ __forceinline__ int own_warp() { return (int)threadIdx.x / kWarp; }

// Fetches a chunk of the features of a tile, the one that begins with this row of the batch. Behind
// the last sample and the last feature there are zeros.
__device__ __forceinline__ void fetch_features(const Memory& memory, const Table& table, int first,
                                               int count, int chunk, float (&next)[kRows]) {
  const int j = chunk * kChunk + own_lane();
#pragma unroll
  for (int i = 0; i < kRows; i++) {
    const int row = first + own_warp() + WARPS * i;
    next[i] = j < N_X && row < count ? table.x[(long long)memory.samples[row] * N_X + j] : 0;
  }
}

// Puts what was fetched where the block works on it.
__device__ __forceinline__ void store_features(const float (&next)[kRows], Memory& memory) {
#pragma unroll
  for (int i = 0; i < kRows; i++) {
    memory.x[(own_warp() + WARPS * i) * kPitch + own_lane()] = next[i];
  }
}

// The same of the first layer's weights: zeros for units that aren't there.
__device__ __forceinline__ void fetch_weights(const float* theta, int chunk,
                                              float (&next)[kFetched]) {
  const int j = chunk * kChunk + own_lane();
#pragma unroll
  for (int i = 0; i < kFetched; i++) {
    const int unit = own_warp() + WARPS * i;
    next[i] = j < N_X && unit < N_H ? theta[unit * N_X + j] : 0;
  }
}

__device__ __forceinline__ void store_weights(const float (&next)[kFetched], Memory& memory) {
#pragma unroll
  for (int i = 0; i < kFetched; i++) {
    memory.w[(own_warp() + WARPS * i) * kPitch + own_lane()] = next[i];
  }
}

// What a lane's unit k has of some layer: 0 where it isn't there.
__device__ __forceinline__ float of_unit(const float* layer, int k) {
  const int unit = own_lane() + kWarp * k;
  return N_H % kWarp == 0 || unit < N_H ? layer[unit] : 0;
}

// The units of the warp's samples: biases and weighted features, then the activation.
__device__ __forceinline__ void take_units(Memory& memory, const Table& table, const float* theta,
                                           int first, int count, float (&a)[kRows][kUnits]) {
  float next_x[kRows];
  float next_w[kFetched];
  fetch_features(memory, table, first, count, 0, next_x);
  fetch_weights(theta, 0, next_w);
#pragma unroll
  for (int k = 0; k < kUnits; k++) {
    const float bias = of_unit(theta + kFirstBias, k);
#pragma unroll
    for (int r = 0; r < kRows; r++) {
      a[r][k] = bias;
    }
  }
  for (int chunk = 0; chunk < kChunks; chunk++) {
    // Until here the block may be reading the chunk before.
    __syncthreads();
    store_features(next_x, memory);
    store_weights(next_w, memory);
    __syncthreads();
    if (chunk + 1 < kChunks) {
      fetch_features(memory, table, first, count, chunk + 1, next_x);
      fetch_weights(theta, chunk + 1, next_w);
    }
#pragma unroll
    for (int j = 0; j < kChunk; j += 4) {
      float4 w[kUnits];
#pragma unroll
      for (int k = 0; k < kUnits; k++) {
        w[k] = *reinterpret_cast<const float4*>(memory.w + (own_lane() + kWarp * k) * kPitch + j);
      }
#pragma unroll
      for (int r = 0; r < kRows; r++) {
        const float4 x =
            *reinterpret_cast<const float4*>(memory.x + (own_warp() * kRows + r) * kPitch + j);
#pragma unroll
        for (int k = 0; k < kUnits; k++) {
          a[r][k] += w[k].x * x.x;
          a[r][k] += w[k].y * x.y;
          a[r][k] += w[k].z * x.z;
          a[r][k] += w[k].w * x.w;
        }
      }
    }
  }
#pragma unroll
  for (int r = 0; r < kRows; r++) {
#pragma unroll
    for (int k = 0; k < kUnits; k++) {
      // A unit that isn't there: what 0 times an infinite feature makes of it must not spread.
      const bool there = N_H % kWarp == 0 || own_lane() + kWarp * k < N_H;
      a[r][k] = there ? ACTIVATION::value(a[r][k]) : 0;
    }
  }
}

// A tile, the one that begins with this row of the batch: forward, output and, if kTrain, back to
// the units. The place is that of the batch's first sample.
//
// count:  samples of the batch
// deltas: get the derivatives by the units
template <bool kTrain>
__device__ __forceinline__ void take_tile(Memory& memory, const Table& table, const float* theta,
                                          int first, int count, Place place, const Refined& refined,
                                          float* deltas, Seen& seen) {
  constexpr bool kLeavesOut = kTrain && kDrops;
  float a[kRows][kUnits];
  take_units(memory, table, theta, first, count, a);
  const int lane = own_lane();
  const int warp_row = own_warp() * kRows;
  unsigned kept[kRows];
#pragma unroll
  for (int r = 0; r < kRows; r++) {
    if constexpr (kLeavesOut) {
      const Place own = {place.steps, place.row + first + warp_row + r};
      kept[r] = kept_units<kWarp, kUnits>(lane, refined, own);
    } else {
      kept[r] = ~0u;
    }
  }
  // The first lanes have a sample's logits each, the others the same once more.
  float delta[kLogits];
#pragma unroll
  for (int c = 0; c < kLogits; c++) {
    float w[kUnits];
#pragma unroll
    for (int k = 0; k < kUnits; k++) {
      w[k] = of_unit(theta + kSecondWeights + c * N_H, k);
    }
    delta[c] = 0;
#pragma unroll
    for (int r = 0; r < kRows; r++) {
      float part = 0;
#pragma unroll
      for (int k = 0; k < kUnits; k++) {
        part += w[k] * output_of<kLeavesOut>(a[r][k], kept[r], k, refined);
      }
      part = warp_sum(part);
      delta[c] = lane % kRows == r ? part : delta[c];
    }
    delta[c] += theta[kSecondBias + c];
  }
  const int row = warp_row + lane % kRows;
  const bool valid = first + row < count && lane < kRows;
  const long long sample = memory.samples[min(first + row, count - 1)];
  float y[kTargets];
#pragma unroll
  for (int j = 0; j < kTargets; j++) {
    y[j] = table.y[sample * kTargets + j];
  }
  judge<kTrain>(delta, y, valid, refined, seen);
  if constexpr (kTrain) {
    // The block has read the last weights: what units hand on takes their place.
    __syncthreads();
    if (lane < kRows) {
      float* own = memory.outputs + row * kOutputs;
#pragma unroll
      for (int c = 0; c < kLogits; c++) {
        own[c] = delta[c];
      }
      own[kOfWeight] = kWeighted && valid ? y[kTargets - 1] : 0;
      own[kOfOne] = 1;
    }
    float slope[kRows][kUnits];
#pragma unroll
    for (int c = 0; c < kLogits; c++) {
      float w[kUnits];
#pragma unroll
      for (int k = 0; k < kUnits; k++) {
        w[k] = of_unit(theta + kSecondWeights + c * N_H, k);
      }
#pragma unroll
      for (int r = 0; r < kRows; r++) {
        const float d = __shfl_sync(kAllLanes, delta[c], r);
#pragma unroll
        for (int k = 0; k < kUnits; k++) {
          slope[r][k] = c == 0 ? d * w[k] : slope[r][k] + d * w[k];
        }
      }
    }
#pragma unroll
    for (int r = 0; r < kRows; r++) {
#pragma unroll
      for (int k = 0; k < kUnits; k++) {
        float d = slope[r][k] * ACTIVATION::slope(a[r][k]);
        if constexpr (kLeavesOut) {
          d = kept[r] >> k & 1 ? refined.keep * d : 0;
        }
        const int at = (warp_row + r) * kPadded + lane + kWarp * k;
        memory.w[at] = output_of<kLeavesOut>(a[r][k], kept[r], k, refined);
        memory.d[at] = d;
        deltas[first * kPadded + at] = d;
      }
    }
  }
}

// Adds a tile's part to the thread's sums behind those of the first layer's weights: each is one of
// products of what a unit or an output has and of what an output has.
__device__ __forceinline__ void add_behind(const Memory& memory, float (&g)[kOwn]) {
#pragma unroll
  for (int i = 0; i < kOwn; i++) {
    const int p = kFirstBias + (int)threadIdx.x + i * kThreads;
    const float* left = memory.d + (p - kFirstBias);
    int apart = kPadded;
    int right = kOfOne;
    if (p >= kSecondBias) {
      left = memory.outputs + (p - kSecondBias);
      apart = kOutputs;
    } else if (p >= kSecondWeights) {
      right = (p - kSecondWeights) / N_H;
      left = memory.w + (p - kSecondWeights - right * N_H);
    }
    if (p < kSums) {
#pragma unroll 8
      for (int row = 0; row < kTile; row++) {
        g[i] += left[row * apart] * memory.outputs[row * kOutputs + right];
      }
    }
  }
}

// Fetches the derivatives by a tile's units.
__device__ __forceinline__ void fetch_deltas(const float* deltas, int first,
                                             float (&next)[kFetched]) {
#pragma unroll
  for (int i = 0; i < kFetched; i++) {
    next[i] = deltas[first * kPadded + i * kThreads + (int)threadIdx.x];
  }
}

// The sums of the first layer's weights over the batch.
__device__ __forceinline__ void sum_first_layer(Memory& memory, const Table& table,
                                                const float* deltas, int count, float* sums) {
  const int feature = (int)threadIdx.x % (kChunk / 4) * 4;
  const int unit = (int)threadIdx.x / (kChunk / 4) * kUnits;
  float next_x[kRows];
  float next_d[kFetched];
  fetch_features(memory, table, 0, count, 0, next_x);
  fetch_deltas(deltas, 0, next_d);
  for (int chunk = 0; chunk < kChunks; chunk++) {
    float g[kUnits][4];
#pragma unroll
    for (int k = 0; k < kUnits; k++) {
#pragma unroll
      for (int i = 0; i < 4; i++) {
        g[k][i] = 0;
      }
    }
    for (int first = 0; first < count; first += kTile) {
      __syncthreads();
      store_features(next_x, memory);
#pragma unroll
      for (int i = 0; i < kFetched; i++) {
        memory.d[i * kThreads + (int)threadIdx.x] = next_d[i];
      }
      __syncthreads();
      const bool last = first + kTile >= count;
      if (!last || chunk + 1 < kChunks) {
        fetch_features(memory, table, last ? 0 : first + kTile, count, last ? chunk + 1 : chunk,
                       next_x);
        fetch_deltas(deltas, last ? 0 : first + kTile, next_d);
      }
#pragma unroll 8
      for (int row = 0; row < kTile; row++) {
        const float4 x = *reinterpret_cast<const float4*>(memory.x + row * kPitch + feature);
        const float* own = memory.d + row * kPadded + unit;
        float d[kUnits];
        if constexpr (kUnits == 4) {
          const Floats<4> four = load<4>(own);
#pragma unroll
          for (int k = 0; k < kUnits; k++) {
            d[k] = four.v[k];
          }
        } else {
#pragma unroll
          for (int k = 0; k < kUnits; k++) {
            d[k] = own[k];
          }
        }
#pragma unroll
        for (int k = 0; k < kUnits; k++) {
          g[k][0] += d[k] * x.x;
          g[k][1] += d[k] * x.y;
          g[k][2] += d[k] * x.z;
          g[k][3] += d[k] * x.w;
        }
      }
    }
#pragma unroll
    for (int k = 0; k < kUnits; k++) {
#pragma unroll
      for (int i = 0; i < 4; i++) {
        const int j = chunk * kChunk + feature + i;
        if (unit + k < N_H && j < N_X) {
          sums[(unit + k) * N_X + j] = g[k][i];
        }
      }
    }
  }
}

// Formula:  as whole_run, for one hidden layer of at most 128 units and batches of at most
//           kMostBatch samples.
// Shapes:   as whole_run; scratch models × `apart` floats, of each kDeltas and kPadded for every
//           row of its batch, in whole tiles.
// Launch:   WARPS × 32 threads, a block for each model.
// Aliasing: none; settings, theta, front, moments, threads, totals and scratch are changed in
//           place.
// Order:    a unit adds up features in float in their order, a sum over the batch samples in
//           theirs; a logit has 32 lanes in a fixed tree. Costs, hits and penalties are added up by
//           thread in double from step to step.
// Caller:   WholeRunEngine.advance, WholeRunEngine.takeEpochs
extern "C" __global__ void __launch_bounds__(kThreads, MIN_BLOCKS)
    whole_run_wide(const Table* tables, const int* models, double* settings, float* theta,
                   float* front, float* moments, double* threads, double* totals,
                   long long plan_epoch, long long first, int steps, float* scratch,
                   long long apart) {
  __shared__ Memory memory;
  __shared__ Table table;
  __shared__ Bits keys[2 * kRounds];
  __shared__ Steps step;
  __shared__ Refined refined;
  const int thread = threadIdx.x;
  const long long model = models[blockIdx.x];
  if (model < 0) {
    return;
  }
  double* own_settings = settings + model * kSettings;
  float* own_theta = theta + model * kParameters;
  float* own_front = front + model * kFront;
  float* own_moments = moments + model * 2 * kParameters;
  float* sums = scratch + model * apart;
  float* deltas = sums + kDeltas;
  const double* own_threads = threads + model * kTotals * kThreads + thread;
  Seen seen = {own_threads[kCost * kThreads], own_threads[kHits * kThreads],
               own_threads[kWeight * kThreads]};
  double penalty = own_threads[kPenalty * kThreads];
  if (thread == 0) {
    table = tables[model];
    step.read(own_settings);
    read_refined(own_settings, refined);
  }
  __syncthreads();
  const long long per_epoch = (table.samples - 1) / table.batch_rows + 1;
  const long long first_step = own_steps(first, plan_epoch, per_epoch);
  const int own = (int)(own_steps(first + steps, plan_epoch, per_epoch) - first_step);
  long long epoch = first_step / per_epoch;
  long long batch = first_step - epoch * per_epoch;
  bool known = false;
  for (int s = 0; s < own; s++) {
    if (SHUFFLED && !known) {
      if (thread < kRounds) {
        philox(refined.seed, thread, epoch, kBatchOrder, keys + 2 * thread);
      }
      __syncthreads();
      known = true;
    }
    const long long position = batch * table.batch_rows;
    const int count = (int)min(table.batch_rows, table.samples - position);
    for (int i = thread; i < count; i += kThreads) {
      memory.samples[i] =
          SHUFFLED ? sample_at(position + i, table.samples, table.a, table.b, keys) : position + i;
    }
    if (thread == 0) {
      step.begin(own_settings, first_step + s, per_epoch);
    }
    __syncthreads();
    float g[kOwn];
#pragma unroll
    for (int i = 0; i < kOwn; i++) {
      g[i] = 0;
    }
    for (int done = 0; done < count; done += kTile) {
      take_tile<true>(memory, table, own_theta, done, count, {(unsigned)(first_step + s), 0},
                      refined, deltas, seen);
      __syncthreads();
      add_behind(memory, g);
    }
#pragma unroll
    for (int i = 0; i < kOwn; i++) {
      const int p = kFirstBias + thread + i * kThreads;
      if (p < kSums) {
        sums[p] = g[i];
      }
    }
    sum_first_layer(memory, table, deltas, count, sums);
    __syncthreads();
    double share = 1 / (kPart * count);
    if constexpr (kWeighted) {
      // Where nothing weighs anything, all sums are 0.
      const double weight = sums[kSums - 1];
      share = weight == 0 ? 1 : 1 / weight;
    }
    take_whole_step(step, sums, share, count, own_front, own_moments, own_theta, penalty);
    __syncthreads();
    batch++;
    if (batch == per_epoch) {
      batch = 0;
      epoch++;
      known = false;
    }
  }
  keep_totals(model, seen, penalty, threads, totals);
}

// Formula:  as whole_run_judge.
// Shapes:   as whole_run_judge.
// Launch:   WARPS × 32 threads, a block for each model in x and for each kJudged samples in y.
// Aliasing: none.
// Order:    threads add up in double, then a fixed tree.
// Caller:   WholeRunEngine.evaluate, WholeRunEngine.takeEpochs
extern "C" __global__ void __launch_bounds__(kThreads, MIN_BLOCKS)
    whole_run_wide_judge(const Table* tables, const int* models, const float* theta,
                         const double* settings, long long first, double* sums) {
  __shared__ Memory memory;
  __shared__ Table table;
  const long long model = models[blockIdx.x];
  if (model < 0) {
    return;
  }
  if (threadIdx.x == 0) {
    table = tables[model];
  }
  __syncthreads();
  const long long from = first + (long long)blockIdx.y * kJudged;
  const int count = (int)max(0LL, min((long long)kJudged, table.samples - from));
  const Refined refined = {settings[model * kSettings + kLoss], 1, 0, 0};
  Seen seen = {0, 0, 0};
  for (int done = 0; done < count; done += kMostBatch) {
    const int some = min(kMostBatch, count - done);
    __syncthreads();
    for (int i = threadIdx.x; i < some; i += kThreads) {
      memory.samples[i] = from + done + i;
    }
    __syncthreads();
    for (int row = 0; row < some; row += kTile) {
      take_tile<false>(memory, table, theta + model * kParameters, row, some, {0, 0}, refined,
                       nullptr, seen);
    }
  }
  write_judgements(seen, sums);
}

// Formula:  as whole_run_end_epoch.
// Shapes:   as whole_run_end_epoch.
// Launch:   WARPS × 32 threads, a block for each model.
// Aliasing: none; models, threads, totals, rules and began are changed in place.
// Order:    slices in their order.
// Caller:   WholeRunEngine.takeEpochs
extern "C" __global__ void __launch_bounds__(kThreads, MIN_BLOCKS)
    whole_run_wide_end_epoch(int* models, const Table* tables, const Table* dev, const float* theta,
                             const double* judged, int slices, double* threads, double* totals,
                             double* rules, double* records, int room, int place, float* best,
                             float* began) {
  end_epoch(models, tables, dev, theta, judged, slices, threads, totals, rules, records, room,
            place, best, began);
}
