// Runs a grid: blocks on a pool of threads, the threads of a block as fibers.
#pragma once

#include <cstddef>
#include <string>

#include "kernel_abi.h"

namespace emulator {

// The shared memory that a module's kernels declare, which is the module's thread-local storage.
struct StaticShared {
  size_t module = 0;  // the dynamic linker's number for its thread-local storage; 0 if it has none
  size_t bytes = 0;
};

struct Grid {
  const Kernel* kernel;
  StaticShared static_shared;
  Index3 size;
  Index3 block_size;
  size_t dynamic_shared;
  void** parameters;
};

// Runs it to its end; empty, or what went wrong.
std::string run_grid(const Grid& grid);

}  // namespace emulator
