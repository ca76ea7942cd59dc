// Driver API: streams, events, graphs captured from a stream.
#include "calls.h"
#include "context.h"
#include "streams.h"

using namespace emulator;

namespace {

constexpr unsigned kNonBlocking = 1;

#define FIND_STREAM(handle)                   \
  Stream* const stream = find_stream(handle); \
  if (!stream) return kInvalidHandle

}  // namespace

EMULATED cuStreamCreate(Stream** handle, unsigned flags) {
  BEGIN_CONTEXT_CALL;
  if (flags > kNonBlocking) return kInvalidValue;
  *handle = streams().create(flags != kNonBlocking);
  return kSuccess;
}

EMULATED cuStreamDestroy_v2(Stream* handle) {
  BEGIN_RELEASE;
  if (!streams().holds(handle)) return kInvalidHandle;
  const int code = synchronize(handle);
  streams().destroy(handle);
  return planned ? planned : code;
}

EMULATED cuStreamSynchronize(Stream* handle) {
  BEGIN_CONTEXT_CALL;
  FIND_STREAM(handle);
  if (refused_while_capturing()) return kCaptureUnsupported;
  return synchronize(stream);
}

EMULATED cuStreamQuery(Stream* handle) {
  BEGIN_CONTEXT_CALL;
  FIND_STREAM(handle);
  return idle(stream) ? kSuccess : kNotReady;
}

EMULATED cuStreamWaitEvent(Stream* handle, Event* event, unsigned) {
  BEGIN_CONTEXT_CALL;
  FIND_STREAM(handle);
  if (!events().holds(event)) return kInvalidHandle;
  if (stream->capture) return kCaptureUnsupported;
  if (event->recorded) stream->awaited.push_back(event->recorded);
  return kSuccess;
}

EMULATED cuEventCreate(Event** event, unsigned) {
  BEGIN_CONTEXT_CALL;
  *event = events().create();
  return kSuccess;
}

EMULATED cuEventDestroy_v2(Event* event) {
  BEGIN_RELEASE;
  if (!events().holds(event)) return kInvalidHandle;
  synchronize(event);
  events().destroy(event);
  return planned;
}

EMULATED cuEventRecord(Event* event, Stream* handle) {
  BEGIN_CONTEXT_CALL;
  FIND_STREAM(handle);
  if (!events().holds(event)) return kInvalidHandle;
  if (stream->capture) return kCaptureUnsupported;
  event->ever_recorded = true;
  const int code = submit(stream, [event] {
    event->time = std::chrono::steady_clock::now();
    return kSuccess;
  });
  event->recorded = stream->last;
  return code;
}

EMULATED cuEventSynchronize(Event* event) {
  BEGIN_CONTEXT_CALL;
  if (!events().holds(event)) return kInvalidHandle;
  return synchronize(event);
}

EMULATED cuEventQuery(Event* event) {
  BEGIN_CONTEXT_CALL;
  if (!events().holds(event)) return kInvalidHandle;
  return !event->recorded || event->recorded->done ? kSuccess : kNotReady;
}

EMULATED cuEventElapsedTime(float* milliseconds, Event* begin, Event* end) {
  BEGIN_CONTEXT_CALL;
  for (Event* event : {begin, end}) {
    if (!events().holds(event) || !event->ever_recorded) return kInvalidHandle;
    if (!event->recorded->done) return kNotReady;
  }
  *milliseconds = std::chrono::duration<float, std::milli>(end->time - begin->time).count();
  return kSuccess;
}

EMULATED cuStreamBeginCapture_v2(Stream* handle, int) {
  BEGIN_CONTEXT_CALL;
  FIND_STREAM(handle);
  if (!streams().holds(stream)) return kCaptureUnsupported;  // the default stream can't
  if (stream->capture) return kIllegalState;
  stream->capture = std::make_unique<Graph>();
  stream->last_captured = nullptr;
  stream->capture_broken = false;
  return kSuccess;
}

EMULATED cuStreamIsCapturing(Stream* handle, int* status) {
  BEGIN_CONTEXT_CALL;
  FIND_STREAM(handle);
  *status = !stream->capture ? 0 : stream->capture_broken ? 2 : 1;
  return kSuccess;
}

// The capture has ended, whatever this returns.
EMULATED cuStreamEndCapture(Stream* handle, Graph** graph) {
  BEGIN_RELEASE;
  FIND_STREAM(handle);
  if (!stream->capture) return kIllegalState;
  const std::unique_ptr<Graph> captured = std::move(stream->capture);
  *graph = nullptr;
  if (planned) return planned;
  if (stream->capture_broken) return kCaptureInvalidated;
  *graph = graphs().create(*captured);
  return kSuccess;
}

EMULATED cuGraphInstantiateWithFlags(Graph** executable, Graph* graph, unsigned long long) {
  BEGIN_CONTEXT_CALL;
  if (!graphs().holds(graph)) return kInvalidHandle;
  *executable = executable_graphs().create(*graph);
  return kSuccess;
}

EMULATED cuGraphUpload(Graph* executable, Stream*) {
  BEGIN_CONTEXT_CALL;
  return executable_graphs().holds(executable) ? kSuccess : kInvalidHandle;
}

EMULATED cuGraphLaunch(Graph* executable, Stream* handle) {
  BEGIN_CONTEXT_CALL;
  FIND_STREAM(handle);
  if (!executable_graphs().holds(executable)) return kInvalidHandle;
  launch_graph(stream, *executable);
  return device_error();
}

// Stricter than a card, which frees such a graph later.
EMULATED cuGraphExecDestroy(Graph* executable) {
  BEGIN_RELEASE;
  if (replaying(executable)) complain("a graph was destroyed before its replays had ended");
  return executable_graphs().destroy(executable) ? planned : static_cast<int>(kInvalidHandle);
}

EMULATED cuGraphDestroy(Graph* graph) {
  BEGIN_RELEASE;
  return graphs().destroy(graph) ? planned : static_cast<int>(kInvalidHandle);
}
