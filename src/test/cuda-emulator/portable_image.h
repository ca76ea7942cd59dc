// What stands for PTX: a module's bytes as text, since JCuda hands PTX over as a string.
#pragma once

#include <cstring>
#include <string>

namespace emulator {

constexpr char kPortableTag[] = "// CUDA emulation\n";

inline std::string to_portable(const std::string& image) {
  std::string text = kPortableTag;
  for (const unsigned char byte : image) {
    text += static_cast<char>('a' + (byte >> 4));
    text += static_cast<char>('a' + (byte & 15));
  }
  return text;
}

inline bool is_portable(const void* image) {
  return strncmp(static_cast<const char*>(image), kPortableTag, sizeof kPortableTag - 1) == 0;
}

inline std::string from_portable(const void* text) {
  std::string image;
  const char* digit = static_cast<const char*>(text) + sizeof kPortableTag - 1;
  for (; digit[0] != 0 && digit[1] != 0; digit += 2) {
    image += static_cast<char>((digit[0] - 'a') << 4 | (digit[1] - 'a'));
  }
  return image;
}

}  // namespace emulator
