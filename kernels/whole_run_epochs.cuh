// The epochs of whole runs, whatever form the network is trained in: the samples that a model sees,
// what is added up over steps, and how an epoch ends. What is fixed at compile time: see
// network.cuh and whole_run_steps.cuh.
#pragma once

#include "order.cuh"
#include "whole_run_steps.cuh"

// Samples that a block judges.
constexpr int kJudged = 16384;

// What is added up over steps, per thread and then over all of them.
enum Total { kCost, kHits, kWeight, kPenalty, kTotals };

// When a model's training is over before its last epoch; EpochRules has the same order.
enum Rule {
  kBestCost,    // the lowest cost on the dev samples so far
  kEpochsLeft,  // that may still follow without a lower one
  kPatience,    // what kEpochsLeft begins with again at each lower one
  kMostCost,    // an epoch whose samples cost more in sum has diverged
  kEpochs,      // that were recorded
  kBestEpoch,   // which of those was the best so far, from 1; 0 if none was
  kIsOver,      // 1 once no others are to follow
  kRules
};

// What a block makes of the samples that it judges: costs, hits and weights.
constexpr int kJudgements = 3;

// What is recorded of an epoch: the totals of the samples that were trained on, then the judgements
// of the dev samples.
constexpr int kRecord = kTotals + kJudgements;

// The samples that a model sees; FusedTable has the same order.
struct Table {
  const float* x;        // samples × N_X
  const float* y;        // samples × kTargets
  long long samples;     // none where nothing judges
  long long batch_rows;  // of a step
  long long a;           // the lefts and rights of BatchOrder
  long long b;
};

// How many steps of its own a model has taken when its plan has taken so many:
// TrainingPlan.stepsTaken.
__device__ __forceinline__ long long own_steps(long long steps, long long plan_epoch,
                                               long long own_epoch) {
  const long long epochs = steps / plan_epoch;
  return epochs * own_epoch + min(steps - epochs * plan_epoch, own_epoch);
}

// Reads what tiles have to know of a model in training.
__device__ __forceinline__ void read_refined(const double* settings, Refined& refined) {
  refined.loss = settings[kLoss];
  refined.keep = (float)settings[kKeep];
  refined.threshold = (unsigned)settings[kThreshold];
  refined.seed = __double_as_longlong(settings[kSeed]);
}

// Keeps a model's sums over all steps so far: a thread's own, and those over all of them.
__device__ __forceinline__ void keep_totals(long long model, const Seen& seen, double penalty,
                                            double* threads, double* totals) {
  double* last = threads + model * kTotals * kThreads + (int)threadIdx.x;
  last[kCost * kThreads] = seen.cost;
  last[kHits * kThreads] = seen.hits;
  last[kWeight * kThreads] = seen.weight;
  last[kPenalty * kThreads] = penalty;
  const double sums[kTotals] = {total_of(seen.cost), total_of(seen.hits), total_of(seen.weight),
                                total_of(penalty)};
  if (threadIdx.x == 0) {
#pragma unroll
    for (int i = 0; i < kTotals; i++) {
      totals[model * kTotals + i] = sums[i];
    }
  }
}

// Writes what a block has seen of the samples that it judges.
__device__ __forceinline__ void write_judgements(const Seen& seen, double* sums) {
  const double all[kJudgements] = {total_of(seen.cost), total_of(seen.hits), total_of(seen.weight)};
  if (threadIdx.x == 0) {
    double* own = sums + kJudgements * ((long long)blockIdx.x * gridDim.y + blockIdx.y);
#pragma unroll
    for (int i = 0; i < kJudgements; i++) {
      own[i] = all[i];
    }
  }
}

// Whether a number is neither infinite nor none.
__device__ __forceinline__ bool is_finite(double x) { return x - x == 0; }

// Ends an epoch of the block's model, as the kernels say that call it.
__device__ __forceinline__ void end_epoch(int* models, const Table* tables, const Table* dev,
                                          const float* theta, const double* judged, int slices,
                                          double* threads, double* totals, double* rules,
                                          double* records, int room, int place, float* best,
                                          float* began) {
  __shared__ bool is_best;
  __shared__ bool is_over;
  const int model = models[blockIdx.x];
  if (model < 0) {
    return;
  }
  const long long samples = tables[model].samples;
  const long long dev_samples = dev[model].samples;
  const bool judges = dev_samples > 0;
  if (threadIdx.x == 0) {
    double* own = rules + (long long)model * kRules;
    double* seen = totals + (long long)model * kTotals;
    double* record = records + ((long long)blockIdx.x * room + place) * kRecord;
    double sums[kJudgements] = {0, 0, 0};
    for (int slice = 0; slice < slices; slice++) {
      for (int i = 0; i < kJudgements; i++) {
        sums[i] += judged[((long long)blockIdx.x * slices + slice) * kJudgements + i];
      }
    }
    const double weight = kWeighted ? seen[kWeight] : samples;
    // Rounded twice, as the host does that decides by the same numbers.
    const double penalty = __dmul_rn(seen[kPenalty], weight / samples);
    const double cost = weight == 0 ? 0 : __dadd_rn(seen[kCost], penalty);
    // Where no sample counts there is no cost that could diverge.
    const bool sound = weight == 0 || (is_finite(cost / weight) && !(cost > own[kMostCost]));
    const double dev_cost = sums[0] / (kWeighted ? sums[2] : dev_samples);
    own[kEpochs] += 1;
    const bool counts = sound && (!judges || is_finite(dev_cost));
    is_best = counts && (!judges || dev_cost < own[kBestCost]);
    if (is_best) {
      own[kBestEpoch] = own[kEpochs];
    }
    if (judges) {
      own[kBestCost] = is_best ? dev_cost : own[kBestCost];
      own[kEpochsLeft] = is_best ? own[kPatience] : own[kEpochsLeft] - 1;
    }
    is_over = !counts || (judges && own[kEpochsLeft] <= 0);
    own[kIsOver] = is_over ? 1 : 0;
    for (int i = 0; i < kTotals; i++) {
      record[i] = seen[i];
      seen[i] = 0;
    }
    const float nothing = __int_as_float(0x7fffffff);  // not a number
    for (int i = 0; i < kJudgements; i++) {
      record[kTotals + i] = sound ? sums[i] : nothing;
    }
  }
  __syncthreads();
  if (is_over && threadIdx.x == 0) {
    models[blockIdx.x] = -1;
  }
  for (int i = threadIdx.x; i < kTotals * kThreads; i += kThreads) {
    threads[(long long)model * kTotals * kThreads + i] = 0;
  }
  for (int p = threadIdx.x; p < kParameters; p += kThreads) {
    const long long own = (long long)model * kParameters + p;
    const float now = theta[own];
    if (is_best) {
      best[own] = judges ? now : began[own];
    }
    if (!judges) {
      began[own] = now;
    }
  }
}
