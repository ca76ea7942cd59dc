// What Java tests ask of the emulation: the native methods of class CudaEmulator.
#include <jni.h>

#include "calls.h"
#include "context.h"
#include "library_handles.h"
#include "memory.h"
#include "modules.h"
#include "noise.h"
#include "streams.h"

using namespace emulator;

namespace emulator {

Registry<BlasHandle>& blas_handles() {
  static auto* registry = new Registry<BlasHandle>;
  return *registry;
}

int64_t& live_programs() {
  static int64_t count = 0;
  return count;
}

bool& compiles_quickly() {
  static bool quickly = false;
  return quickly;
}

}  // namespace emulator

#define CONTROL(type, name) \
  extern "C" JNIEXPORT type JNICALL Java_org_shallownet_backend_cuda_CudaEmulator_##name
#define LOCKED std::lock_guard<std::recursive_mutex> guard(lock())

CONTROL(void, planFailure)(JNIEnv* env, jclass, jstring function, jlong nth, jint code) {
  LOCKED;
  const char* name = env->GetStringUTFChars(function, nullptr);
  plan_failure(name, nth, code);
  env->ReleaseStringUTFChars(function, name);
}

CONTROL(jlong, calls)(JNIEnv*, jclass) {
  LOCKED;
  return calls();
}

CONTROL(jstring, failedCall)(JNIEnv* env, jclass) {
  LOCKED;
  return env->NewStringUTF(failed_call().c_str());
}

CONTROL(jstring, lastComplaint)(JNIEnv* env, jclass) {
  LOCKED;
  return env->NewStringUTF(last_complaint().c_str());
}

CONTROL(void, memoryLimit)(JNIEnv*, jclass, jlong bytes) {
  LOCKED;
  set_device_total(bytes);
}

CONTROL(jlong, liveBytes)(JNIEnv*, jclass) {
  LOCKED;
  return device_used() + host_bytes();
}

// In the order of CudaEmulator.Resource.
CONTROL(jlongArray, liveResources)(JNIEnv* env, jclass) {
  LOCKED;
  const jlong counts[] = {
      static_cast<jlong>(device_allocations()),
      static_cast<jlong>(host_allocations()),
      static_cast<jlong>(modules()),
      static_cast<jlong>(streams().size()),
      static_cast<jlong>(events().size()),
      static_cast<jlong>(graphs().size()),
      static_cast<jlong>(executable_graphs().size()),
      static_cast<jlong>(contexts()),
      static_cast<jlong>(blas_handles().size()),
      live_programs(),
  };
  constexpr jsize size = sizeof counts / sizeof *counts;
  jlongArray result = env->NewLongArray(size);
  env->SetLongArrayRegion(result, 0, size, counts);
  return result;
}

CONTROL(void, deferStreams)(JNIEnv*, jclass, jlong seed) {
  LOCKED;
  defer(true, seed);
}

CONTROL(void, setNoise)(JNIEnv*, jclass, jint bits) {
  LOCKED;
  set_noise(bits);
}

CONTROL(void, compileQuickly)(JNIEnv*, jclass, jboolean quickly) {
  LOCKED;
  compiles_quickly() = quickly;
}

CONTROL(void, resetAll)(JNIEnv*, jclass) {
  LOCKED;
  reset_calls();
  reset_streams();
  reset_modules();
  reset_memory();
  reset_contexts();
  blas_handles().clear();
  live_programs() = 0;
}
