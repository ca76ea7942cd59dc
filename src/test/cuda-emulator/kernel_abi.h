// What a compiled kernel module (a shared object made by nvrtc.cpp) and the emulated driver know of
// each other. The module is linked against libcuda.so.1 and calls these functions directly.
#pragma once

#include <stddef.h>
#include <stdint.h>

#define EMULATOR_EXPORT __attribute__((visibility("default")))
// For what is compiled with a kernel and no part of it.
#define EMULATOR_UNCHECKED __attribute__((no_sanitize("kernel-address"), no_sanitize("undefined")))

namespace emulator {

struct Index3 {
  unsigned x, y, z;
};

// What a kernel's thread can see of itself; rewritten whenever another thread of the block goes on.
struct ThreadState {
  Index3 thread, block, block_size, grid_size;
  unsigned lane;
  char* dynamic_shared;
  // Memory of this thread that no allocation holds: its stack, and the block's shared memory.
  uintptr_t stack_begin, stack_end;
  uintptr_t static_shared_begin, static_shared_end;
  uintptr_t dynamic_shared_begin, dynamic_shared_end;
};

// The device's address space, and for each granule of it how many bytes, from its first, are
// allocated.
struct DeviceRange {
  static constexpr unsigned kGranuleBits = 8;
  uintptr_t begin;
  uintptr_t size;
  const uint16_t* live_bytes;
};

// Initial-exec: read without a call, at each access that a kernel makes. It takes of the little
// room that the dynamic linker keeps for libraries loaded later.
#define EMULATOR_THREAD __thread __attribute__((tls_model("initial-exec")))

extern "C" {
EMULATOR_EXPORT extern EMULATOR_THREAD ThreadState emulator_thread;
EMULATOR_EXPORT extern DeviceRange emulator_device_range;
// See noise.h. What a function of a card may give for one of these values.
EMULATOR_EXPORT extern unsigned emulator_noise;
EMULATOR_EXPORT float emulator_off(float value);
EMULATOR_EXPORT double emulator_off_double(double value);

EMULATOR_EXPORT void emulator_sync_block();
enum Reduction { kCount, kAnd, kOr };
EMULATOR_EXPORT int emulator_sync_block_reduce(Reduction reduction, int predicate);
EMULATOR_EXPORT void emulator_sync_warp(unsigned mask);
// The source lane's value; *valid says whether that lane took part.
EMULATOR_EXPORT uint64_t emulator_shuffle(unsigned mask, uint64_t value, int source, bool* valid);
EMULATOR_EXPORT unsigned emulator_ballot(unsigned mask, int predicate);
// Ends the launch with an error; never returns.
EMULATOR_EXPORT void emulator_fault(const char* format, ...) __attribute__((format(printf, 1, 2)));
// An access that is neither to an allocation nor to the thread's own memory: legal in constant and
// pinned memory only.
EMULATOR_EXPORT void emulator_check_other(uintptr_t address, size_t size, bool write);
}

// A kernel, found by the driver as the module's symbol emulator_kernel_<name>.
struct Kernel {
  unsigned parameters;
  const unsigned* sizes;
  const unsigned* alignments;
  const bool* pointers;  // true where the parameter is a pointer
  void (*invoke)(void** parameters);
};

}  // namespace emulator
