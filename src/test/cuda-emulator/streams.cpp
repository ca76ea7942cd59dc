// The order of work.
#include "streams.h"

#include <algorithm>
#include <list>
#include <random>

#include "calls.h"

namespace emulator {
namespace {

bool deferring = false;
uint64_t order = 0;
std::mt19937_64 random_order;
uint64_t operations_made = 0;
std::list<OperationPointer> pending;  // by number: what an operation follows stands before it

Stream& default_stream() {
  static Stream* stream = new Stream(true);
  return *stream;
}

bool ready(const Operation& operation) {
  return std::all_of(operation.after.begin(), operation.after.end(),
                     [](const OperationPointer& before) { return before->done; });
}

void perform(Operation& operation) {
  if (device_error() == kSuccess) {
    const int code = operation.work();
    if (code != kSuccess) fail_device(code);
  }
  operation.done = true;
  operation.work = nullptr;
  operation.after.clear();
}

// Runs what `targets` need, directly or not, in the order in which it was queued.
void run_needed(const std::vector<OperationPointer>& targets) {
  std::vector<OperationPointer> needed;
  std::vector<OperationPointer> open = targets;
  std::map<uint64_t, OperationPointer> by_number;
  while (!open.empty()) {
    OperationPointer operation = open.back();
    open.pop_back();
    if (!operation || operation->done || !by_number.emplace(operation->number, operation).second)
      continue;
    open.insert(open.end(), operation->after.begin(), operation->after.end());
  }
  for (auto& entry : by_number) perform(*entry.second);
}

// Runs whatever may run, in a random order, until the targets are done.
void run_shuffled(const std::vector<OperationPointer>& targets) {
  auto open = [](const OperationPointer& operation) { return operation && !operation->done; };
  while (std::any_of(targets.begin(), targets.end(), open)) {
    std::vector<OperationPointer> candidates;
    for (const auto& operation : pending) {
      if (!operation->done && ready(*operation)) candidates.push_back(operation);
    }
    perform(*candidates[random_order() % candidates.size()]);
  }
}

int run(const std::vector<OperationPointer>& targets) {
  if (order == 0) {
    run_needed(targets);
  } else {
    run_shuffled(targets);
  }
  pending.remove_if([](const OperationPointer& operation) { return operation->done; });
  return device_error();
}

// What work in a stream follows: the stream's own, awaited events, and the default stream, which
// waits for the others and makes them wait unless they were created non-blocking.
std::vector<OperationPointer> predecessors(Stream& stream) {
  std::vector<OperationPointer> after = std::move(stream.awaited);
  stream.awaited.clear();
  after.push_back(stream.last);
  if (&stream == &default_stream()) {
    for (const auto& other : streams()) {
      if (other.first->waits_for_default) after.push_back(other.first->last);
    }
  } else if (stream.waits_for_default) {
    after.push_back(default_stream().last);
  }
  after.erase(
      std::remove_if(after.begin(), after.end(),
                     [](const OperationPointer& before) { return !before || before->done; }),
      after.end());
  return after;
}

OperationPointer enqueue(std::vector<OperationPointer> after, Work work) {
  auto operation = std::make_shared<Operation>();
  operation->number = ++operations_made;
  operation->after = std::move(after);
  operation->work = std::move(work);
  return operation;
}

OperationPointer append(Stream& stream, Work work) {
  OperationPointer operation = enqueue(predecessors(stream), std::move(work));
  stream.last = operation;
  pending.push_back(operation);
  return operation;
}

}  // namespace

Registry<Stream>& streams() {
  static auto* registry = new Registry<Stream>;
  return *registry;
}

Registry<Event>& events() {
  static auto* registry = new Registry<Event>;
  return *registry;
}

Registry<Graph>& graphs() {
  static auto* registry = new Registry<Graph>;
  return *registry;
}

Registry<Graph>& executable_graphs() {
  static auto* registry = new Registry<Graph>;
  return *registry;
}

Stream* find_stream(Stream* handle) {
  const auto legacy = reinterpret_cast<Stream*>(1);  // CU_STREAM_LEGACY
  if (!handle || handle == legacy) return &default_stream();
  return streams().holds(handle) ? handle : nullptr;
}

int submit(Stream* stream, Work work, const void* module) {
  if (stream->capture) {
    std::vector<OperationPointer> after;
    if (stream->last_captured) after.push_back(stream->last_captured);
    stream->last_captured = enqueue(std::move(after), std::move(work));
    stream->last_captured->module = module;
    stream->capture->operations.push_back(stream->last_captured);
    return kSuccess;
  }
  OperationPointer operation = append(*stream, std::move(work));
  operation->module = module;
  return deferring ? kSuccess : run({operation});
}

int submit_and_wait(Stream* stream, Work work) { return run({append(*stream, std::move(work))}); }

void launch_graph(Stream* stream, const Graph& graph) {
  for (const auto& operation : graph.operations) {
    submit(stream, operation->work, operation->module);
    stream->last->graph = &graph;
  }
}

bool replaying(const Graph* graph) {
  return std::any_of(pending.begin(), pending.end(), [graph](const OperationPointer& operation) {
    return !operation->done && operation->graph == graph;
  });
}

bool running(const void* module) {
  return std::any_of(pending.begin(), pending.end(), [module](const OperationPointer& operation) {
    return !operation->done && operation->module == module;
  });
}

int synchronize(Stream* stream) {
  std::vector<OperationPointer> targets = stream->awaited;
  targets.push_back(stream->last);
  return run(targets);
}

int synchronize_all() { return run({pending.begin(), pending.end()}); }

int synchronize(const Event* event) { return run({event->recorded}); }

bool idle(const Stream* stream) { return !stream->last || stream->last->done; }

bool refused_while_capturing() {
  bool capturing = false;
  for (const auto& stream : streams()) {
    if (!stream.first->capture) continue;
    stream.first->capture_broken = true;
    capturing = true;
  }
  return capturing;
}

void defer(bool deferred, uint64_t seed) {
  synchronize_all();
  deferring = deferred;
  order = seed;
  random_order.seed(seed);
}

void reset_streams() {
  pending.clear();
  default_stream().last = nullptr;
  default_stream().awaited.clear();
  streams().clear();
  events().clear();
  graphs().clear();
  executable_graphs().clear();
  deferring = false;
  order = 0;
}

}  // namespace emulator
