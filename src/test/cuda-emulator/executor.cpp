// The threads of a block run one after the other, each until it waits at a barrier or a warp
// operation; what all wait for goes on when the last one has arrived. When none can go on, the
// block is stuck, which is what a divergent barrier comes to.
#include "executor.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "fiber.h"
#include "memory.h"

extern "C" void* __tls_get_addr(size_t* module_and_offset);

namespace emulator {

EMULATOR_THREAD ThreadState emulator_thread;

namespace {

constexpr unsigned kWarpSize = 32;

struct Fiber {
  Stack stack;
  Continuation continuation;
  Index3 thread{};
  unsigned lane = 0, warp = 0;
  Fiber* next = nullptr;
  // Of the last warp operation: the lane it reads, and what came of it.
  int source = -1;
  bool valid = false;
  uint64_t value = 0;
  unsigned ballot = 0;
};

// A warp-wide operation that some lanes already wait at.
struct WarpOperation {
  unsigned mask = 0, arrived = 0, votes = 0;
  Fiber* waiting = nullptr;
  uint64_t values[kWarpSize];
};

struct Warp {
  static constexpr unsigned kMost = 4;
  unsigned live = 0;     // lanes that exist and have not returned
  unsigned pending = 0;  // operations in use
  WarpOperation operations[kMost];
};

// Runs blocks, one after the other, on the operating system thread that it belongs to.
class BlockRunner {
 public:
  explicit BlockRunner(const Grid& grid);
  ~BlockRunner() { emulator_thread = {}; }
  // Returns what went wrong, or nothing.
  std::string run(Index3 block);

  [[noreturn]] void run_threads();
  int sync_block(Reduction reduction, int predicate);
  Fiber* sync_warp(unsigned mask, uint64_t value, int predicate, int source);
  [[noreturn]] void fault(const std::string& what);

 private:
  Fiber* fresh();
  void resume(Fiber* fiber);
  void wait();
  void make_ready(Fiber* fiber);
  void release_barrier();
  void complete_operations(Warp& warp);
  void poison_shared();

  const Grid& grid_;
  const unsigned threads_;
  std::vector<Fiber*> idle_;
  std::vector<Warp> warps_;
  std::vector<char> dynamic_shared_;
  Continuation main_;
  Fiber* current_ = nullptr;
  Fiber *ready_first_ = nullptr, *ready_last_ = nullptr;
  unsigned started_ = 0, returned_ = 0;
  unsigned at_barrier_ = 0;
  Fiber* barrier_ = nullptr;
  int votes_ = 0;
  int reduced_[3] = {};
  std::string error_;
};

EMULATOR_THREAD BlockRunner* runner = nullptr;
thread_local std::vector<std::unique_ptr<Fiber>> fibers;  // kept from launch to launch

std::string text(const char* format, ...) __attribute__((format(printf, 1, 2)));
std::string text(const char* format, ...) {
  char line[512];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(line, sizeof line, format, arguments);
  va_end(arguments);
  return line;
}

BlockRunner::BlockRunner(const Grid& grid)
    : grid_(grid),
      threads_(grid.block_size.x * grid.block_size.y * grid.block_size.z),
      warps_((threads_ + kWarpSize - 1) / kWarpSize),
      dynamic_shared_(grid.dynamic_shared + 16) {
  for (const auto& fiber : fibers) idle_.push_back(fiber.get());
  ThreadState& state = emulator_thread;
  state.block_size = grid.block_size;
  state.grid_size = grid.size;
  const uintptr_t shared =
      (reinterpret_cast<uintptr_t>(dynamic_shared_.data()) + 15) & ~uintptr_t{15};
  state.dynamic_shared = reinterpret_cast<char*>(shared);
  state.dynamic_shared_begin = shared;
  state.dynamic_shared_end = shared + grid.dynamic_shared;
  state.static_shared_begin = state.static_shared_end = 0;
  if (grid.static_shared.bytes != 0) {
    size_t start[2] = {grid.static_shared.module, 0};
    state.static_shared_begin = reinterpret_cast<uintptr_t>(__tls_get_addr(start));
    state.static_shared_end = state.static_shared_begin + grid.static_shared.bytes;
  }
}

// On a card shared memory holds whatever was there; here it holds NaN.
void BlockRunner::poison_shared() {
  const ThreadState& state = emulator_thread;
  memset(reinterpret_cast<void*>(state.static_shared_begin), 0xff,
         state.static_shared_end - state.static_shared_begin);
  memset(state.dynamic_shared, 0xff, grid_.dynamic_shared);
}

std::string BlockRunner::run(Index3 block) {
  emulator_thread.block = block;
  poison_shared();
  for (unsigned i = 0; i < warps_.size(); i++) {
    const unsigned lanes = threads_ - i * kWarpSize;
    warps_[i].live = lanes >= kWarpSize ? ~0u : (1u << lanes) - 1;
    warps_[i].pending = 0;
  }
  started_ = returned_ = at_barrier_ = 0;
  votes_ = 0;
  barrier_ = ready_first_ = ready_last_ = nullptr;
  current_ = fresh();
  switch_to(main_, current_->continuation);
  if (error_.empty() && returned_ != threads_) {
    error_ = text(
        "block (%u,%u,%u) is stuck: %u of %u threads have returned, %u wait at __syncthreads, the "
        "rest at "
        "warp operations",
        block.x, block.y, block.z, returned_, threads_, at_barrier_);
  }
  return error_;
}

Fiber* BlockRunner::fresh() {
  if (idle_.empty()) {
    fibers.push_back(std::make_unique<Fiber>());
    idle_.push_back(fibers.back().get());
  }
  Fiber* fiber = idle_.back();
  idle_.pop_back();
  fiber->continuation = fiber->stack.start([] { runner->run_threads(); });
  emulator_thread.stack_begin = reinterpret_cast<uintptr_t>(fiber->stack.begin());
  emulator_thread.stack_end = reinterpret_cast<uintptr_t>(fiber->stack.end());
  return fiber;
}

// A fiber runs threads for as long as they don't wait: a kernel without barriers never switches.
void BlockRunner::run_threads() {
  Fiber* fiber = current_;
  while (started_ < threads_) {
    const unsigned number = started_++;
    const Index3 size = grid_.block_size;
    fiber->thread = {number % size.x, number / size.x % size.y, number / (size.x * size.y)};
    fiber->lane = number % kWarpSize;
    fiber->warp = number / kWarpSize;
    emulator_thread.thread = fiber->thread;
    emulator_thread.lane = fiber->lane;
    grid_.kernel->invoke(grid_.parameters);
    returned_++;
    Warp& warp = warps_[fiber->warp];
    warp.live &= ~(1u << fiber->lane);
    if (warp.pending != 0) complete_operations(warp);
    if (at_barrier_ != 0 && at_barrier_ + returned_ == threads_) release_barrier();
  }
  idle_.push_back(fiber);
  wait();
  abort();  // an idle fiber begins anew
}

void BlockRunner::resume(Fiber* fiber) {
  Fiber* from = current_;
  current_ = fiber;
  ThreadState& state = emulator_thread;
  state.thread = fiber->thread;
  state.lane = fiber->lane;
  state.stack_begin = reinterpret_cast<uintptr_t>(fiber->stack.begin());
  state.stack_end = reinterpret_cast<uintptr_t>(fiber->stack.end());
  if (fiber != from) switch_to(from->continuation, fiber->continuation);
}

// Lets another thread of the block go on; where none can, the block has ended or is stuck.
void BlockRunner::wait() {
  if (ready_first_) {
    Fiber* fiber = ready_first_;
    ready_first_ = fiber->next;
    if (!ready_first_) ready_last_ = nullptr;
    resume(fiber);
  } else if (started_ < threads_) {
    Fiber* from = current_;
    current_ = fresh();
    switch_to(from->continuation, current_->continuation);
  } else {
    switch_to(current_->continuation, main_);
  }
}

void BlockRunner::make_ready(Fiber* fiber) {
  fiber->next = nullptr;
  (ready_last_ ? ready_last_->next : ready_first_) = fiber;
  ready_last_ = fiber;
}

int BlockRunner::sync_block(Reduction reduction, int predicate) {
  at_barrier_++;
  votes_ += predicate != 0;
  current_->next = barrier_;
  barrier_ = current_;
  if (at_barrier_ + returned_ == threads_) release_barrier();
  wait();
  return reduced_[reduction];
}

void BlockRunner::release_barrier() {
  reduced_[kCount] = votes_;
  reduced_[kAnd] = votes_ == static_cast<int>(at_barrier_);
  reduced_[kOr] = votes_ != 0;
  votes_ = 0;
  at_barrier_ = 0;
  for (Fiber* fiber = barrier_; fiber;) {
    Fiber* next = fiber->next;
    make_ready(fiber);
    fiber = next;
  }
  barrier_ = nullptr;
}

Fiber* BlockRunner::sync_warp(unsigned mask, uint64_t value, int predicate, int source) {
  Fiber* fiber = current_;
  Warp& warp = warps_[fiber->warp];
  const unsigned bit = 1u << fiber->lane;
  if (!(mask & bit)) fault("a warp operation's mask does not name the lane that calls it");
  unsigned i = 0;
  while (i < warp.pending && warp.operations[i].mask != mask) i++;
  if (i == Warp::kMost) fault("too many different masks are waited for in one warp");
  WarpOperation& operation = warp.operations[i];
  if (i == warp.pending) {
    warp.pending++;
    operation.mask = mask;
    operation.arrived = operation.votes = 0;
    operation.waiting = nullptr;
  }
  operation.values[fiber->lane] = value;
  operation.arrived |= bit;
  if (predicate) operation.votes |= bit;
  fiber->source = source;
  fiber->next = operation.waiting;
  operation.waiting = fiber;
  complete_operations(warp);
  wait();
  return fiber;
}

// Completes what all live lanes of its mask have arrived at.
void BlockRunner::complete_operations(Warp& warp) {
  for (unsigned i = 0; i < warp.pending;) {
    WarpOperation& operation = warp.operations[i];
    const unsigned expected = warp.live & operation.mask;
    if ((operation.arrived & expected) != expected) {
      i++;
      continue;
    }
    for (Fiber* fiber = operation.waiting; fiber;) {
      Fiber* next = fiber->next;
      const int source = fiber->source;
      fiber->ballot = operation.votes;
      fiber->valid = source >= 0 && source < 32 && (operation.arrived >> source & 1) != 0;
      if (fiber->valid) fiber->value = operation.values[source];
      make_ready(fiber);
      fiber = next;
    }
    warp.pending--;
    if (i != warp.pending) operation = warp.operations[warp.pending];
  }
}

// Abandons the block; its fibers are never gone on with.
void BlockRunner::fault(const std::string& what) {
  const ThreadState& state = emulator_thread;
  error_ = text("block (%u,%u,%u) thread (%u,%u,%u): ", state.block.x, state.block.y, state.block.z,
                state.thread.x, state.thread.y, state.thread.z) +
           what;
  switch_to(current_->continuation, main_);
  abort();
}

// The operating system threads that run blocks beside the one that launches.
class Pool {
 public:
  // Runs `job` on `count` threads and on the caller's at once, and waits for all.
  void run(unsigned count, const std::function<void()>& job) {
    std::unique_lock<std::mutex> guard(mutex_);
    while (threads_ < count) {
      std::thread([this, number = threads_] { loop(number); }).detach();
      threads_++;
    }
    job_ = &job;
    wanted_ = running_ = count;
    round_++;
    begin_.notify_all();
    guard.unlock();
    job();
    guard.lock();
    end_.wait(guard, [&] { return running_ == 0; });
  }

 private:
  void loop(unsigned number) {
    std::unique_lock<std::mutex> guard(mutex_);
    for (unsigned long seen = 0;;) {
      begin_.wait(guard, [&] { return round_ != seen; });
      seen = round_;
      if (number >= wanted_) continue;
      guard.unlock();
      (*job_)();
      guard.lock();
      if (--running_ == 0) end_.notify_all();
    }
  }

  std::mutex mutex_;
  std::condition_variable begin_, end_;
  const std::function<void()>* job_ = nullptr;
  unsigned threads_ = 0, wanted_ = 0, running_ = 0;
  unsigned long round_ = 0;
};

Pool& pool() {
  static Pool* instance = new Pool;  // outlives main: the JVM exits with threads waiting in it
  return *instance;
}

}  // namespace

std::string run_grid(const Grid& grid) {
  const uint64_t blocks = uint64_t{grid.size.x} * grid.size.y * grid.size.z;
  std::atomic<uint64_t> next{0};
  std::mutex error_mutex;
  std::string error;
  const std::function<void()> job = [&] {
    BlockRunner blocks_here(grid);
    runner = &blocks_here;
    for (uint64_t i; (i = next.fetch_add(1)) < blocks;) {
      const Index3 block = {static_cast<unsigned>(i % grid.size.x),
                            static_cast<unsigned>(i / grid.size.x % grid.size.y),
                            static_cast<unsigned>(i / (uint64_t{grid.size.x} * grid.size.y))};
      const std::string what = blocks_here.run(block);
      if (what.empty()) continue;
      next = blocks;
      std::lock_guard<std::mutex> guard(error_mutex);
      if (error.empty()) error = what;
      break;
    }
    runner = nullptr;
  };
  const uint64_t processors = std::max(1u, std::thread::hardware_concurrency());
  const uint64_t threads = blocks * grid.block_size.x * grid.block_size.y * grid.block_size.z;
  // To wake another thread takes as long as some thousand of a kernel's.
  const uint64_t wanted = std::min({processors, blocks, 1 + threads / 4096});
  if (wanted == 1) {
    job();
  } else {
    pool().run(static_cast<unsigned>(wanted - 1), job);
  }
  return error;
}

void emulator_sync_block() { runner->sync_block(kCount, 0); }

int emulator_sync_block_reduce(Reduction reduction, int predicate) {
  return runner->sync_block(reduction, predicate);
}

void emulator_sync_warp(unsigned mask) { runner->sync_warp(mask, 0, 0, -1); }

uint64_t emulator_shuffle(unsigned mask, uint64_t value, int source, bool* valid) {
  const Fiber* fiber = runner->sync_warp(mask, value, 0, source);
  *valid = fiber->valid;
  return fiber->value;
}

unsigned emulator_ballot(unsigned mask, int predicate) {
  return runner->sync_warp(mask, 0, predicate, -1)->ballot;
}

void emulator_fault(const char* format, ...) {
  char what[512];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(what, sizeof what, format, arguments);
  va_end(arguments);
  runner->fault(what);
}

void emulator_check_other(uintptr_t address, size_t size, bool write) {
  if (!reachable(address, size)) {
    emulator_fault("%s of %zu bytes at 0x%zx, which is not allocated", write ? "write" : "read",
                   size, static_cast<size_t>(address));
  }
}

}  // namespace emulator
