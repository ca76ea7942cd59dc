// Driver API: initialisation, the device, its contexts, the names of errors.
#include "context.h"

#include <cstdio>
#include <cstring>
#include <map>
#include <vector>

#include "calls.h"
#include "memory.h"
#include "registry.h"
#include "streams.h"

using namespace emulator;

namespace {

struct Context {};

bool initialized = false;
Context primary;
unsigned primary_references = 0;
Registry<Context>& created() {
  static auto* registry = new Registry<Context>;
  return *registry;
}
thread_local std::vector<Context*> current;  // the last one is the thread's; null: none

bool alive(Context* context) {
  return context == &primary ? primary_references != 0 : created().holds(context);
}

Context* current_context() { return current.empty() ? nullptr : current.back(); }

// An error dies with the contexts that saw it.
void revive_if_unused() {
  if (primary_references == 0 && created().size() == 0) revive_device();
}

constexpr int kVersion = EMULATED_CUDA == 12 ? 12060 : EMULATED_CUDA * 1000;
constexpr int kMajor = 9;
constexpr int kMinor = 0;

#define CHECK_DEVICE(device)                \
  if (!initialized) return kNotInitialized; \
  if ((device) != 0) return kInvalidDevice

}  // namespace

namespace emulator {

int require_context() {
  if (!initialized) return kNotInitialized;
  Context* context = current_context();
  if (!context) return kInvalidContext;
  return alive(context) ? device_error() : kContextIsDestroyed;
}

size_t contexts() { return created().size() + primary_references; }

void reset_contexts() {
  created().clear();
  primary_references = 0;
}

}  // namespace emulator

EMULATED cuInit(unsigned flags) {
  BEGIN_CALL;
  if (flags != 0) return kInvalidValue;
  initialized = true;
  return kSuccess;
}

EMULATED cuDriverGetVersion(int* version) {
  BEGIN_CALL;
  *version = kVersion;
  return kSuccess;
}

EMULATED cuDeviceGetCount(int* count) {
  BEGIN_CALL;
  CHECK_DEVICE(0);
  *count = 1;
  return kSuccess;
}

EMULATED cuDeviceGet(int* device, int index) {
  BEGIN_CALL;
  CHECK_DEVICE(index);
  *device = 0;
  return kSuccess;
}

EMULATED cuDeviceGetName(char* name, int length, int device) {
  BEGIN_CALL;
  CHECK_DEVICE(device);
  snprintf(name, length, "CUDA emulation");
  return kSuccess;
}

EMULATED cuDeviceGetUuid(char* uuid, int device) {
  BEGIN_CALL;
  CHECK_DEVICE(device);
  memcpy(uuid, "cuda-emulation-0", 16);
  return kSuccess;
}

EMULATED cuDeviceTotalMem_v2(size_t* bytes, int device) {
  BEGIN_CALL;
  CHECK_DEVICE(device);
  *bytes = device_total();
  return kSuccess;
}

EMULATED cuDeviceComputeCapability(int* major, int* minor, int device) {
  BEGIN_CALL;
  CHECK_DEVICE(device);
  *major = kMajor;
  *minor = kMinor;
  return kSuccess;
}

// An sm_90 with two multiprocessors, so that loops over the grid have work to do.
EMULATED cuDeviceGetAttribute(int* value, int attribute, int device) {
  BEGIN_CALL;
  CHECK_DEVICE(device);
  static const std::map<int, int> values = {
      {1, 1024},        // MAX_THREADS_PER_BLOCK
      {2, 1024},        // MAX_BLOCK_DIM_X
      {3, 1024},        // MAX_BLOCK_DIM_Y
      {4, 64},          // MAX_BLOCK_DIM_Z
      {5, 2147483647},  // MAX_GRID_DIM_X
      {6, 65535},       // MAX_GRID_DIM_Y
      {7, 65535},       // MAX_GRID_DIM_Z
      {8, 48 << 10},    // MAX_SHARED_MEMORY_PER_BLOCK
      {9, 64 << 10},    // TOTAL_CONSTANT_MEMORY
      {10, 32},         // WARP_SIZE
      {12, 64 << 10},   // MAX_REGISTERS_PER_BLOCK
      {13, 1000000},    // CLOCK_RATE, kHz
      {16, 2},          // MULTIPROCESSOR_COUNT
      {31, 1},          // CONCURRENT_KERNELS
      {36, 1000000},    // MEMORY_CLOCK_RATE, kHz
      {37, 64},         // GLOBAL_MEMORY_BUS_WIDTH
      {38, 1 << 20},    // L2_CACHE_SIZE
      {39, 2048},       // MAX_THREADS_PER_MULTIPROCESSOR
      {40, 1},          // ASYNC_ENGINE_COUNT
      {41, 1},          // UNIFIED_ADDRESSING
      {75, kMajor},     // COMPUTE_CAPABILITY_MAJOR
      {76, kMinor},     // COMPUTE_CAPABILITY_MINOR
      {81, 228 << 10},  // MAX_SHARED_MEMORY_PER_MULTIPROCESSOR
      {82, 64 << 10},   // MAX_REGISTERS_PER_MULTIPROCESSOR
      {97, 227 << 10},  // MAX_SHARED_MEMORY_PER_BLOCK_OPTIN
      {106, 32},        // MAX_BLOCKS_PER_MULTIPROCESSOR
  };
  const auto entry = values.find(attribute);
  *value = entry == values.end() ? 0 : entry->second;
  return kSuccess;
}

EMULATED cuCtxCreate_v2(Context** context, unsigned, int device) {
  BEGIN_CALL;
  CHECK_DEVICE(device);
  *context = created().create();
  current.push_back(*context);
  return kSuccess;
}

EMULATED cuCtxDestroy_v2(Context* context) {
  BEGIN_RELEASE;
  if (!created().destroy(context)) return kInvalidContext;
  if (current_context() == context) current.pop_back();
  revive_if_unused();
  return planned;
}

EMULATED cuDevicePrimaryCtxRetain(Context** context, int device) {
  BEGIN_CALL;
  CHECK_DEVICE(device);
  primary_references++;
  *context = &primary;
  return kSuccess;
}

EMULATED cuDevicePrimaryCtxRelease_v2(int device) {
  BEGIN_RELEASE;
  CHECK_DEVICE(device);
  if (primary_references == 0) return kInvalidContext;
  primary_references--;
  revive_if_unused();
  return planned;
}

EMULATED cuDevicePrimaryCtxGetState(int device, unsigned* flags, int* active) {
  BEGIN_CALL;
  CHECK_DEVICE(device);
  *flags = 0;
  *active = primary_references != 0;
  return kSuccess;
}

EMULATED cuCtxSetCurrent(Context* context) {
  BEGIN_CALL;
  if (!initialized) return kNotInitialized;
  if (context && !alive(context)) return kInvalidContext;
  if (current.empty()) {
    current.push_back(context);
  } else {
    current.back() = context;
  }
  return kSuccess;
}

EMULATED cuCtxGetCurrent(Context** context) {
  BEGIN_CALL;
  if (!initialized) return kNotInitialized;
  *context = current_context();
  return kSuccess;
}

EMULATED cuCtxPushCurrent_v2(Context* context) {
  BEGIN_CALL;
  if (!alive(context)) return kInvalidContext;
  current.push_back(context);
  return kSuccess;
}

EMULATED cuCtxPopCurrent_v2(Context** context) {
  BEGIN_CALL;
  if (current.empty()) return kInvalidContext;
  if (context) *context = current.back();
  current.pop_back();
  return kSuccess;
}

EMULATED cuCtxGetDevice(int* device) {
  BEGIN_CONTEXT_CALL;
  *device = 0;
  return kSuccess;
}

EMULATED cuCtxSynchronize() {
  BEGIN_CONTEXT_CALL;
  if (refused_while_capturing()) return kCaptureUnsupported;
  return synchronize_all();
}

namespace {

struct ErrorText {
  const char* name;
  const char* text;
};

const ErrorText* error_text(int code) {
  static const std::map<int, ErrorText> texts = {
      {kSuccess, {"CUDA_SUCCESS", "no error"}},
      {kInvalidValue, {"CUDA_ERROR_INVALID_VALUE", "invalid argument"}},
      {kOutOfMemory, {"CUDA_ERROR_OUT_OF_MEMORY", "out of memory"}},
      {kNotInitialized, {"CUDA_ERROR_NOT_INITIALIZED", "initialization error"}},
      {100, {"CUDA_ERROR_NO_DEVICE", "no CUDA-capable device is detected"}},
      {kInvalidDevice, {"CUDA_ERROR_INVALID_DEVICE", "invalid device ordinal"}},
      {kInvalidImage, {"CUDA_ERROR_INVALID_IMAGE", "device kernel image is invalid"}},
      {kInvalidContext, {"CUDA_ERROR_INVALID_CONTEXT", "invalid device context"}},
      {kNoBinaryForGpu,
       {"CUDA_ERROR_NO_BINARY_FOR_GPU",
        "no kernel image is available for execution on the device"}},
      {kEccUncorrectable, {"CUDA_ERROR_ECC_UNCORRECTABLE", "uncorrectable ECC error encountered"}},
      {kFileNotFound, {"CUDA_ERROR_FILE_NOT_FOUND", "file not found"}},
      {kInvalidHandle, {"CUDA_ERROR_INVALID_HANDLE", "invalid resource handle"}},
      {kIllegalState,
       {"CUDA_ERROR_ILLEGAL_STATE", "the operation cannot be performed in the present state"}},
      {kNotFound, {"CUDA_ERROR_NOT_FOUND", "named symbol not found"}},
      {kNotReady, {"CUDA_ERROR_NOT_READY", "device not ready"}},
      {kIllegalAddress, {"CUDA_ERROR_ILLEGAL_ADDRESS", "an illegal memory access was encountered"}},
      {kContextIsDestroyed, {"CUDA_ERROR_CONTEXT_IS_DESTROYED", "context is destroyed"}},
      {kLaunchFailed, {"CUDA_ERROR_LAUNCH_FAILED", "unspecified launch failure"}},
      {kNotSupported, {"CUDA_ERROR_NOT_SUPPORTED", "operation not supported"}},
      {kCaptureUnsupported,
       {"CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED",
        "operation not permitted when stream is capturing"}},
      {kCaptureInvalidated,
       {"CUDA_ERROR_STREAM_CAPTURE_INVALIDATED",
        "operation failed due to a previous error during capture"}},
      {kUnknown, {"CUDA_ERROR_UNKNOWN", "unknown error"}},
  };
  const auto entry = texts.find(code);
  return entry == texts.end() ? nullptr : &entry->second;
}

}  // namespace

// These two don't count as calls: they only explain a code.
EMULATED cuGetErrorName(int code, const char** name) {
  const ErrorText* error = error_text(code);
  *name = error ? error->name : nullptr;
  return error ? kSuccess : kInvalidValue;
}

EMULATED cuGetErrorString(int code, const char** text) {
  const ErrorText* error = error_text(code);
  *text = error ? error->text : nullptr;
  return error ? kSuccess : kInvalidValue;
}
