// From preprocessed CUDA C++ to C++.
#pragma once

#include <string>

namespace emulator {

// Makes `extern __shared__` arrays pointers to the block's dynamic shared memory, and registers
// every kernel of the source, which begins in the text where the line marker names it.
std::string rewrite_kernels(const std::string& preprocessed, const std::string& source_name);

}  // namespace emulator
