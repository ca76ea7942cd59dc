// What a card may do otherwise than the emulation does by itself. Tests ask for it.
#pragma once

#include <string>

#include "kernel_abi.h"
#include "streams.h"

namespace emulator {

// Bits of emulator_noise, in the order of CudaEmulator.Noise.
enum Noise {
  // Products of a batch add up in another order than single ones.
  kNoisyBatches = 1,
  // Mathematical functions are off by up to 2 units in the last place.
  kNoisyFunctions = 2,
  // What has never run must be loaded first, which a capture forbids.
  kNoisyLoading = 4,
};

EMULATOR_EXPORT bool noisy(Noise noise);

// Something that must be loaded when it is first used, by its name; false, and the stream's capture
// broken, if that can't be done now.
EMULATOR_EXPORT bool load_on_use(const std::string& name, Stream* stream);

void set_noise(unsigned bits);

}  // namespace emulator
