// The device's contexts.
#pragma once

#include <cstddef>

namespace emulator {

// 0 where the calling thread has a live context on a live device; otherwise what a call must
// return.
int require_context();

size_t contexts();
void reset_contexts();

}  // namespace emulator

// The first line of every entry point that needs a current context.
#define BEGIN_CONTEXT_CALL \
  BEGIN_CALL;              \
  if (int code = emulator::require_context()) return code
