// Work in streams, and in the graphs captured from them. An operation knows the ones that it must
// follow; in deferred mode it runs when something waits for it, and not before.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "kernel_abi.h"
#include "registry.h"

namespace emulator {

// What an operation does; CUresult.
using Work = std::function<int()>;

struct Operation {
  uint64_t number;
  Work work;
  std::vector<std::shared_ptr<Operation>> after;
  const void* graph = nullptr;   // whose replay it is part of
  const void* module = nullptr;  // whose kernel it is
  bool done = false;
};
using OperationPointer = std::shared_ptr<Operation>;

// A captured sequence; `after` of its operations stays within it.
struct Graph {
  std::vector<OperationPointer> operations;
};

struct Stream {
  explicit Stream(bool waits) : waits_for_default(waits) {}
  bool waits_for_default;                 // not CU_STREAM_NON_BLOCKING
  OperationPointer last;                  // null: nothing is in it
  std::vector<OperationPointer> awaited;  // by cuStreamWaitEvent; the next operation follows them
  std::unique_ptr<Graph> capture;         // while it captures
  OperationPointer last_captured;
  bool capture_broken = false;
};

struct Event {
  OperationPointer recorded;
  std::chrono::steady_clock::time_point time;
  bool ever_recorded = false;
};

Registry<Stream>& streams();
Registry<Event>& events();
Registry<Graph>& graphs();
Registry<Graph>& executable_graphs();

// The stream of a handle, the default stream for null; null if there is no such stream.
EMULATOR_EXPORT Stream* find_stream(Stream* handle);

// Queues work, or does it at once when nothing is deferred; `module` is null but for its kernels.
EMULATOR_EXPORT int submit(Stream* stream, Work work, const void* module = nullptr);
// Does what is queued, and this after it.
int submit_and_wait(Stream* stream, Work work);
void launch_graph(Stream* stream, const Graph& graph);
// Whether a replay of the graph has not ended.
bool replaying(const Graph* graph);
// Whether a kernel of the module has not ended.
bool running(const void* module);

int synchronize(Stream* stream);
int synchronize_all();
int synchronize(const Event* event);
bool idle(const Stream* stream);
// A call that a capturing stream forbids; breaks captures under way.
bool refused_while_capturing();

// For tests: from now on work runs late. Seed 0 runs only what is waited for; any other also runs,
// in an order of its own, what could run by then.
void defer(bool deferred, uint64_t seed);
void reset_streams();

}  // namespace emulator
