// What a processor can do at most with all its cores, as JSON: multiply-adds in registers, reading of memory, and tanh by
// exp(2x) as a polynomial and one division. gcc -O3 -march=native -ffast-math -pthread peaks.c; the argument is the
// number of threads.
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#ifdef __AVX512F__
#define BYTES 64
#elif defined(__AVX__)
#define BYTES 32
#else
#define BYTES 16
#endif
#define LANES (BYTES / 4)
typedef float floats __attribute__((vector_size(BYTES)));
typedef int32_t ints __attribute__((vector_size(BYTES)));

// Chains that don't wait for one another: two units, each with a latency of four or five cycles.
#define CHAINS 12
#define MULTIPLY_ADDS (1 << 25)
#define READ_BYTES (1L << 28)
#define CACHED 4096
#define TANHS (1L << 27)
#define TIMES 5

static volatile float sink;

static void *multiply_add(void *unused) {
  floats sums[CHAINS], factor, term;
  for (int lane = 0; lane < LANES; lane++) {
    factor[lane] = 0.999f;
    term[lane] = 0.001f + 1e-6f * lane;
    for (int chain = 0; chain < CHAINS; chain++) sums[chain][lane] = 0.1f * chain;
  }
  for (long i = 0; i < MULTIPLY_ADDS; i++) {
#pragma GCC unroll 12
    for (int chain = 0; chain < CHAINS; chain++) sums[chain] = sums[chain] * factor + term;
  }
  for (int chain = 0; chain < CHAINS; chain++) sink = sums[chain][chain % LANES];
  return unused;
}

static void *read_all(void *memory) {
  const floats *at = memory, *end = at + READ_BYTES / BYTES;
  floats a = {0}, b = {0}, c = {0}, d = {0};
  for (; at < end; at += 4) a += at[0], b += at[1], c += at[2], d += at[3];
  a += b + c + d;
  sink = a[0];
  return NULL;
}

// exp(x) = 2^n exp(r), |r| <= ln(2)/2, by a polynomial of degree 6: seven digits, as float32 has.
static floats tanh_of(floats x) {
  floats scaled = x * 2.885390082f;
  // Converting cuts off, so that it rounds only what is positive.
  ints n = __builtin_convertvector(scaled + 1024.5f, ints) - 1024;
  floats r = (scaled - __builtin_convertvector(n, floats)) * 0.6931471806f;
  floats e = 1.0f + r * (1.0f + r * (0.5f + r * (0.16666667f + r * (0.041666668f + r * (0.0083333338f + r * 0.0013888889f)))));
  ints bits;
  memcpy(&bits, &e, BYTES);
  bits += n << 23;
  memcpy(&e, &bits, BYTES);
  return 1.0f - 2.0f / (e + 1.0f);
}

static void *tanhs(void *memory) {
  floats *values = memory;
  for (long round = 0; round < TANHS / CACHED; round++) {
    for (int i = 0; i < CACHED / LANES; i++) values[i] = tanh_of(values[i] + 0.001f);
    sink = values[round % (CACHED / LANES)][0];
  }
  return NULL;
}

static double seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec + now.tv_nsec * 1e-9;
}

static double best(void *(*work)(void *), void **memory, int threads) {
  double least = 1e9;
  pthread_t running[threads];
  for (int time = 0; time < TIMES; time++) {
    double started = seconds();
    for (int t = 0; t < threads; t++) {
      if (pthread_create(&running[t], NULL, work, memory[t])) exit(1);
    }
    for (int t = 0; t < threads; t++) pthread_join(running[t], NULL);
    double took = seconds() - started;
    if (took < least) least = took;
  }
  return least;
}

int main(int count, char **arguments) {
  int threads = count > 1 ? atoi(arguments[1]) : 1;
  if (threads < 1) return 2;
  void *memory[threads];
  for (int t = 0; t < threads; t++) {
    if (posix_memalign(&memory[t], 4096, READ_BYTES)) return 1;
    memset(memory[t], 0, READ_BYTES);
  }
  double products = 2.0 * MULTIPLY_ADDS * CHAINS * LANES * threads / best(multiply_add, memory, threads);
  double reading = (double)READ_BYTES * threads / best(read_all, memory, threads);
  double activations = (double)TANHS * threads / best(tanhs, memory, threads);
  printf("{\"gflops\": %.1f, \"gbytes_read\": %.1f, \"gtanh\": %.2f}\n", products / 1e9, reading / 1e9, activations / 1e9);
  return 0;
}
