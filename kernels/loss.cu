// Losses other than those of output.cu, and dropout.
#include "dropout.cuh"
#include "losses.cuh"

struct LossDelta {
  const float* logits;
  const float* targets;
  long long rows;
  int columns;
  int kind;
  double parameter;
  int weighted;
  double scale;
  float* delta;
  Tally* partials;
};

struct DropOut {
  const float* m;
  long long rows;
  int columns;
  float keep;
  int threshold;
  long long seed;
  int layer;
  const long long* steps;
  long long first;
  float* out;
};

// Left to itself, the compiler keeps values in memory.
constexpr int kLossBlocksPerSm = 2;

// What a row adds: its cost, and whether it is right or, for numbers, half its squared error.
struct RowLoss {
  double cost;
  double hits;
};

// Targets 1 - epsilon and 0, with epsilon spread over the columns.
__device__ __forceinline__ RowLoss smoothed_softmax(const float* z, unsigned target,
                                                    unsigned columns, double epsilon, double scale,
                                                    float* delta) {
  const Largest largest = largest_logit<ThreadTeam>(z, columns);
  const float own = largest.value - z[target];
  double sum = 0;
  double below = 0;
  for (unsigned j = 0; j < columns; j++) {
    sum += exp_below(z[j], largest.value);
    below += (double)largest.value - z[j];
  }
  const float total = (float)sum;
  const double share = epsilon / columns;
  for (unsigned j = 0; j < columns; j++) {
    const float a = exp_below(z[j], largest.value) / total;
    delta[j] = (float)(scale * (a - (j == target ? 1 - epsilon + share : share)));
  }
  return {logf(total) + (1 - epsilon) * own + share * below, largest.column == target ? 1.0 : 0.0};
}

__device__ __forceinline__ RowLoss smoothed_sigmoid(const float* z, const float* y,
                                                    unsigned columns, double epsilon, double scale,
                                                    float* delta) {
  double cost = 0;
  bool right = true;
  for (unsigned j = 0; j < columns; j++) {
    const ClassLoss loss = smoothed_loss(z[j], y[j], epsilon);
    cost += loss.cost;
    right = right && loss.right;
    delta[j] = (float)(scale * loss.d);
  }
  return {cost, right ? 1.0 : 0.0};
}

// A row of numbers, each of which costs loss(z, y).
template <class Loss>
__device__ __forceinline__ RowLoss of_numbers(const float* z, const float* y, unsigned columns,
                                              double scale, float* delta, Loss loss) {
  RowLoss row = {0, 0};
  for (unsigned j = 0; j < columns; j++) {
    const NumberLoss own = loss(z[j], y[j]);
    row.cost += own.cost;
    row.hits += own.square;
    delta[j] = (float)(scale * own.d);
  }
  return row;
}

// Formula:  delta = scale w ∂loss/∂z of the rows; partials[block] = Σ w loss, Σ w hits, Σ w. Of
// kind
//           0 is a sigmoid with smoothed labels, of 1 a softmax with them, of 2 Huber, of 3
//           quantile, of 4 Poisson; of numbers the hits are Σ ½ (a - y)².
// Shapes:   logits and delta rows × columns; targets rows × the columns of the output, and one of
//           weights w if weighted is not 0, else w is 1; partials one per block.
// Launch:   256 threads; an item is a row; the grid strides.
// Aliasing: delta may be the logits.
// Order:    a thread's rows in double; over the block in a fixed tree.
// Caller:   CudaOperations.run(LossDelta), CudaOperations.run(OutputDelta)
extern "C" __global__ void __launch_bounds__(kBlock, kLossBlocksPerSm)
    loss_delta(LossDelta one, const LossDelta* many) {
  const LossDelta layer = own(one, many);
  const int columns = layer.columns;
  const int kind = layer.kind;
  const double parameter = layer.parameter;
  const int weighted = layer.weighted;
  const int wanted = kind == 1 ? 1 : columns;
  const int stride = wanted + (weighted != 0 ? 1 : 0);
  double cost = 0;
  double hits = 0;
  double weights = 0;
  for (long long row = thread_number(); row < layer.rows; row += thread_count()) {
    const float* z = layer.logits + row * columns;
    const float* y = layer.targets + row * stride;
    float* out = layer.delta + row * columns;
    const double w = weighted != 0 ? (double)y[wanted] : 1.0;
    const double scale = layer.scale * w;
    RowLoss loss = {0, 0};
    if (w == 0) {
      // What it costs may be infinite, and nothing of it counts.
      for (int j = 0; j < columns; j++) {
        out[j] = 0;
      }
    } else if (kind == 0) {
      loss = smoothed_sigmoid(z, y, columns, parameter, scale, out);
    } else if (kind == 1) {
      loss = smoothed_softmax(z, (unsigned)(int)y[0], columns, parameter, scale, out);
    } else if (kind == 2) {
      loss = of_numbers(z, y, columns, scale, out,
                        [&](float a, float b) { return huber_loss(a, b, parameter); });
    } else if (kind == 3) {
      loss = of_numbers(z, y, columns, scale, out,
                        [&](float a, float b) { return quantile_loss(a, b, parameter); });
    } else {
      loss = of_numbers(z, y, columns, scale, out,
                        [](float a, float b) { return poisson_loss(a, b); });
    }
    cost += w * loss.cost;
    hits += w * loss.hits;
    weights += w;
  }
  write_partial(cost, hits, weights, layer.partials);
}

// Formula:  a = e^z.
// Shapes:   logits, numbers of `size` elements.
// Launch:   256 threads; an item is an element; the grid strides.
// Aliasing: numbers may be logits.
// Order:    elements are independent.
// Caller:   CudaOperations.run(OutputProbabilities)
extern "C" __global__ void __launch_bounds__(kBlock)
    output_exponential(const float* logits, long long size, float* numbers) {
  for_elements(size, aligned(logits, numbers), [&](auto width, long long i) {
    constexpr int N = decltype(width)::value;
    Floats<N> x = load<N>(logits + i);
#pragma unroll
    for (int k = 0; k < N; k++) {
      x.v[k] = expf(x.v[k]);
    }
    store<N>(numbers + i, x);
  });
}

// Formula:  out = keep m where the element's random word is at least the threshold, else 0. The
//           word of row r and column j is number j % 4 of the Philox block {layer 2^24 + j / 4,
//           first + r, *steps, 3} (dropout.cuh).
// Shapes:   m and out rows × columns; steps one.
// Launch:   256 threads; an item is four columns of a row; the grid strides.
// Aliasing: out may be m.
// Order:    elements are independent.
// Caller:   CudaOperations.run(DropOut)
extern "C" __global__ void __launch_bounds__(kBlock) drop_out(DropOut one, const DropOut* many) {
  const DropOut a = own(one, many);
  const int blocks = (a.columns + kDropoutWords - 1) / kDropoutWords;
  for (long long i = thread_number(); i < a.rows * blocks; i += thread_count()) {
    const long long row = i / blocks;
    const int block = (int)(i - row * blocks);
    Bits words[2];
    dropout_words((Bits)a.seed, (unsigned)*a.steps, (unsigned)(a.first + row), a.layer, block,
                  words);
#pragma unroll
    for (int k = 0; k < kDropoutWords; k++) {
      const int column = kDropoutWords * block + k;
      const long long at = row * a.columns + column;
      if (column < a.columns) {
        a.out[at] = dropout_word(words, k) >= (unsigned)a.threshold ? a.keep * a.m[at] : 0;
      }
    }
  }
}
