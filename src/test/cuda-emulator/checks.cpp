// What the compiler calls in a kernel: before every access to memory (-fsanitize=kernel-address)
// and where an index, an integer operation or an alignment is wrong
// (-fsanitize=bounds,signed-integer-overflow,alignment). Compiled once and linked into each
// kernel's module, as a kernel spends most of its time here and may itself be compiled without
// optimization.
#include "kernel_abi.h"

#define EMULATOR_HOOK extern "C" __attribute__((visibility("hidden")))

namespace emulator {

static inline void check_access(uintptr_t address, size_t size, bool write) {
  const DeviceRange& range = emulator_device_range;
  const uintptr_t offset = address - range.begin;
  if (offset < range.size) {
    constexpr uintptr_t granule = uintptr_t{1} << DeviceRange::kGranuleBits;
    if (size <= 16) {
      const uintptr_t last = offset + size - 1;
      const bool first_lives =
          (offset & (granule - 1)) < range.live_bytes[offset >> DeviceRange::kGranuleBits];
      const bool last_lives =
          (last & (granule - 1)) < range.live_bytes[last >> DeviceRange::kGranuleBits];
      if (first_lives && last_lives) return;
    }
  } else {
    const ThreadState& thread = emulator_thread;
    if (address >= thread.stack_begin && address + size <= thread.stack_end) return;
    if (address >= thread.static_shared_begin && address + size <= thread.static_shared_end) return;
    if (address >= thread.dynamic_shared_begin && address + size <= thread.dynamic_shared_end)
      return;
  }
  emulator_check_other(address, size, write);
}

// Where it happened, as the compiler tells the functions below; more follows in memory.
struct SourceLocation {
  const char* file;
  unsigned line, column;
};

}  // namespace emulator

#define EMULATOR_ACCESS_HOOKS(size)                                    \
  EMULATOR_HOOK void __asan_load##size##_noabort(uintptr_t address) {  \
    emulator::check_access(address, size, false);                      \
  }                                                                    \
  EMULATOR_HOOK void __asan_store##size##_noabort(uintptr_t address) { \
    emulator::check_access(address, size, true);                       \
  }
EMULATOR_ACCESS_HOOKS(1)
EMULATOR_ACCESS_HOOKS(2)
EMULATOR_ACCESS_HOOKS(4)
EMULATOR_ACCESS_HOOKS(8)
EMULATOR_ACCESS_HOOKS(16)
EMULATOR_HOOK void __asan_loadN_noabort(uintptr_t address, size_t size) {
  emulator::check_access(address, size, false);
}
EMULATOR_HOOK void __asan_storeN_noabort(uintptr_t address, size_t size) {
  emulator::check_access(address, size, true);
}
EMULATOR_HOOK void __asan_handle_no_return() {}

EMULATOR_HOOK void __ubsan_handle_type_mismatch_v1(const emulator::SourceLocation* where,
                                                   uintptr_t address) {
  emulator::emulator_fault("%s:%u: misaligned access at 0x%zx", where->file, where->line,
                           static_cast<size_t>(address));
}
EMULATOR_HOOK void __ubsan_handle_out_of_bounds(const emulator::SourceLocation* where, long index) {
  emulator::emulator_fault("%s:%u: index %ld is outside the array", where->file, where->line,
                           index);
}
#define EMULATOR_OVERFLOW_HOOK(operation)                                                         \
  EMULATOR_HOOK void __ubsan_handle_##operation##_overflow(const emulator::SourceLocation* where, \
                                                           long, long) {                          \
    emulator::emulator_fault("%s:%u: signed integer overflow", where->file, where->line);         \
  }
EMULATOR_OVERFLOW_HOOK(add)
EMULATOR_OVERFLOW_HOOK(sub)
EMULATOR_OVERFLOW_HOOK(mul)
EMULATOR_OVERFLOW_HOOK(negate)
EMULATOR_OVERFLOW_HOOK(divrem)
