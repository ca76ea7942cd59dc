// What cuBLAS and NVRTC have given out. The driver's library keeps count, so that a test can ask
// for all leaks in one place.
#pragma once

#include <cstdint>

#include "kernel_abi.h"
#include "registry.h"
#include "streams.h"

namespace emulator {

struct BlasHandle {
  Stream* stream = nullptr;
  int pointer_mode = 0;
  int math_mode = 0;
};

EMULATOR_EXPORT Registry<BlasHandle>& blas_handles();

// NVRTC's programs.
EMULATOR_EXPORT int64_t& live_programs();

// Whether kernels are compiled in half the time to code that takes longer.
EMULATOR_EXPORT bool& compiles_quickly();

}  // namespace emulator
