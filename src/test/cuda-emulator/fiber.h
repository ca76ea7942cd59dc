// Threads of a block, as fibers of one operating system thread: a switch costs a few nanoseconds.
#pragma once

#include <cstddef>

namespace emulator {

// A place to go on from: where another fiber, or the operating system thread's own stack, left off.
struct Continuation {
  void* stack_pointer = nullptr;
};

// Leaves `from` and goes on at `to`; returns when somebody switches back.
void switch_to(Continuation& from, const Continuation& to);

// A stack with a page below that faults, so that an overflow can't reach a neighbour.
class Stack {
 public:
  static constexpr size_t kBytes = 128 * 1024;

  Stack();
  ~Stack();
  Stack(const Stack&) = delete;
  Stack& operator=(const Stack&) = delete;

  // A continuation that begins with a call of `entry`, which must not return.
  Continuation start(void (*entry)());

  char* begin() const { return begin_; }
  char* end() const { return begin_ + kBytes; }

 private:
  char* begin_;
  size_t offset_;
};

}  // namespace emulator
