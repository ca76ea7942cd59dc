// Counting of calls and the failures planned by tests.
#include "calls.h"

#include <cstdio>

namespace emulator {
namespace {

int64_t calls_made = 0;
int64_t calls_until_failure = 0;  // 0: none is planned
int planned_code = 0;
std::string planned_function;  // empty: any
std::string function_that_failed;
std::string complaint;
int death = 0;

bool kills_device(int code) {
  return code == kEccUncorrectable || (code >= kIllegalAddress && code <= kLaunchFailed);
}

}  // namespace

std::recursive_mutex& lock() {
  static std::recursive_mutex* mutex = new std::recursive_mutex;  // outlives the JVM's last threads
  return *mutex;
}

int count_call(const char* function) {
  calls_made++;
  if (calls_until_failure == 0) return kSuccess;
  if (!planned_function.empty() && planned_function != function) return kSuccess;
  if (--calls_until_failure != 0) return kSuccess;
  function_that_failed = function;
  return kills_device(planned_code) ? fail_device(planned_code) : planned_code;
}

int device_error() { return death; }

int fail_device(int code) {
  if (death == 0) death = code;
  return death;
}

void revive_device() { death = 0; }

void complain(const std::string& what) {
  fprintf(stderr, "[CUDA emulation] %s\n", what.c_str());
  std::lock_guard<std::recursive_mutex> guard(lock());
  complaint = what;
}

void plan_failure(const char* function, int64_t nth, int code) {
  planned_function = function;
  calls_until_failure = nth;
  planned_code = code;
  function_that_failed.clear();
}

int64_t calls() { return calls_made; }

std::string failed_call() { return function_that_failed; }

std::string last_complaint() { return complaint; }

void reset_calls() {
  plan_failure("", 0, 0);
  calls_made = 0;
  complaint.clear();
  revive_device();
}

}  // namespace emulator

extern "C" EMULATOR_EXPORT int emulator_unsupported(const char* function) {
  emulator::complain(std::string(function) + " is not emulated");
  return emulator::kNotSupported;
}
