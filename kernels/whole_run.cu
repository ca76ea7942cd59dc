// Trainings of many small networks from the first step to the last, and judging them: a block has a
// network, and takes steps without the host. What is fixed at compile time: see lane_tile.cuh, and
//
//   WARPS       of a block
//   SLOTS       sums of warps that shared memory holds at once; a power of 2, divides WARPS
//   MIN_BLOCKS  blocks that should fit a multiprocessor
//   SHUFFLED    1 for mini-batches in the order of BatchOrder, 0 for full batches
//   RESIDENT    1 if shared memory holds all samples, for full batches only
//   ENDS        1 if it ends epochs, too, which takes registers
//   FRONT, REFINED  see whole_run_steps.cuh
#include "lane_tile.cuh"
#include "whole_run_epochs.cuh"

constexpr int kSlots = SLOTS;

// Samples that a lane adds up in float; the sums of those are added up in double.
constexpr int kFloatTerms = 1024;
constexpr int kChunk = WARPS * kTile * (kFloatTerms / kDepth);

// The tiles of a warp: fetched from global memory while the one before is being worked on.
struct Tiles {
  static constexpr int kLoads = (kTile * N_X + kWarp - 1) / kWarp;

  const Table& table;
  float* buffer;  // of the warp, in shared memory
  float next[kLoads];
  float next_y[kTargets];

  // Fetches `valid` samples, at most kTile, of those at positions from `first` on.
  template <bool kShuffled>
  __device__ __forceinline__ void fetch(long long first, int valid, const Bits* keys) {
    const int lane = threadIdx.x % kWarp;
    unsigned sample = 0;
    if constexpr (kShuffled) {
      if (lane < kTile) {
        sample = sample_at(first + (lane < valid ? lane : valid - 1), table.samples, table.a,
                           table.b, keys);
      }
    }
    if (!kShuffled && valid == kTile) {
      const float* from = table.x + first * N_X + lane;
#pragma unroll
      for (int i = 0; i < kLoads; i++) {
        const bool there = kTile * N_X % kWarp == 0 || lane + i * kWarp < kTile * N_X;
        next[i] = there ? from[i * kWarp] : 0;
      }
    } else {
      // Behind the last sample it is repeated.
#pragma unroll
      for (int i = 0; i < kLoads; i++) {
        const int at = lane + i * kWarp;
        const int row = at / N_X;
        const int column = at - row * N_X;
        long long from;
        if constexpr (kShuffled) {
          from = __shfl_sync(kAllLanes, sample, row % kWarp);
        } else {
          from = first + (row < valid ? row : valid - 1);
        }
        next[i] = row < kTile ? table.x[from * N_X + column] : 0;
      }
    }
    const int row = own_row();
    long long own;
    if constexpr (kShuffled) {
      own = __shfl_sync(kAllLanes, sample, row);
    } else {
      own = first + (row < valid ? row : valid - 1);
    }
#pragma unroll
    for (int j = 0; j < kTargets; j++) {
      next_y[j] = table.y[own * kTargets + j];
    }
  }

  // Puts what was fetched where the warp works on it.
  __device__ __forceinline__ void store(float (&own_y)[kTargets]) {
    const int lane = threadIdx.x % kWarp;
    __syncwarp();
#pragma unroll
    for (int i = 0; i < kLoads; i++) {
      const int at = lane + i * kWarp;
      const int row = at / N_X;
      if (row < kTile) {
        buffer[row * kPitch + (at - row * N_X)] = next[i];
      }
    }
#pragma unroll
    for (int j = 0; j < kTargets; j++) {
      own_y[j] = next_y[j];
    }
    __syncwarp();
  }
};

// Takes this warp's tiles of `count` samples at positions from `first` on: to train on, in the
// order of the batches, or to judge, as they stand. The first has this place in its batch.
template <bool kTrain>
__device__ __forceinline__ void take_samples(Tiles& tiles, long long first, int count,
                                             const Bits* keys, Place place, const Refined& refined,
                                             const float (&w)[kOwn], float (&g)[kOwn], Seen& seen) {
  constexpr bool kShuffled = kTrain && SHUFFLED;
  int done = threadIdx.x / kWarp * kTile;
  if (done < count) {
    tiles.fetch<kShuffled>(first + done, min(kTile, count - done), keys);
  }
  while (done < count) {
    float y[kTargets];
    tiles.store(y);
    const bool valid = (int)own_row() < count - done;
    const Place own_place = {place.steps, place.row + done};
    done += WARPS * kTile;
    if (done < count) {
      tiles.fetch<kShuffled>(first + done, min(kTile, count - done), keys);
    }
    take_tile<kTrain>(tiles.buffer, own_place, y, valid, refined, w, g, seen);
  }
}

// Formula:  steps of gradient descent, momentum or Adam (optimizer.cu) on the cost of lane_tile.cuh
//           plus L2, if REFINED as Refinements says, and of weights times factors with FRONT; step
//           s on the samples of batch s mod n of epoch s / n of the model's own table, for each of
//           the models that are listed; numbers below 0 are none. An epoch of the plan has
//           plan_epoch steps: a model whose own has fewer rests for the last ones. If ENDS and
//           epochs is above 0, `steps` are an epoch, which is ended as whole_run_end_epoch says,
//           of models that nothing judges, and so many epochs are taken unless a model is over.
// Shapes:   tables one for each model; models gridDim.x numbers; settings models × kSettings; theta
//           models × kParameters, what samples go through; front models × kFront, null without
//           FRONT; moments models × 2 × kParameters; threads models × kTotals × kThreads and totals
//           models × kTotals, sums over all steps so far, or of this epoch; all else, for epochs
//           only, as of whole_run_end_epoch, the first with its record at `place`.
// Launch:   WARPS × 32 threads, a block for each model; dynamic shared memory as
//           WholeRunDesign.sharedBytes says.
// Aliasing: none; settings, theta, front, moments, threads and totals are changed in place, with
//           epochs models, rules and began, too.
// Order:    a lane adds up at most kFloatTerms samples in float, lanes in a fixed tree, then warps
//           and chunks of samples in their order in double. Costs, hits and penalties are added up
//           by thread in double from step to step.
// Caller:   WholeRunEngine.advance, WholeRunEngine.takeEpochs
extern "C" __global__ void __launch_bounds__(kThreads, MIN_BLOCKS)
    whole_run(const Table* tables, int* models, double* settings, float* theta, float* front,
              float* moments, double* threads, double* totals, long long plan_epoch,
              long long first, int steps, int epochs, const Table* dev, double* rules,
              double* records, int room, int place, float* best, float* began) {
  extern __shared__ __align__(16) float memory[];
  __shared__ Table table;
  __shared__ Bits keys[2 * kRounds];
  __shared__ Steps step;
  __shared__ Refined refined;
  double* total = reinterpret_cast<double*>(memory);
  float* part = memory + 2 * kSums;
  float* now = part + kSlots * kSums;
  float* rows = memory + ((2 + kSlots) * kSums + kParameters + 3) / 4 * 4;
  const int thread = threadIdx.x;
  const int warp = thread / kWarp;
  const int model = models[blockIdx.x];
  if (model < 0) {
    return;
  }
  double* own_settings = settings + (long long)model * kSettings;
  float* own_theta = theta + (long long)model * kParameters;
  float* own_front = front + (long long)model * kFront;
  float* own_moments = moments + (long long)model * 2 * kParameters;
  if (thread == 0) {
    table = tables[model];
    step.read(own_settings);
    read_refined(own_settings, refined);
  }
  for (int p = thread; p < kParameters; p += kThreads) {
    now[p] = own_theta[p];
  }
  __syncthreads();
  const int samples = (int)table.samples;
  const int padded = RESIDENT ? (samples + kTile - 1) / kTile * kTile : 0;
  float* targets = rows + padded * kPitch;
  if constexpr (RESIDENT) {
    for (int i = thread; i < padded * N_X; i += kThreads) {
      const int row = i / N_X;
      const int column = i - row * N_X;
      rows[row * kPitch + column] = table.x[min(row, samples - 1) * N_X + column];
    }
    for (int i = thread; i < padded * kTargets; i += kThreads) {
      const int row = i / kTargets;
      targets[i] = table.y[min(row, samples - 1) * kTargets + i - row * kTargets];
    }
    __syncthreads();
  }

  Tiles tiles = {table, rows + (RESIDENT ? 0 : warp * kTile * kPitch), {}, {}};
  const long long per_epoch = (table.samples - 1) / table.batch_rows + 1;
  int ended = 0;
  do {
    const long long begin = first + ended * plan_epoch;
    double* own_threads = threads + (long long)model * kTotals * kThreads + thread;
    Seen seen = {own_threads[kCost * kThreads], own_threads[kHits * kThreads],
                 own_threads[kWeight * kThreads]};
    double penalty = own_threads[kPenalty * kThreads];
    const long long first_step = own_steps(begin, plan_epoch, per_epoch);
    const int own = (int)(own_steps(begin + steps, plan_epoch, per_epoch) - first_step);
    long long epoch = first_step / per_epoch;
    long long batch = first_step - epoch * per_epoch;
    bool known = false;
    int shared_by = 0;  // the samples that `share` is for
    double share = 1;
    for (int s = 0; s < own; s++) {
      if (SHUFFLED && !known) {
        // Nobody reads the keys of the epoch before: the last step ended with a barrier.
        if (thread < kRounds) {
          const Bits seed = __double_as_longlong(own_settings[kSeed]);
          philox(seed, thread, epoch, kBatchOrder, keys + 2 * thread);
        }
        __syncthreads();
        known = true;
      }
      const long long position = batch * table.batch_rows;
      const int count = (int)min(table.batch_rows, table.samples - position);
      if (!kWeighted && count != shared_by) {
        share = 1 / (kPart * count);
        shared_by = count;
      }
      float w[kOwn];
      load_parameters(now, w);
      double weight = 0;
      if (thread == 0) {
        // Seen by all after the barrier before the update.
        step.begin(own_settings, first_step + s, per_epoch);
      }
      for (int done = 0; done < count; done += kChunk) {
        const int some = min(kChunk, count - done);
        float g[kOwn];
#pragma unroll
        for (int i = 0; i < kOwn; i++) {
          g[i] = 0;
        }
        if constexpr (RESIDENT) {
          for (int at = warp * kTile; at < some; at += WARPS * kTile) {
            const int row = done + at + own_row();
            float own_y[kTargets];
#pragma unroll
            for (int j = 0; j < kTargets; j++) {
              own_y[j] = targets[row * kTargets + j];
            }
            take_tile<true>(rows + (done + at) * kPitch,
                            {(unsigned)(first_step + s), (unsigned)(done + at)}, own_y, row < count,
                            refined, w, g, seen);
          }
        } else {
          take_samples<true>(tiles, position + done, some, keys,
                             {(unsigned)(first_step + s), (unsigned)done}, refined, w, g, seen);
        }
        const bool last = some == count - done;
#pragma unroll
        for (int round = 0; round < WARPS / kSlots; round++) {
          if (warp / kSlots == round) {
            write_sums_of_warp(g, part + warp % kSlots * kSums);
          }
          __syncthreads();
          if constexpr (kWeighted) {
            for (int slot = 0; slot < kSlots; slot++) {
              weight += part[slot * kSums + kParameters];
            }
          }
          const bool update = last && round == WARPS / kSlots - 1;
          if (kWeighted && update) {
            // Where nothing weighs anything, all sums are 0.
            share = weight == 0 ? 1 : 1 / weight;
          }
          for (int p = thread; p < kParameters; p += kThreads) {
            double sum = done == 0 && round == 0 ? 0 : total[p];
#pragma unroll
            for (int slot = 0; slot < kSlots; slot++) {
              sum += part[slot * kSums + p];
            }
            if (kWhole || !update) {
              total[p] = sum;
              continue;
            }
            const float gradient = (float)(sum * share);
            const bool decays = is_weight(p);
            const float old = now[p];
            if (decays && step.l2 > 0) {
              penalty += 0.5 * step.l2 * count * ((double)old * old);
            }
            now[p] = step.next(old, gradient, decays ? step.l2 : 0, step.rate, own_moments + p,
                               kParameters);
          }
          __syncthreads();
        }
      }
      if constexpr (kWhole) {
        take_whole_step(step, total, share, count, own_front, own_moments, now, penalty);
        __syncthreads();
      }
      batch++;
      if (batch == per_epoch) {
        batch = 0;
        epoch++;
        known = false;
      }
    }

    // Read and computed again: kept over the steps they would take registers that those need.
    const long long same = models[blockIdx.x];
    for (int p = thread; p < kParameters; p += kThreads) {
      theta[same * kParameters + p] = now[p];
    }
    keep_totals(same, seen, penalty, threads, totals);
    if constexpr (ENDS) {
      if (ended < epochs) {
        // Of what threads have just written each reads its own.
        end_epoch(models, tables, dev, theta, nullptr, 0, threads, totals, rules, records, room,
                  place + ended, best, began);
        __syncthreads();
      }
    }
    ended++;
  } while (ENDS && ended < epochs && models[blockIdx.x] >= 0);
}

// Formula:  the sums of costs, hits and weights of kJudged samples, those from first + blockIdx.y ×
//           kJudged on, by each of the models that are listed; 0 where its table has none there.
// Shapes:   tables one for each model; models gridDim.x numbers; theta models × kParameters;
//           settings models × kSettings; sums gridDim.x × gridDim.y × kJudgements.
// Launch:   WARPS × 32 threads, a block for each model in x and for each kJudged samples in y;
//           dynamic shared memory as WholeRunDesign says.
// Aliasing: none.
// Order:    threads add up in double, then a fixed tree.
// Caller:   WholeRunEngine.evaluate, WholeRunEngine.takeEpochs
extern "C" __global__ void __launch_bounds__(kThreads, MIN_BLOCKS)
    whole_run_judge(const Table* tables, const int* models, const float* theta,
                    const double* settings, long long first, double* sums) {
  extern __shared__ __align__(16) float memory[];
  __shared__ Table table;
  const int model = models[blockIdx.x];
  if (model < 0) {
    return;
  }
  if (threadIdx.x == 0) {
    table = tables[model];
  }
  __syncthreads();
  const long long from = first + (long long)blockIdx.y * kJudged;
  const int count = (int)max(0LL, min((long long)kJudged, table.samples - from));
  float w[kOwn];
  float none[kOwn];
  load_parameters(theta + (long long)model * kParameters, w);
  Seen seen = {0, 0, 0};
  Tiles tiles = {table, memory + threadIdx.x / kWarp * kTile * kPitch, {}, {}};
  const Refined refined = {settings[(long long)model * kSettings + kLoss], 1, 0, 0};
  take_samples<false>(tiles, from, count, nullptr, {0, 0}, refined, w, none, seen);
  write_judgements(seen, sums);
}

// Formula:  ends an epoch of each of the models that are listed: records its totals, which begin
//           anew, and the judgements of the dev samples; keeps the parameters if their cost is
//           finite and the lowest so far; and takes a model that is over from the list, by the
//           number -1. Of a model without dev samples it keeps those that the epoch began from,
//           unless it has diverged. The rule is that of ModelRun and EarlyStopping, to the bit.
// Shapes:   models gridDim.x numbers; tables and dev one for each model; theta, best and began
//           models × kParameters, began what the epoch began from where there are no dev samples;
//           judged gridDim.x × slices × kJudgements; threads models × kTotals × kThreads and totals
//           models × kTotals, of this epoch; rules models × kRules; records gridDim.x × room ×
//           kRecord, of which this epoch has those at `place`.
// Launch:   WARPS × 32 threads, a block for each model.
// Aliasing: none; models, threads, totals, rules and began are changed in place.
// Order:    slices in their order.
// Caller:   WholeRunEngine.takeEpochs
extern "C" __global__ void __launch_bounds__(kThreads, MIN_BLOCKS)
    whole_run_end_epoch(int* models, const Table* tables, const Table* dev, const float* theta,
                        const double* judged, int slices, double* threads, double* totals,
                        double* rules, double* records, int room, int place, float* best,
                        float* began) {
  end_epoch(models, tables, dev, theta, judged, slices, threads, totals, rules, records, room,
            place, best, began);
}
