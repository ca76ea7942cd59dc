// What the tests may ask of the emulated driver.
#pragma once
#include <cstdint>
namespace cuemu {
void failAt(int64_t nth, int code);
int64_t callCount();
void memoryLimit(int64_t bytes);
int64_t liveAllocations();
int64_t liveBytes();
void reset();
}  // namespace cuemu
