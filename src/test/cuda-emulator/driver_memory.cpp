// Driver API: memory, copies, fills.
#include <algorithm>
#include <cstring>
#include <memory>
#include <vector>

#include "calls.h"
#include "context.h"
#include "memory.h"
#include "streams.h"

using namespace emulator;

namespace {

#define FIND_STREAM(handle)                   \
  Stream* const stream = find_stream(handle); \
  if (!stream) return kInvalidHandle

// Memory that was reachable when the work was queued may be freed when it runs.
int still_reachable(const char* function, Address address, size_t bytes) {
  if (reachable(address, bytes)) return kSuccess;
  complain(std::string(function) + " ran after its memory was freed");
  return kIllegalAddress;
}

void* pointer(Address address) { return reinterpret_cast<void*>(address); }

Work copy_in(const char* function, Address to, std::function<const void*()> from, size_t bytes) {
  return [=] {
    if (int code = still_reachable(function, to, bytes)) return code;
    memcpy(pointer(to), from(), bytes);
    return static_cast<int>(kSuccess);
  };
}

Work copy_out(const char* function, void* to, Address from, size_t bytes) {
  return [=] {
    if (int code = still_reachable(function, from, bytes)) return code;
    memcpy(to, pointer(from), bytes);
    return static_cast<int>(kSuccess);
  };
}

Work copy_within(const char* function, Address to, Address from, size_t bytes) {
  return [=] {
    if (int code = still_reachable(function, to, bytes)) return code;
    if (int code = still_reachable(function, from, bytes)) return code;
    memmove(pointer(to), pointer(from), bytes);
    return static_cast<int>(kSuccess);
  };
}

template <typename T>
Work fill(const char* function, Address to, T value, size_t count) {
  return [=] {
    if (int code = still_reachable(function, to, count * sizeof(T))) return code;
    if constexpr (sizeof(T) == 1) {
      fill_bytes(to, value, count);
    } else {
      std::fill_n(static_cast<T*>(pointer(to)), count, value);
    }
    return static_cast<int>(kSuccess);
  };
}

template <typename T>
bool fillable(Address to, size_t count) {
  return to % sizeof(T) == 0 && count <= SIZE_MAX / sizeof(T) && reachable(to, count * sizeof(T));
}

}  // namespace

EMULATED cuMemGetInfo_v2(size_t* free, size_t* total) {
  BEGIN_CONTEXT_CALL;
  *total = device_total();
  *free = device_total() > device_used() ? device_total() - device_used() : 0;
  return kSuccess;
}

EMULATED cuMemAlloc_v2(Address* address, size_t bytes) {
  BEGIN_CONTEXT_CALL;
  if (bytes == 0) return kInvalidValue;
  if (refused_while_capturing()) return kCaptureUnsupported;
  const Address fresh = allocate_device(bytes);
  if (fresh == 0) return kOutOfMemory;
  *address = fresh;
  return kSuccess;
}

EMULATED cuMemFree_v2(Address address) {
  BEGIN_RELEASE;
  const int state = require_context();
  if (state == kNotInitialized || state == kInvalidContext) return state;
  if (address == 0) return planned;
  if (refused_while_capturing()) return kCaptureUnsupported;
  const int code = synchronize_all();
  if (!free_device(address)) return kInvalidValue;
  return planned ? planned : code;
}

EMULATED cuMemGetAddressRange_v2(Address* begin, size_t* bytes, Address address) {
  BEGIN_CONTEXT_CALL;
  return find_device(address, begin, bytes) ? kSuccess : kNotFound;
}

EMULATED cuMemHostAlloc(void** memory, size_t bytes, unsigned) {
  BEGIN_CONTEXT_CALL;
  if (bytes == 0) return kInvalidValue;
  void* fresh = allocate_host(bytes);
  if (!fresh) return kOutOfMemory;
  *memory = fresh;
  return kSuccess;
}

EMULATED cuMemAllocHost_v2(void** memory, size_t bytes) {
  BEGIN_CONTEXT_CALL;
  if (bytes == 0) return kInvalidValue;
  void* fresh = allocate_host(bytes);
  if (!fresh) return kOutOfMemory;
  *memory = fresh;
  return kSuccess;
}

EMULATED cuMemFreeHost(void* memory) {
  BEGIN_RELEASE;
  const int code = synchronize_all();
  if (!free_host(memory)) return kInvalidValue;
  return planned ? planned : code;
}

EMULATED cuMemHostGetDevicePointer_v2(Address* address, void* memory, unsigned) {
  BEGIN_CONTEXT_CALL;
  if (!pinned(memory, 1)) return kInvalidValue;
  *address = reinterpret_cast<Address>(memory);
  return kSuccess;
}

EMULATED cuMemHostRegister_v2(void* memory, size_t bytes, unsigned) {
  BEGIN_CONTEXT_CALL;
  return memory && bytes != 0 && register_host(memory, bytes) ? kSuccess : kInvalidValue;
}

EMULATED cuMemHostUnregister(void* memory) {
  BEGIN_RELEASE;
  const int code = synchronize_all();
  if (!unregister_host(memory)) return kInvalidValue;
  return planned ? planned : code;
}

EMULATED cuMemcpyHtoD_v2(Address to, const void* from, size_t bytes) {
  BEGIN_CONTEXT_CALL;
  if (!reachable(to, bytes) || (bytes != 0 && !from)) return kInvalidValue;
  if (refused_while_capturing()) return kCaptureUnsupported;
  return submit_and_wait(find_stream(nullptr), copy_in(
                                                   __func__, to, [from] { return from; }, bytes));
}

EMULATED cuMemcpyDtoH_v2(void* to, Address from, size_t bytes) {
  BEGIN_CONTEXT_CALL;
  if (!reachable(from, bytes) || (bytes != 0 && !to)) return kInvalidValue;
  if (refused_while_capturing()) return kCaptureUnsupported;
  return submit_and_wait(find_stream(nullptr), copy_out(__func__, to, from, bytes));
}

EMULATED cuMemcpyDtoD_v2(Address to, Address from, size_t bytes) {
  BEGIN_CONTEXT_CALL;
  if (!reachable(to, bytes) || !reachable(from, bytes)) return kInvalidValue;
  return submit(find_stream(nullptr), copy_within(__func__, to, from, bytes));
}

// Pinned memory is read when the copy runs, other memory at once, as on a card.
EMULATED cuMemcpyHtoDAsync_v2(Address to, const void* from, size_t bytes, Stream* handle) {
  BEGIN_CONTEXT_CALL;
  FIND_STREAM(handle);
  if (!reachable(to, bytes) || (bytes != 0 && !from)) return kInvalidValue;
  if (pinned(from, bytes))
    return submit(stream, copy_in(
                              __func__, to, [from] { return from; }, bytes));
  const char* source = static_cast<const char*>(from);
  auto staged = std::make_shared<std::vector<char>>(source, source + bytes);
  return submit(stream, copy_in(
                            __func__, to, [staged] { return staged->data(); }, bytes));
}

EMULATED cuMemcpyDtoHAsync_v2(void* to, Address from, size_t bytes, Stream* handle) {
  BEGIN_CONTEXT_CALL;
  FIND_STREAM(handle);
  if (!reachable(from, bytes) || (bytes != 0 && !to)) return kInvalidValue;
  if (pinned(to, bytes)) return submit(stream, copy_out(__func__, to, from, bytes));
  if (refused_while_capturing()) return kCaptureUnsupported;
  return submit_and_wait(stream, copy_out(__func__, to, from, bytes));
}

EMULATED cuMemcpyDtoDAsync_v2(Address to, Address from, size_t bytes, Stream* handle) {
  BEGIN_CONTEXT_CALL;
  FIND_STREAM(handle);
  if (!reachable(to, bytes) || !reachable(from, bytes)) return kInvalidValue;
  return submit(stream, copy_within(__func__, to, from, bytes));
}

#define EMULATE_FILL(name, async_name, T)                                  \
  EMULATED name(Address to, T value, size_t count) {                       \
    BEGIN_CONTEXT_CALL;                                                    \
    if (!fillable<T>(to, count)) return kInvalidValue;                     \
    return submit(find_stream(nullptr), fill(__func__, to, value, count)); \
  }                                                                        \
  EMULATED async_name(Address to, T value, size_t count, Stream* handle) { \
    BEGIN_CONTEXT_CALL;                                                    \
    FIND_STREAM(handle);                                                   \
    if (!fillable<T>(to, count)) return kInvalidValue;                     \
    return submit(stream, fill(__func__, to, value, count));               \
  }
EMULATE_FILL(cuMemsetD8_v2, cuMemsetD8Async, unsigned char)
EMULATE_FILL(cuMemsetD16_v2, cuMemsetD16Async, unsigned short)
EMULATE_FILL(cuMemsetD32_v2, cuMemsetD32Async, unsigned)
