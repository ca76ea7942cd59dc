// Fibers for x86-64: what a call preserves is pushed on the old stack and popped from the new one.
#include "fiber.h"

#include <sys/mman.h>

#include <atomic>
#include <cstdint>
#include <new>

extern "C" void emulator_switch(void** save, void* to);
asm(R"(
.text
.p2align 4
.hidden emulator_switch
.globl emulator_switch
.type emulator_switch,@function
emulator_switch:
    pushq %rbp
    pushq %rbx
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    movq %rsp, (%rdi)
    movq %rsi, %rsp
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbx
    popq %rbp
    ret
.size emulator_switch,.-emulator_switch
)");

namespace emulator {
namespace {
constexpr size_t kGuard = 4096;
constexpr int kSavedRegisters = 6;
}  // namespace

void switch_to(Continuation& from, const Continuation& to) {
  emulator_switch(&from.stack_pointer, to.stack_pointer);
}

// Where the first frame of a stack lies below its end: at another place within a page from stack to
// stack, or the frames of all of a block's threads would compete for the same few lines of the
// processor's first cache.
static size_t next_offset() {
  constexpr size_t kStep = 5 * 64, kMost = 4096;
  static std::atomic<size_t> stacks{0};
  return stacks++ * kStep % kMost;
}

Stack::Stack() : offset_(next_offset()) {
  void* memory = mmap(nullptr, kGuard + kBytes, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) throw std::bad_alloc();
  mprotect(memory, kGuard, PROT_NONE);
  begin_ = static_cast<char*>(memory) + kGuard;
}

Stack::~Stack() { munmap(begin_ - kGuard, kGuard + kBytes); }

Continuation Stack::start(void (*entry)()) {
  void** top = reinterpret_cast<void**>(end() - offset_);
  *--top = nullptr;  // the entry's return address, and with it the alignment of a called function
  *--top = reinterpret_cast<void*>(entry);
  for (int i = 0; i < kSavedRegisters; i++) *--top = nullptr;
  return {top};
}

}  // namespace emulator
