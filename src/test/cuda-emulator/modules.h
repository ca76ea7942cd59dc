// Loaded kernels.
#pragma once

#include <cstddef>

namespace emulator {

size_t modules();
void reset_modules();

}  // namespace emulator
