// What Java tests ask of the emulation (class CudaEmulator), by JNI.
#include "cuemu_control.h"

#include <jni.h>

#define CONTROL(type, name) \
  extern "C" JNIEXPORT type JNICALL Java_org_shallownet_backend_cuda_CudaEmulator_##name

CONTROL(void, failAt)(JNIEnv*, jclass, jlong nth, jint code) { cuemu::failAt(nth, code); }
CONTROL(jlong, calls)(JNIEnv*, jclass) { return cuemu::callCount(); }
CONTROL(void, memoryLimit)(JNIEnv*, jclass, jlong bytes) { cuemu::memoryLimit(bytes); }
CONTROL(jlong, liveAllocations)(JNIEnv*, jclass) { return cuemu::liveAllocations(); }
CONTROL(jlong, liveBytes)(JNIEnv*, jclass) { return cuemu::liveBytes(); }
CONTROL(void, reset)(JNIEnv*, jclass) { cuemu::reset(); }
