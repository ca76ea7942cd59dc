// CUDA's functions of one thread: conversions, bits, and mathematical functions, whose fast forms
// are as accurate as the others here. Where a test asks for that noise, all are off a little.
#pragma once

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "kernel_abi.h"

// The real NVRTC has no standard headers: what a kernel could not use there must not work here.
#undef INFINITY
#undef NAN
#undef HUGE_VAL
#undef HUGE_VALF
#undef M_PI
#undef M_E

namespace emulator {
// The bit of emulator_noise is kNoisyFunctions.
EMULATOR_UNCHECKED static inline float off(float value) {
  return emulator_noise & 2 ? emulator_off(value) : value;
}
EMULATOR_UNCHECKED static inline double off(double value) {
  return emulator_noise & 2 ? emulator_off_double(value) : value;
}
template <typename T>
static inline T at_most_one(T value) {
  return value > 1 ? T(1) : value < -1 ? T(-1) : value;
}
}  // namespace emulator

// glibc has no cospi before 2.41, nor a number for pi here.
#define cospi emulator_cospi
static inline double cospi(double x) { return cos(3.14159265358979323846 * x); }

// glibc has internal names of its own for some of these.
#define __expf emulator_expf
#define __logf emulator_logf
#define __sinf emulator_sinf
#define __cosf emulator_cosf
#define __powf emulator_powf
static inline float __expf(float x) { return expf(x); }
static inline float __logf(float x) { return logf(x); }
static inline float __sinf(float x) { return sinf(x); }
static inline float __cosf(float x) { return cosf(x); }
static inline float __powf(float x, float y) { return powf(x, y); }
static inline float __fdividef(float x, float y) { return x / y; }
static inline float rsqrtf(float x) { return 1.0f / sqrtf(x); }
static inline double rsqrt(double x) { return 1.0 / sqrt(x); }

// CUDA C++ has them for float too.
#define EMULATOR_OF_FLOAT(name) \
  static inline float name(float x) { return name##f(x); }
EMULATOR_OF_FLOAT(exp)
EMULATOR_OF_FLOAT(log)
EMULATOR_OF_FLOAT(tanh)
EMULATOR_OF_FLOAT(sqrt)
EMULATOR_OF_FLOAT(fabs)
#undef EMULATOR_OF_FLOAT

static inline float __fmaf_rn(float a, float b, float c) { return fmaf(a, b, c); }
static inline float __fmul_rn(float a, float b) { return a * b; }
static inline float __fadd_rn(float a, float b) { return a + b; }
static inline float __fsub_rn(float a, float b) { return a - b; }
static inline float __fdiv_rn(float a, float b) { return a / b; }
static inline float __fsqrt_rn(float x) { return sqrtf(x); }
static inline float __frcp_rn(float x) { return 1.0f / x; }
static inline double __dmul_rn(double a, double b) { return a * b; }
static inline double __dadd_rn(double a, double b) { return a + b; }
static inline float __saturatef(float x) { return !(x > 0.0f) ? 0.0f : x > 1.0f ? 1.0f : x; }

template <typename T>
static inline T __ldg(const T* p) {
  return *p;
}

template <typename To, typename From>
static inline To emulator_bits(From from) {
  static_assert(sizeof(To) == sizeof(From), "bits are reinterpreted between types of one size");
  To to;
  memcpy(&to, &from, sizeof to);
  return to;
}
static inline int __float_as_int(float x) { return emulator_bits<int>(x); }
static inline unsigned __float_as_uint(float x) { return emulator_bits<unsigned>(x); }
static inline float __int_as_float(int x) { return emulator_bits<float>(x); }
static inline float __uint_as_float(unsigned x) { return emulator_bits<float>(x); }
static inline long long __double_as_longlong(double x) { return emulator_bits<long long>(x); }
static inline double __longlong_as_double(long long x) { return emulator_bits<double>(x); }
static inline int __float2int_rn(float x) { return static_cast<int>(nearbyintf(x)); }
static inline int __float2int_rz(float x) { return static_cast<int>(x); }
static inline int __popc(unsigned x) { return __builtin_popcount(x); }
static inline int __popcll(unsigned long long x) { return __builtin_popcountll(x); }
static inline int __clz(int x) { return x ? __builtin_clz(static_cast<unsigned>(x)) : 32; }
static inline int __ffs(int x) { return __builtin_ffs(x); }
static inline unsigned __umulhi(unsigned a, unsigned b) {
  return static_cast<unsigned>((static_cast<uint64_t>(a) * b) >> 32);
}

#define EMULATOR_MIN_MAX(T)                               \
  static inline T min(T a, T b) { return b < a ? b : a; } \
  static inline T max(T a, T b) { return a < b ? b : a; }
EMULATOR_MIN_MAX(int)
EMULATOR_MIN_MAX(unsigned)
EMULATOR_MIN_MAX(long)
EMULATOR_MIN_MAX(unsigned long)
EMULATOR_MIN_MAX(long long)
EMULATOR_MIN_MAX(unsigned long long)
#undef EMULATOR_MIN_MAX
static inline float min(float a, float b) { return fminf(a, b); }
static inline float max(float a, float b) { return fmaxf(a, b); }
static inline double min(double a, double b) { return fmin(a, b); }
static inline double max(double a, double b) { return fmax(a, b); }

// Those of which CUDA promises no more than 1 or 2 units in the last place.
#define expf(x) emulator::off(expf(x))
#define exp(x) emulator::off(exp(x))
#define logf(x) emulator::off(logf(x))
#define log(x) emulator::off(log(x))
#define log1pf(x) emulator::off(log1pf(x))
#define log1p(x) emulator::off(log1p(x))
#define powf(x, y) emulator::off(powf(x, y))
#define pow(x, y) emulator::off(pow(x, y))
#define tanhf(x) emulator::at_most_one(emulator::off(tanhf(x)))
#define tanh(x) emulator::at_most_one(emulator::off(tanh(x)))
