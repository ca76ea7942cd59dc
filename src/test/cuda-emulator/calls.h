// What every entry point of the three libraries does first: lock, count itself, and fail where a
// test asked for it.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>

#include "kernel_abi.h"

namespace emulator {

// CUresult, as far as used.
enum Result {
  kSuccess = 0,
  kInvalidValue = 1,
  kOutOfMemory = 2,
  kNotInitialized = 3,
  kInvalidDevice = 101,
  kInvalidImage = 200,
  kInvalidContext = 201,
  kNoBinaryForGpu = 209,
  kEccUncorrectable = 214,
  kFileNotFound = 301,
  kInvalidHandle = 400,
  kIllegalState = 401,
  kNotFound = 500,
  kNotReady = 600,
  kIllegalAddress = 700,
  kContextIsDestroyed = 709,
  kLaunchFailed = 719,
  kNotSupported = 801,
  kCaptureUnsupported = 900,
  kCaptureInvalidated = 901,
  kUnknown = 999,
};

// Guards everything but the memory that kernels compute in.
EMULATOR_EXPORT std::recursive_mutex& lock();

// Counts a call; the code that it is to fail with, or 0.
EMULATOR_EXPORT int count_call(const char* function);

// The error that the device died of, which every later call returns; 0 while it lives.
int device_error();
int fail_device(int code);
void revive_device();

// Says on stderr, and to CudaEmulator.lastComplaint, what the emulation found.
EMULATOR_EXPORT void complain(const std::string& what);

// For tests.
void plan_failure(const char* function, int64_t nth, int code);
int64_t calls();
std::string failed_call();
std::string last_complaint();
void reset_calls();

}  // namespace emulator

#define EMULATED extern "C" EMULATOR_EXPORT int

// The first line of every entry point.
#define BEGIN_CALL                                                    \
  std::lock_guard<std::recursive_mutex> call_guard(emulator::lock()); \
  if (int code = emulator::count_call(__func__)) return code

// Of those that release something: a failing release has released all the same, as on a card, where
// such a code tells of earlier work.
#define BEGIN_RELEASE                                                 \
  std::lock_guard<std::recursive_mutex> call_guard(emulator::lock()); \
  const int planned = emulator::count_call(__func__)
