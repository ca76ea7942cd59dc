// Fake libcuda.so.1: the part of the CUDA driver API that JCuda programs use, executed on the CPU.
#include "cuemu_control.h"
#include "cuemu_exec.h"
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <chrono>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>
#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

#define API extern "C" __attribute__((visibility("default"))) int
typedef unsigned long long dptr;

enum { OK = 0, INVALID_VALUE = 1, OUT_OF_MEMORY = 2, NOT_INITIALIZED = 3, NO_DEVICE = 100, INVALID_DEVICE = 101,
       INVALID_IMAGE = 200, INVALID_CONTEXT = 201, NO_BINARY_FOR_GPU = 209, INVALID_PTX = 218, INVALID_HANDLE = 400, NOT_FOUND = 500, NOT_READY = 600,
       ILLEGAL_ADDRESS = 700, LAUNCH_FAILED = 719, NOT_SUPPORTED = 801 };

namespace {
struct Ctx { int refs = 0; unsigned flags = 0; bool destroyed = false; };
struct Stream { Ctx* ctx; unsigned flags; int prio; };
struct Event { std::chrono::steady_clock::time_point t; bool recorded = false; unsigned flags; };
struct Module { void* so = nullptr; cuemu_state* (*state)() = nullptr; };
struct Func { const cuemu_kernel* k; Module* m; std::string name; size_t maxDyn = 48 * 1024; };

std::recursive_mutex lock;
bool inited = false;
Ctx primary;
thread_local Ctx* current = nullptr;
thread_local std::vector<Ctx*> stackOfCtx;
int sticky = 0;                                   // like a real context: dead after a failed kernel
struct Mem { size_t size; bool host; };
std::map<dptr, Mem> allocs;
size_t used = 0;
const size_t RED = 256;
size_t limit = size_t{4} << 30;
size_t total() { return limit; }
std::atomic<int64_t> callsMade{0}, failing{0};
std::atomic<int> failingCode{0};
bool verbose() { static bool v = getenv("CUEMU_LOG") != nullptr; return v; }

}
// Counts a call; the code it has to fail with, or 0.
extern "C" __attribute__((visibility("default"))) int cuemu_call() { int64_t n = ++callsMade; return n == failing ? failingCode.load() : 0; }
namespace {
int need() { if (int code = cuemu_call()) return code; if (!inited) return NOT_INITIALIZED; if (!current) return INVALID_CONTEXT; return sticky; }
#define NEED do { int e_ = need(); if (e_) return e_; } while (0)
#define LOCK std::lock_guard<std::recursive_mutex> g_(lock)

// The allocation that contains [p, p+n), or null.
const std::pair<const dptr, Mem>* find(dptr p, size_t n) {
    auto it = allocs.upper_bound(p);
    if (it == allocs.begin()) return nullptr;
    --it;
    if (p + n > it->first + it->second.size) return nullptr;
    return &*it;
}
bool dev(dptr p, size_t n) { return n == 0 || find(p, n); }
void complain(const char* what) { fprintf(stderr, "[cuemu] %s\n", what); }
bool redOk(dptr p, const Mem& m) {
    const unsigned char* b = reinterpret_cast<unsigned char*>(p);
    for (size_t i = 0; i < RED; i++) if (b[-1 - (long)i] != 0xA5 || b[m.size + i] != 0xA5) return false;
    return true;
}
int checkReds(const char* when) {
    for (auto& a : allocs) if (!a.second.host && !redOk(a.first, a.second)) {
        fprintf(stderr, "[cuemu] out of bounds write next to allocation 0x%llx (%zu bytes), found at %s\n", a.first, a.second.size, when);
        return sticky = ILLEGAL_ADDRESS;
    }
    return OK;
}
}  // namespace

extern "C" __attribute__((visibility("default"))) int cuemu_cuda_unsupported(const char* name) {
    fprintf(stderr, "[cuemu] %s is not emulated\n", name);
    return NOT_SUPPORTED;
}
// For the fake cuBLAS, which has no other way to know.
extern "C" __attribute__((visibility("default"))) int cuemu_is_device(unsigned long long p, size_t n) { LOCK; return dev(p, n); }

API cuInit(unsigned flags) { if (flags) return INVALID_VALUE; LOCK; inited = true; return OK; }
API cuDriverGetVersion(int* v) { *v = 12060; return OK; }
API cuDeviceGetCount(int* n) { if (!inited) return NOT_INITIALIZED; *n = 1; return OK; }
API cuDeviceGet(int* d, int i) { if (!inited) return NOT_INITIALIZED; if (i) return INVALID_DEVICE; *d = 0; return OK; }
API cuDeviceGetName(char* s, int len, int) { snprintf(s, len, "CPU emulation (cuemu)"); return OK; }
API cuDeviceGetUuid(char* u, int) { memcpy(u, "cuemu-device-000", 16); return OK; }
API cuDeviceTotalMem_v2(size_t* n, int) { *n = total(); return OK; }
API cuDeviceComputeCapability(int* a, int* b, int) { *a = 7; *b = 5; return OK; }
API cuDeviceGetAttribute(int* v, int attr, int) {
    static const std::map<int, int> m = {{1, 1024}, {2, 1024}, {3, 1024}, {4, 64}, {5, 2147483647}, {6, 65535}, {7, 65535}, {8, 49152}, {9, 65536}, {10, 32},
        {11, 2147483647}, {12, 65536}, {13, 1000000}, {14, 512}, {15, 1}, {16, 2}, {17, 0}, {18, 0}, {19, 1}, {20, 0}, {31, 1}, {32, 0}, {33, 0}, {34, 0}, {35, 0}, {36, 1000000},
        {37, 64}, {38, 1 << 20}, {39, 1024}, {40, 1}, {41, 1}, {75, 7}, {76, 5}, {78, 1}, {81, 65536}, {82, 65536}, {83, 0}, {95, 0}, {97, 65536}, {106, 16}, {115, 0}};
    auto it = m.find(attr);
    *v = it == m.end() ? 0 : it->second;
    return OK;
}

// ---- contexts
API cuCtxCreate_v2(Ctx** c, unsigned flags, int d) { if (!inited) return NOT_INITIALIZED; if (d) return INVALID_DEVICE; *c = new Ctx; (*c)->flags = flags; stackOfCtx.push_back(*c); current = *c; return OK; }
API cuCtxDestroy_v2(Ctx* c) { if (!c) return INVALID_CONTEXT; if (current == c) { if (!stackOfCtx.empty()) stackOfCtx.pop_back(); current = stackOfCtx.empty() ? nullptr : stackOfCtx.back(); } c->destroyed = true; sticky = 0; return OK; }
API cuDevicePrimaryCtxRetain(Ctx** c, int d) { if (!inited) return NOT_INITIALIZED; if (d) return INVALID_DEVICE; LOCK; primary.refs++; *c = &primary; return OK; }
API cuDevicePrimaryCtxRelease_v2(int) { LOCK; if (primary.refs == 0) return INVALID_CONTEXT; if (--primary.refs == 0) { if (current == &primary) current = nullptr; sticky = 0; } return OK; }
API cuDevicePrimaryCtxGetState(int, unsigned* f, int* a) { *f = 0; *a = primary.refs > 0; return OK; }
API cuDevicePrimaryCtxReset_v2(int) { sticky = 0; return OK; }
API cuCtxSetCurrent(Ctx* c) { if (!inited) return NOT_INITIALIZED; current = c; if (stackOfCtx.empty()) stackOfCtx.push_back(c); else stackOfCtx.back() = c; return OK; }
API cuCtxGetCurrent(Ctx** c) { *c = current; return OK; }
API cuCtxPushCurrent_v2(Ctx* c) { stackOfCtx.push_back(c); current = c; return OK; }
API cuCtxPopCurrent_v2(Ctx** c) { if (c) *c = current; if (!stackOfCtx.empty()) stackOfCtx.pop_back(); current = stackOfCtx.empty() ? nullptr : stackOfCtx.back(); return OK; }
API cuCtxGetDevice(int* d) { NEED; *d = 0; return OK; }
API cuCtxSynchronize() { NEED; LOCK; return checkReds("cuCtxSynchronize"); }
API cuCtxGetApiVersion(Ctx*, unsigned* v) { *v = 12060; return OK; }
API cuCtxSetLimit(int, size_t) { return OK; }
API cuCtxGetStreamPriorityRange(int* lo, int* hi) { *lo = 0; *hi = -5; return OK; }

// ---- memory
API cuMemGetInfo_v2(size_t* f, size_t* t) { NEED; *t = total(); *f = *t - used; return OK; }
API cuMemAlloc_v2(dptr* p, size_t n) {
    NEED; LOCK;
    if (!n) return INVALID_VALUE;
    if (used + n > total()) return OUT_OF_MEMORY;
    char* b = static_cast<char*>(aligned_alloc(256, (n + 2 * RED + 255) & ~size_t(255)));
    if (!b) return OUT_OF_MEMORY;
    memset(b, 0xA5, RED); memset(b + RED, 0xFF, n); memset(b + RED + n, 0xA5, RED);      // contents are NaN until written
    *p = reinterpret_cast<dptr>(b + RED);
    allocs[*p] = {n, false}; used += n;
    return OK;
}
API cuMemFree_v2(dptr p) {
    NEED; LOCK;
    if (!p) return OK;
    auto it = allocs.find(p);
    if (it == allocs.end() || it->second.host) return INVALID_VALUE;
    int r = OK;
    if (!redOk(p, it->second)) { complain("out of bounds write found at cuMemFree"); r = sticky = ILLEGAL_ADDRESS; }
    used -= it->second.size;
    free(reinterpret_cast<char*>(p) - RED);
    allocs.erase(it);
    return r;
}
API cuMemAllocAsync(dptr* p, size_t n, Stream*) { return cuMemAlloc_v2(p, n); }
API cuMemFreeAsync(dptr p, Stream*) { return cuMemFree_v2(p); }
API cuMemAllocHost_v2(void** p, size_t n) { NEED; LOCK; *p = aligned_alloc(4096, (n + 4095) & ~size_t(4095)); if (!*p) return OUT_OF_MEMORY; allocs[(dptr)*p] = {n, true}; return OK; }
API cuMemHostAlloc(void** p, size_t n, unsigned) { return cuMemAllocHost_v2(p, n); }
API cuMemFreeHost(void* p) { NEED; LOCK; auto it = allocs.find((dptr)p); if (it == allocs.end() || !it->second.host) return INVALID_VALUE; allocs.erase(it); free(p); return OK; }
API cuMemHostGetDevicePointer_v2(dptr* d, void* p, unsigned) { *d = (dptr)p; return OK; }
API cuMemHostRegister_v2(void* p, size_t n, unsigned) { LOCK; allocs[(dptr)p] = {n, true}; return OK; }
API cuMemHostUnregister(void* p) { LOCK; allocs.erase((dptr)p); return OK; }
API cuMemAllocManaged(dptr* p, size_t n, unsigned) { return cuMemAlloc_v2(p, n); }
API cuMemGetAddressRange_v2(dptr* b, size_t* n, dptr p) { LOCK; auto a = find(p, 1); if (!a) return NOT_FOUND; if (b) *b = a->first; if (n) *n = a->second.size; return OK; }
API cuMemcpyHtoD_v2(dptr d, const void* s, size_t n) { NEED; LOCK; if (!dev(d, n) || (n && !s)) return INVALID_VALUE; memcpy((void*)d, s, n); return OK; }
API cuMemcpyDtoH_v2(void* d, dptr s, size_t n) { NEED; LOCK; if (!dev(s, n) || (n && !d)) return INVALID_VALUE; memcpy(d, (void*)s, n); return checkReds("cuMemcpyDtoH"); }
API cuMemcpyDtoD_v2(dptr d, dptr s, size_t n) { NEED; LOCK; if (!dev(d, n) || !dev(s, n)) return INVALID_VALUE; memmove((void*)d, (void*)s, n); return OK; }
API cuMemcpy(dptr d, dptr s, size_t n) { NEED; memmove((void*)d, (void*)s, n); return OK; }
API cuMemcpyAsync(dptr d, dptr s, size_t n, Stream*) { return cuMemcpy(d, s, n); }
API cuMemcpyHtoDAsync_v2(dptr d, const void* s, size_t n, Stream*) { return cuMemcpyHtoD_v2(d, s, n); }
API cuMemcpyDtoHAsync_v2(void* d, dptr s, size_t n, Stream*) { return cuMemcpyDtoH_v2(d, s, n); }
API cuMemcpyDtoDAsync_v2(dptr d, dptr s, size_t n, Stream*) { return cuMemcpyDtoD_v2(d, s, n); }
template <typename T> static int fill(dptr d, T v, size_t n) { NEED; LOCK; if (!dev(d, n * sizeof(T)) || d % sizeof(T)) return INVALID_VALUE; T* p = (T*)d; for (size_t i = 0; i < n; i++) p[i] = v; return OK; }
API cuMemsetD8_v2(dptr d, unsigned char v, size_t n) { return fill(d, v, n); }
API cuMemsetD16_v2(dptr d, unsigned short v, size_t n) { return fill(d, v, n); }
API cuMemsetD32_v2(dptr d, unsigned v, size_t n) { return fill(d, v, n); }
API cuMemsetD8Async(dptr d, unsigned char v, size_t n, Stream*) { return fill(d, v, n); }
API cuMemsetD16Async(dptr d, unsigned short v, size_t n, Stream*) { return fill(d, v, n); }
API cuMemsetD32Async(dptr d, unsigned v, size_t n, Stream*) { return fill(d, v, n); }

// ---- streams and events (work is done before a call returns)
API cuStreamCreate(Stream** s, unsigned f) { NEED; *s = new Stream{current, f, 0}; return OK; }
API cuStreamCreateWithPriority(Stream** s, unsigned f, int p) { NEED; *s = new Stream{current, f, p}; return OK; }
API cuStreamDestroy_v2(Stream* s) { if (!s) return INVALID_HANDLE; delete s; return OK; }
API cuStreamSynchronize(Stream*) { NEED; LOCK; return checkReds("cuStreamSynchronize"); }
API cuStreamQuery(Stream*) { NEED; return OK; }
API cuStreamWaitEvent(Stream*, Event*, unsigned) { NEED; return OK; }
API cuEventCreate(Event** e, unsigned f) { NEED; *e = new Event(); (*e)->flags = f; return OK; }
API cuEventDestroy_v2(Event* e) { delete e; return OK; }
API cuEventRecord(Event* e, Stream*) { NEED; e->t = std::chrono::steady_clock::now(); e->recorded = true; return OK; }
API cuEventRecordWithFlags(Event* e, Stream* s, unsigned) { return cuEventRecord(e, s); }
API cuEventSynchronize(Event*) { NEED; return OK; }
API cuEventQuery(Event*) { NEED; return OK; }
API cuEventElapsedTime(float* ms, Event* a, Event* b) { if (!a->recorded || !b->recorded) return INVALID_HANDLE; *ms = std::chrono::duration<float, std::milli>(b->t - a->t).count(); return OK; }

// ---- modules
static size_t elfSize(const unsigned char* p) {
    auto* h = reinterpret_cast<const Elf64_Ehdr*>(p);
    size_t n = h->e_shoff + (size_t)h->e_shnum * h->e_shentsize;
    auto* ph = reinterpret_cast<const Elf64_Phdr*>(p + h->e_phoff);
    for (int i = 0; i < h->e_phnum; i++) n = std::max<size_t>(n, ph[i].p_offset + ph[i].p_filesz);
    return n;
}
static bool unbase64(const char* s, std::vector<unsigned char>& out) {
    auto val = [](char c) { return c >= 'A' && c <= 'Z' ? c - 'A' : c >= 'a' && c <= 'z' ? c - 'a' + 26 : c >= '0' && c <= '9' ? c - '0' + 52 : c == '+' ? 62 : c == '/' ? 63 : -1; };
    unsigned acc = 0; int bits = 0;
    for (; *s && *s != '='; s++) {
        int v = val(*s);
        if (v < 0) { if (*s == '\n' || *s == '/' || *s == ' ') continue; return true; }
        acc = acc << 6 | v; bits += 6;
        if (bits >= 8) { bits -= 8; out.push_back(acc >> bits & 255); }
    }
    return true;
}
static int loadElf(Module** out, const unsigned char* p, size_t n) {
    int fd = memfd_create("cuemu-module", MFD_CLOEXEC);
    if (fd < 0 || write(fd, p, n) != (ssize_t)n) return OUT_OF_MEMORY;
    char path[64]; snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    void* so = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    (void)fd;  // stays open: the dynamic linker tells libraries apart by this name
    if (!so) { fprintf(stderr, "[cuemu] %s\n", dlerror()); return INVALID_IMAGE; }
    auto init = reinterpret_cast<void (*)(const cuemu_api*)>(dlsym(so, "__cuemu_module_init"));
    Module* m = new Module;
    m->so = so;
    m->state = reinterpret_cast<cuemu_state* (*)()>(dlsym(so, "__cuemu_module_state"));
    if (!init || !m->state) { delete m; dlclose(so); return INVALID_IMAGE; }
    init(&cuemu::kernelServices);
    *out = m;
    return OK;
}
API cuModuleLoadData(Module** out, const void* image) {
    NEED;
    auto* p = static_cast<const unsigned char*>(image);
    if (!p) return INVALID_VALUE;
    if (!memcmp(p, ELFMAG, SELFMAG)) {
        if (reinterpret_cast<const Elf64_Ehdr*>(p)->e_machine == 190) { complain("a real cubin cannot run on the emulator"); return NO_BINARY_FOR_GPU; }
        return loadElf(out, p, elfSize(p));
    }
    const char* tag = "//CUEMU-IMAGE\n";
    const char* s = static_cast<const char*>(image);
    if (strncmp(s, tag, strlen(tag))) { complain("real PTX cannot run on the emulator"); return INVALID_PTX; }
    std::vector<unsigned char> v;
    unbase64(s + strlen(tag), v);
    return loadElf(out, v.data(), v.size());
}
API cuModuleLoadDataEx(Module** out, const void* image, unsigned, void*, void*) { return cuModuleLoadData(out, image); }
API cuModuleLoadFatBinary(Module** out, const void* image) { return cuModuleLoadData(out, image); }
API cuModuleLoad(Module** out, const char* file) {
    FILE* f = fopen(file, "rb");
    if (!f) return 301;
    std::vector<char> v; char b[65536]; size_t n;
    while ((n = fread(b, 1, sizeof b, f)) > 0) v.insert(v.end(), b, b + n);
    fclose(f); v.push_back(0);
    return cuModuleLoadData(out, v.data());
}
API cuModuleUnload(Module* m) { if (!m) return INVALID_HANDLE; m->so = nullptr; return OK; }   // stays mapped: TLS of pool threads refers to it
API cuModuleGetFunction(Func** f, Module* m, const char* name) {
    NEED;
    if (!m || !m->so) return INVALID_HANDLE;
    auto* k = static_cast<const cuemu_kernel*>(dlsym(m->so, (std::string("__cuemu_kernel_") + name).c_str()));
    if (!k) return NOT_FOUND;
    *f = new Func{k, m, name};
    return OK;
}
API cuModuleGetGlobal_v2(dptr* p, size_t* n, Module* m, const char* name) {
    NEED; LOCK;
    void* a = dlsym(m->so, name);
    if (!a) return NOT_FOUND;
    Dl_info di; ElfW(Sym)* sym = nullptr;
    dladdr1(a, &di, reinterpret_cast<void**>(&sym), RTLD_DL_SYMENT);
    size_t size = sym ? sym->st_size : 0;
    if (p) *p = (dptr)a;
    if (n) *n = size;
    allocs[(dptr)a] = {size, true};
    return OK;
}
API cuFuncGetAttribute(int* v, int attr, Func*) { *v = attr == 0 ? 1024 : attr == 4 ? 32 : attr == 5 || attr == 6 ? 75 : 0; return OK; }
API cuFuncSetAttribute(Func* f, int attr, int v) { if (attr == 8) { if (v > 64 * 1024) return INVALID_VALUE; f->maxDyn = v; } return OK; }
API cuFuncSetCacheConfig(Func*, int) { return OK; }
API cuOccupancyMaxPotentialBlockSize(int* grid, int* block, Func*, void*, size_t, int limit) { *block = limit && limit < 256 ? limit : 256; *grid = 2; return OK; }
API cuOccupancyMaxActiveBlocksPerMultiprocessor(int* n, Func*, int threads, size_t) { *n = 1024 / threads; return OK; }

API cuLaunchKernel(Func* f, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz, unsigned shared, Stream*, void** params, void** extra) {
    NEED;
    if (!f || !f->m->so) return INVALID_HANDLE;
    if (!gx || !gy || !gz || !bx || !by || !bz || gx > 2147483647u || gy > 65535 || gz > 65535 || bx > 1024 || by > 1024 || bz > 64 || (unsigned long long)bx * by * bz > 1024)
        return INVALID_VALUE;
    if (shared > f->maxDyn) return INVALID_VALUE;
    const cuemu_kernel* k = f->k;
    std::vector<void*> v(k->nparams + 1);
    std::vector<char> copy;
    if (extra && !params) {                        // CU_LAUNCH_PARAM_BUFFER_POINTER / _SIZE / _END
        char* buf = nullptr; size_t size = 0;
        for (void** e = extra; *e; e += 2) { if (*e == (void*)1) buf = (char*)e[1]; else if (*e == (void*)2) size = *(size_t*)e[1]; }
        if (!buf) return INVALID_VALUE;
        copy.assign(buf, buf + size);
        size_t off = 0;
        for (int i = 0; i < k->nparams; i++) { off = (off + k->aligns[i] - 1) / k->aligns[i] * k->aligns[i]; if (off + k->sizes[i] > size) return INVALID_VALUE; v[i] = copy.data() + off; off += k->sizes[i]; }
    } else {
        if (k->nparams && !params) return INVALID_VALUE;
        for (int i = 0; i < k->nparams; i++) { if (!params[i]) return INVALID_VALUE; v[i] = params[i]; }
    }
    LOCK;
    for (int i = 0; i < k->nparams; i++) if (k->pointer[i]) {
        dptr p = *(dptr*)v[i];
        if (p && !find(p, 1)) { fprintf(stderr, "[cuemu] %s: parameter %d (0x%llx) points to no live device allocation\n", f->name.c_str(), i, p); return sticky = ILLEGAL_ADDRESS; }
    }
    cuemu::Launch L{k, f->m->state, {gx, gy, gz}, {bx, by, bz}, shared, v.data()};
    std::string err = cuemu::run_grid(L);
    if (verbose()) fprintf(stderr, "[cuemu] %s<<<(%u,%u,%u),(%u,%u,%u),%u>>> %s\n", f->name.c_str(), gx, gy, gz, bx, by, bz, shared, err.c_str());
    if (!err.empty()) { fprintf(stderr, "[cuemu] kernel %s: %s\n", f->name.c_str(), err.c_str()); return sticky = LAUNCH_FAILED; }
    return getenv("CUEMU_CHECK") ? checkReds(f->name.c_str()) : OK;
}
API cuProfilerStart() { return OK; }
API cuProfilerStop() { return OK; }

static const std::map<int, std::pair<const char*, const char*>> ERR = {
    {0, {"CUDA_SUCCESS", "no error"}}, {1, {"CUDA_ERROR_INVALID_VALUE", "invalid argument"}}, {2, {"CUDA_ERROR_OUT_OF_MEMORY", "out of memory"}},
    {3, {"CUDA_ERROR_NOT_INITIALIZED", "initialization error"}}, {100, {"CUDA_ERROR_NO_DEVICE", "no CUDA-capable device is detected"}},
    {101, {"CUDA_ERROR_INVALID_DEVICE", "invalid device ordinal"}}, {200, {"CUDA_ERROR_INVALID_IMAGE", "device kernel image is invalid"}},
    {201, {"CUDA_ERROR_INVALID_CONTEXT", "invalid device context"}}, {209, {"CUDA_ERROR_NO_BINARY_FOR_GPU", "no kernel image is available for execution on the device"}},
    {218, {"CUDA_ERROR_INVALID_PTX", "a PTX JIT compilation failed"}}, {301, {"CUDA_ERROR_FILE_NOT_FOUND", "file not found"}}, {400, {"CUDA_ERROR_INVALID_HANDLE", "invalid resource handle"}},
    {500, {"CUDA_ERROR_NOT_FOUND", "named symbol not found"}}, {600, {"CUDA_ERROR_NOT_READY", "device not ready"}}, {700, {"CUDA_ERROR_ILLEGAL_ADDRESS", "an illegal memory access was encountered"}},
    {719, {"CUDA_ERROR_LAUNCH_FAILED", "unspecified launch failure"}}, {801, {"CUDA_ERROR_NOT_SUPPORTED", "operation not supported"}}};
API cuGetErrorName(int e, const char** s) { auto it = ERR.find(e); *s = it == ERR.end() ? nullptr : it->second.first; return it == ERR.end() ? INVALID_VALUE : OK; }
API cuGetErrorString(int e, const char** s) { auto it = ERR.find(e); *s = it == ERR.end() ? nullptr : it->second.second; return it == ERR.end() ? INVALID_VALUE : OK; }

namespace cuemu {
void failAt(int64_t nth, int code) { failing = callsMade + nth; failingCode = code; }
int64_t callCount() { return callsMade; }
void memoryLimit(int64_t bytes) { LOCK; limit = bytes; }
int64_t liveAllocations() { LOCK; return allocs.size(); }
int64_t liveBytes() { LOCK; int64_t n = 0; for (auto& a : allocs) n += a.second.size; return n; }
void reset() {
    LOCK;
    for (auto& a : allocs) if (!a.second.host) free(reinterpret_cast<char*>(a.first) - RED);
    allocs.clear(); used = 0; sticky = 0; primary.refs = 0; limit = size_t{4} << 30; callsMade = 0; failing = 0;
}
}  // namespace cuemu
