// Driver API: modules, which are shared objects made by nvrtc.cpp, and launches of their kernels.
#include "modules.h"

#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "calls.h"
#include "context.h"
#include "executor.h"
#include "memory.h"
#include "noise.h"
#include "portable_image.h"
#include "streams.h"

using namespace emulator;

namespace {

constexpr unsigned kMostThreads = 1024;
constexpr unsigned kMostSharedByDefault = 48 << 10;
constexpr int kMostShared = 227 << 10;

struct Module;

struct Function {
  Module* module;
  const Kernel* kernel;
  std::string name;
  size_t most_dynamic_shared = kMostSharedByDefault;
};

struct Module {
  void* library = nullptr;
  Address begin = 0, end = 0;
  StaticShared static_shared;
  Registry<Function> functions;

  ~Module() { unregister_globals(begin, end); }
};

Registry<Module>& loaded() {
  static auto* registry = new Registry<Module>;
  return *registry;
}

bool known(Function* function) {
  return std::any_of(loaded().begin(), loaded().end(), [function](const auto& module) {
    return module.second->functions.holds(function);
  });
}

// cuModuleLoadData is not told the size.
size_t image_size(const unsigned char* image) {
  const auto* header = reinterpret_cast<const Elf64_Ehdr*>(image);
  size_t size = header->e_shoff + size_t{header->e_shnum} * header->e_shentsize;
  const auto* segments = reinterpret_cast<const Elf64_Phdr*>(image + header->e_phoff);
  for (int i = 0; i < header->e_phnum; i++) {
    size = std::max<size_t>(size, segments[i].p_offset + segments[i].p_filesz);
  }
  return size;
}

// Loads a shared object, once for each content: none is ever unloaded, since its thread-local
// storage goes with the threads that ran it.
void* open_image(const unsigned char* bytes) {
  static auto* opened = new std::map<std::string, void*>;
  const std::string image(reinterpret_cast<const char*>(bytes), image_size(bytes));
  const auto known_image = opened->find(image);
  if (known_image != opened->end()) return known_image->second;
  const int file = memfd_create("cuda-emulation-module", MFD_CLOEXEC);
  if (file < 0) return nullptr;
  void* library = nullptr;
  if (write(file, image.data(), image.size()) == static_cast<ssize_t>(image.size())) {
    const std::string path = "/proc/self/fd/" + std::to_string(file);
    library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (!library) complain(dlerror());
  }
  if (!library) {
    close(file);
    return nullptr;
  }
  // The file stays open, as the dynamic linker tells libraries apart by its path.
  return (*opened)[image] = library;
}

// Finds where the module lies and how much thread-local storage, that is shared memory, it has.
void inspect(Module& module) {
  link_map* map = nullptr;
  dlinfo(module.library, RTLD_DI_LINKMAP, &map);
  dlinfo(module.library, RTLD_DI_TLS_MODID, &module.static_shared.module);
  module.begin = map->l_addr;
  dl_iterate_phdr(
      [](dl_phdr_info* info, size_t, void* data) {
        Module& module = *static_cast<Module*>(data);
        if (info->dlpi_addr != module.begin) return 0;
        for (int i = 0; i < info->dlpi_phnum; i++) {
          const auto& segment = info->dlpi_phdr[i];
          if (segment.p_type == PT_TLS) module.static_shared.bytes = segment.p_memsz;
          if (segment.p_type == PT_LOAD) {
            module.end =
                std::max<Address>(module.end, module.begin + segment.p_vaddr + segment.p_memsz);
          }
        }
        return 1;
      },
      &module);
  // Constants, which kernels may read.
  register_global(module.begin, module.end - module.begin);
}

int load(Module** handle, const void* data) {
  if (!data) return kInvalidValue;
  const std::string decoded = is_portable(data) ? from_portable(data) : "";
  const auto* image = static_cast<const unsigned char*>(decoded.empty() ? data : decoded.data());
  if (memcmp(image, ELFMAG, SELFMAG) != 0) {
    complain("a module's image is neither a cubin nor of this emulation");
    return kInvalidImage;
  }
  if (reinterpret_cast<const Elf64_Ehdr*>(image)->e_machine != EM_X86_64) {
    complain("a cubin for a card can't run on the emulation");
    return kNoBinaryForGpu;
  }
  void* library = open_image(image);
  if (!library) return kInvalidImage;
  const auto* build = static_cast<const int*>(dlsym(library, "emulator_build"));
  if (!build || *build != EMULATOR_BUILD) {
    complain("a module was compiled by another build of the emulation");
    return kInvalidImage;
  }
  *handle = loaded().create();
  (*handle)->library = library;
  inspect(**handle);
  return kSuccess;
}

// The arguments of one launch, copied when it is queued, as on a card.
class Arguments {
 public:
  // Copies from `parameters`, or from the buffer that `extra` names; false if some are missing.
  bool copy(const Kernel& kernel, void** parameters, void** extra) {
    const char* buffer = nullptr;
    size_t buffer_size = 0;
    if (!parameters && extra) {
      const auto pointer_key = reinterpret_cast<void*>(1), size_key = reinterpret_cast<void*>(2);
      for (void** entry = extra; *entry; entry += 2) {
        if (entry[0] == pointer_key) buffer = static_cast<const char*>(entry[1]);
        if (entry[0] == size_key) buffer_size = *static_cast<size_t*>(entry[1]);
      }
    }
    size_t offset = 0;
    for (unsigned i = 0; i < kernel.parameters; i++) {
      const size_t alignment = kernel.alignments[i];
      offset = (offset + alignment - 1) / alignment * alignment;
      const void* from = parameters ? parameters[i] : buffer ? buffer + offset : nullptr;
      if (!from || (buffer && offset + kernel.sizes[i] > buffer_size)) return false;
      // Every copy has room for the strictest alignment.
      copies_.push_back(std::make_unique<Slot[]>(kernel.sizes[i] / sizeof(Slot) + 1));
      memcpy(copies_.back().get(), from, kernel.sizes[i]);
      pointers_.push_back(copies_.back().get());
      offset += kernel.sizes[i];
    }
    return true;
  }
  void** pointers() { return pointers_.data(); }
  Address address(unsigned i) const { return *static_cast<const Address*>(pointers_[i]); }

 private:
  struct alignas(16) Slot {
    char bytes[16];
  };
  std::vector<std::unique_ptr<Slot[]>> copies_;
  std::vector<void*> pointers_;
};

int launch(const Function& function, Grid grid, Arguments& arguments) {
  for (unsigned i = 0; i < grid.kernel->parameters; i++) {
    if (!grid.kernel->pointers[i]) continue;
    const Address address = arguments.address(i);
    if (address != 0 && !reachable(address, 1)) {
      complain("kernel " + function.name + ": parameter " + std::to_string(i) +
               " points to nothing that is allocated");
      return kIllegalAddress;
    }
  }
  grid.parameters = arguments.pointers();
  const std::string error = run_grid(grid);
  if (error.empty()) return kSuccess;
  complain("kernel " + function.name + ": " + error);
  const bool address = error.find("not allocated") != std::string::npos;
  return address ? kIllegalAddress : kLaunchFailed;
}

}  // namespace

namespace emulator {

size_t modules() { return loaded().size(); }

void reset_modules() { loaded().clear(); }

}  // namespace emulator

EMULATED cuModuleLoadData(Module** module, const void* image) {
  BEGIN_CONTEXT_CALL;
  return load(module, image);
}

EMULATED cuModuleLoadDataEx(Module** module, const void* image, unsigned, void*, void*) {
  BEGIN_CONTEXT_CALL;
  return load(module, image);
}

// Stricter than a card, which may wait.
EMULATED cuModuleUnload(Module* module) {
  BEGIN_RELEASE;
  if (running(module)) complain("a module was unloaded before its kernels had ended");
  const int code = synchronize_all();
  if (!loaded().destroy(module)) return kInvalidHandle;
  return planned ? planned : code;
}

EMULATED cuModuleGetFunction(Function** function, Module* module, const char* name) {
  BEGIN_CONTEXT_CALL;
  if (!loaded().holds(module)) return kInvalidHandle;
  // The kernel itself is visible under its plain name only if it is extern "C".
  const std::string record = std::string("emulator_kernel_") + name;
  const auto* kernel = static_cast<const Kernel*>(dlsym(module->library, record.c_str()));
  if (!kernel || !dlsym(module->library, name)) return kNotFound;
  *function = module->functions.create(Function{module, kernel, name});
  return kSuccess;
}

EMULATED cuModuleGetGlobal_v2(Address* address, size_t* bytes, Module* module, const char* name) {
  BEGIN_CONTEXT_CALL;
  if (!loaded().holds(module)) return kInvalidHandle;
  void* variable = dlsym(module->library, name);
  if (!variable) return kNotFound;
  Dl_info info;
  ElfW(Sym)* symbol = nullptr;
  dladdr1(variable, &info, reinterpret_cast<void**>(&symbol), RTLD_DL_SYMENT);
  if (address) *address = reinterpret_cast<Address>(variable);
  if (bytes) *bytes = symbol ? symbol->st_size : 0;
  return kSuccess;
}

EMULATED cuFuncGetAttribute(int* value, int attribute, Function* function) {
  BEGIN_CONTEXT_CALL;
  if (!known(function)) return kInvalidHandle;
  constexpr int kMaxThreadsPerBlock = 0, kSharedSize = 1, kRegisters = 4, kMaxDynamicShared = 8;
  *value = attribute == kMaxThreadsPerBlock ? static_cast<int>(kMostThreads)
           : attribute == kSharedSize ? static_cast<int>(function->module->static_shared.bytes)
           : attribute == kRegisters  ? 32
           : attribute == kMaxDynamicShared ? static_cast<int>(function->most_dynamic_shared)
                                            : 0;
  return kSuccess;
}

EMULATED cuFuncSetAttribute(Function* function, int attribute, int value) {
  BEGIN_CONTEXT_CALL;
  if (!known(function)) return kInvalidHandle;
  constexpr int kMaxDynamicShared = 8;
  if (attribute != kMaxDynamicShared) return kSuccess;
  if (value < 0 || value > kMostShared) return kInvalidValue;
  function->most_dynamic_shared = value;
  return kSuccess;
}

EMULATED cuOccupancyMaxActiveBlocksPerMultiprocessor(int* blocks, Function* function, int threads,
                                                     size_t) {
  BEGIN_CONTEXT_CALL;
  if (!known(function)) return kInvalidHandle;
  if (threads < 1 || threads > static_cast<int>(kMostThreads)) return kInvalidValue;
  *blocks = 2 * static_cast<int>(kMostThreads) / threads;
  return kSuccess;
}

EMULATED cuLaunchKernel(Function* function, unsigned grid_x, unsigned grid_y, unsigned grid_z,
                        unsigned block_x, unsigned block_y, unsigned block_z,
                        unsigned dynamic_shared, Stream* handle, void** parameters, void** extra) {
  BEGIN_CONTEXT_CALL;
  if (!known(function)) return kInvalidHandle;
  Stream* const stream = find_stream(handle);
  if (!stream) return kInvalidHandle;
  constexpr unsigned kMostX = 2147483647, kMostYZ = 65535, kMostBlockZ = 64;
  if (grid_x < 1 || grid_y < 1 || grid_z < 1 || grid_x > kMostX || grid_y > kMostYZ ||
      grid_z > kMostYZ) {
    return kInvalidValue;
  }
  if (block_x < 1 || block_y < 1 || block_z < 1 || block_x > kMostThreads ||
      block_y > kMostThreads || block_z > kMostBlockZ ||
      size_t{block_x} * block_y * block_z > kMostThreads) {
    return kInvalidValue;
  }
  if (dynamic_shared > function->most_dynamic_shared) return kInvalidValue;
  if (!load_on_use(function->name, stream)) return kCaptureUnsupported;
  auto arguments = std::make_shared<Arguments>();
  if (!arguments->copy(*function->kernel, parameters, extra)) return kInvalidValue;
  const Grid grid = {function->kernel,         function->module->static_shared,
                     {grid_x, grid_y, grid_z}, {block_x, block_y, block_z},
                     dynamic_shared,           nullptr};
  const Function launched = *function;
  return submit(
      stream, [launched, grid, arguments] { return launch(launched, grid, *arguments); },
      function->module);
}
