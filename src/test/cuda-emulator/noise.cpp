// What a card may do otherwise than the emulation does by itself.
#include "noise.h"

#include <cstring>
#include <set>

namespace emulator {
namespace {

std::set<std::string>& used() {
  static auto* names = new std::set<std::string>;
  return *names;
}

// As far off as the value's own bits decide, -2 to 2 units; what is exact on every card stays.
template <typename Value, typename Bits>
Value off(Value value) {
  constexpr Bits kSign = Bits{1} << (8 * sizeof(Bits) - 1);
  Bits bits;
  memcpy(&bits, &value, sizeof bits);
  const Value magnitude = value < 0 ? -value : value;
  const bool tiny = (bits & ~kSign) < 4;
  if (tiny || !(magnitude < static_cast<Value>(1e38)) || magnitude == 1) return value;
  const Bits mixed = static_cast<Bits>(bits * static_cast<Bits>(0x9e3779b97f4a7c15ull));
  bits += static_cast<Bits>((mixed >> (8 * sizeof(Bits) - 16)) % 5) - 2;
  memcpy(&value, &bits, sizeof bits);
  return value;
}

}  // namespace

bool noisy(Noise noise) { return (emulator_noise & noise) != 0; }

bool load_on_use(const std::string& name, Stream* stream) {
  if (!noisy(kNoisyLoading) || used().count(name)) return true;
  if (stream->capture) {
    stream->capture_broken = true;
    return false;
  }
  used().insert(name);
  return true;
}

void set_noise(unsigned bits) {
  emulator_noise = bits;
  used().clear();
}

extern "C" {
unsigned emulator_noise = 0;
float emulator_off(float value) { return off<float, uint32_t>(value); }
double emulator_off_double(double value) { return off<double, uint64_t>(value); }
}

}  // namespace emulator
