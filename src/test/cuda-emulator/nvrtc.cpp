// NVRTC: "compiles" CUDA C++ with g++ into a shared object that the emulated driver loads as a
// cubin.
#include <dlfcn.h>
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "calls.h"
#include "kernel_source.h"
#include "library_handles.h"
#include "portable_image.h"

using emulator::kOutOfMemory;
using std::string;
namespace fs = std::filesystem;

namespace {

// nvrtcResult, as far as used.
enum {
  kNvrtcSuccess = 0,
  kNvrtcOutOfMemory = 1,
  kNvrtcInvalidInput = 3,
  kNvrtcInvalidProgram = 4,
  kNvrtcInvalidOption = 5,
  kNvrtcCompilation = 6,
  kNvrtcInternalError = 11,
};

struct Program {
  string source, name;
  std::map<string, string> headers;
  string log;
  string image;  // empty until compiled
  bool real = false;
};

// What of NVRTC's options matters here.
struct Options {
  string standard = "-std=c++17";
  int architecture = 75;
  bool real = false;  // sm_..., not compute_...
  std::vector<string> preprocessor;
};

#define BEGIN_NVRTC_CALL                                              \
  std::lock_guard<std::recursive_mutex> call_guard(emulator::lock()); \
  if (int code = emulator::count_call(__func__)) return status(code)

int status(int code) { return code == kOutOfMemory ? kNvrtcOutOfMemory : kNvrtcInternalError; }

string read(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

void write(const fs::path& file, const string& text) {
  std::ofstream(file, std::ios::binary) << text;
}

// Where this library and the headers for kernels lie.
fs::path library_folder() {
  Dl_info info;
  dladdr(reinterpret_cast<void*>(&library_folder), &info);
  return fs::canonical(info.dli_fname).parent_path();
}

// Runs a program with its output in `log`; its exit status.
int run(const std::vector<string>& command, const fs::path& log) {
  std::vector<char*> arguments;
  for (const string& argument : command) arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, log.c_str(),
                                   O_WRONLY | O_CREAT | O_TRUNC, 0600);
  posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO);
  pid_t child;
  const int error =
      posix_spawnp(&child, arguments[0], &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error) {
    write(log, "cannot start " + command[0] + ": " + strerror(error));
    return error;
  }
  int state = 0;
  while (waitpid(child, &state, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(state) ? WEXITSTATUS(state) : -1;
}

bool starts_with(const string& text, const string& prefix) { return text.rfind(prefix, 0) == 0; }

// Reads the options; false, with the reason in `log`, where the real NVRTC refuses one or this one
// can't tell.
bool parse(int count, const char* const* texts, Options& options, string& log) {
  for (int i = 0; i < count; i++) {
    const string option = texts[i];
    const string value = option.substr(option.find('=') + 1);
    if (starts_with(option, "--gpu-architecture=") || starts_with(option, "-arch=")) {
      options.architecture = atoi(value.c_str() + value.find('_') + 1);
      options.real = starts_with(value, "sm_");
    } else if (starts_with(option, "--std=") || starts_with(option, "-std=")) {
      options.standard = "-std=" + value;
    } else if (starts_with(option, "-D") || starts_with(option, "-U")) {
      options.preprocessor.push_back(option);
    } else if (starts_with(option, "--define-macro=")) {
      options.preprocessor.push_back("-D" + value);
    } else if (!starts_with(option, "--fmad=") && !starts_with(option, "--ftz=") &&
               !starts_with(option, "--prec-div=") && !starts_with(option, "--prec-sqrt=") &&
               !starts_with(option, "--maxrregcount=") && option != "--generate-line-info" &&
               option != "-lineinfo" && option != "--restrict" &&
               option != "--device-as-default-execution-space" && option != "-default-device" &&
               option != "--extra-device-vectorization") {
      log = "nvrtc: error: invalid value for --gpu-architecture or unrecognized option " + option;
      return false;
    }
  }
  return true;
}

// FNV-1a of 64 bits, begun with `hash`.
uint64_t fnv(const string& text, uint64_t hash) {
  for (unsigned char c : text) hash = (hash ^ c) * 1099511628211ull;
  return hash;
}

// Where what a source was compiled to is kept beside this library, whose folder is made anew when
// the emulation or the compiler changes.
fs::path compiled(const string& source) {
  std::ostringstream name;
  name << std::hex << fnv(source, 14695981039346656037ull) << fnv(source, 0x9e3779b97f4a7c15ull)
       << "-" << source.size() << ".so";
  return library_folder() / "compiled" / name.str();
}

// Without the name of a folder, which is another one at each time.
string without(string text, const string& folder) {
  for (size_t at = 0; (at = text.find(folder, at)) != string::npos;) text.erase(at, folder.size());
  return text;
}

// Keeps a file for other processes, which see it whole or not at all.
void keep(const fs::path& object, const fs::path& kept) {
  std::error_code ignored;
  fs::create_directories(kept.parent_path(), ignored);
  const fs::path copy = kept.string() + "." + std::to_string(getpid());
  fs::copy_file(object, copy, fs::copy_options::overwrite_existing, ignored);
  if (!ignored) fs::rename(copy, kept, ignored);
}

// Compiles within an empty folder.
int compile(Program& program, const Options& options, const fs::path& folder) {
  const fs::path library = library_folder(), include = library / "include";
  const string source = folder / "source.cu", preprocessed = folder / "preprocessed.ii",
               rewritten = folder / "rewritten.cpp", object = folder / "kernel.so",
               log = folder / "log";
  write(source, "#line 1 \"" + program.name + "\"\n" + program.source);
  for (const auto& header : program.headers) {
    const fs::path file = folder / header.first;
    fs::create_directories(file.parent_path());
    write(file, header.second);
  }
  const string optimized = emulator::compiles_quickly() ? "-O0" : "-O1";
  std::vector<string> preprocess = {"g++",
                                    "-E",
                                    optimized,
                                    "-x",
                                    "c++",
                                    options.standard,
                                    "-include",
                                    include / "cuda_shim.h",
                                    "-I" + folder.string(),
                                    "-D__CUDA_ARCH__=" + std::to_string(options.architecture * 10),
                                    "-DEMULATOR_BUILD=" + std::to_string(EMULATOR_BUILD)};
  preprocess.insert(preprocess.end(), options.preprocessor.begin(), options.preprocessor.end());
  preprocess.insert(preprocess.end(), {source, "-o", preprocessed});
  fs::path kept;
  int result = run(preprocess, log);
  if (result == 0) {
    const string text =
        emulator::rewrite_kernels(without(read(preprocessed), folder.string() + "/"), program.name);
    kept = compiled(options.standard + optimized + text);
    program.image = read(kept);
    if (!program.image.empty()) {
      program.real = options.real;
      return kNvrtcSuccess;
    }
    write(rewritten, text);
    result = run({"g++", "-fpreprocessed", "-x", "c++", options.standard, optimized, "-fPIC",
                  "-shared", "-fvisibility=hidden", "-fno-strict-aliasing", "-fno-math-errno",
                  "-ffp-contract=off", "-fno-exceptions", "-fmax-errors=20", "-fno-rtti", "-w",
                  // Every access is checked by a call; checks.cpp has what is called.
                  "-fsanitize=kernel-address,alignment,bounds,signed-integer-overflow,integer-"
                  "divide-by-zero",
                  "--param=asan-instrumentation-with-call-threshold=0", "--param=asan-globals=0",
                  "--param=asan-stack=0", rewritten, "-x", "none", library / "checks.cpp.o",
                  library / "libcuda.so.1",
                  // Nothing of C++'s library is used, and to look through it takes the linker long.
                  "-nostdlib", "-lm", "-lc", "-lgcc", "-o", object},
                 log);
  }
  program.log = read(log);
  if (result != 0) return kNvrtcCompilation;
  program.image = read(object);
  program.real = options.real;
  keep(object, kept);
  return kNvrtcSuccess;
}

}  // namespace

EMULATED nvrtcVersion(int* major, int* minor) {
  BEGIN_NVRTC_CALL;
  *major = EMULATED_CUDA;
  // Nothing compiled here may be taken for the real one's, nor the other way round.
  *minor = EMULATOR_BUILD;
  return kNvrtcSuccess;
}

EMULATED nvrtcGetNumSupportedArchs(int* count) {
  BEGIN_NVRTC_CALL;
  *count = 5;
  return kNvrtcSuccess;
}

EMULATED nvrtcGetSupportedArchs(int* architectures) {
  BEGIN_NVRTC_CALL;
  for (int architecture : {75, 80, 86, 89, 90}) *architectures++ = architecture;
  return kNvrtcSuccess;
}

extern "C" EMULATOR_EXPORT const char* nvrtcGetErrorString(int code) {
  switch (code) {
    case kNvrtcSuccess:
      return "NVRTC_SUCCESS";
    case kNvrtcOutOfMemory:
      return "NVRTC_ERROR_OUT_OF_MEMORY";
    case kNvrtcInvalidInput:
      return "NVRTC_ERROR_INVALID_INPUT";
    case kNvrtcInvalidProgram:
      return "NVRTC_ERROR_INVALID_PROGRAM";
    case kNvrtcInvalidOption:
      return "NVRTC_ERROR_INVALID_OPTION";
    case kNvrtcCompilation:
      return "NVRTC_ERROR_COMPILATION";
    case kNvrtcInternalError:
      return "NVRTC_ERROR_INTERNAL_ERROR";
    default:
      return "NVRTC_ERROR unknown";
  }
}

EMULATED nvrtcCreateProgram(Program** program, const char* source, const char* name, int count,
                            const char* const* headers, const char* const* names) {
  BEGIN_NVRTC_CALL;
  if (!program || !source) return kNvrtcInvalidInput;
  *program = new Program;
  emulator::live_programs()++;
  (*program)->source = source;
  (*program)->name = name && *name ? name : "default_program";
  for (int i = 0; i < count; i++) (*program)->headers[names[i]] = headers[i];
  return kNvrtcSuccess;
}

EMULATED nvrtcDestroyProgram(Program** program) {
  BEGIN_RELEASE;
  if (!program || !*program) return kNvrtcInvalidProgram;
  delete *program;
  *program = nullptr;
  emulator::live_programs()--;
  return planned ? status(planned) : kNvrtcSuccess;
}

EMULATED nvrtcCompileProgram(Program* program, int count, const char* const* texts) {
  BEGIN_NVRTC_CALL;
  if (!program) return kNvrtcInvalidProgram;
  Options options;
  if (!parse(count, texts, options, program->log)) return kNvrtcInvalidOption;
  string folder = fs::temp_directory_path() / "cuda-emulation-XXXXXX";
  if (!mkdtemp(folder.data())) return kNvrtcInternalError;
  const int result = compile(*program, options, folder);
  std::error_code ignored;
  fs::remove_all(folder, ignored);
  return result;
}

EMULATED nvrtcGetCUBINSize(Program* program, size_t* size) {
  BEGIN_NVRTC_CALL;
  if (!program) return kNvrtcInvalidProgram;
  *size = program->real ? program->image.size() : 0;
  return kNvrtcSuccess;
}

EMULATED nvrtcGetCUBIN(Program* program, char* image) {
  BEGIN_NVRTC_CALL;
  if (!program || !program->real) return kNvrtcInvalidProgram;
  memcpy(image, program->image.data(), program->image.size());
  return kNvrtcSuccess;
}

EMULATED nvrtcGetPTXSize(Program* program, size_t* size) {
  BEGIN_NVRTC_CALL;
  if (!program) return kNvrtcInvalidProgram;
  *size = emulator::to_portable(program->image).size() + 1;
  return kNvrtcSuccess;
}

EMULATED nvrtcGetPTX(Program* program, char* text) {
  BEGIN_NVRTC_CALL;
  if (!program || program->image.empty()) return kNvrtcInvalidProgram;
  strcpy(text, emulator::to_portable(program->image).c_str());
  return kNvrtcSuccess;
}

EMULATED nvrtcGetProgramLogSize(Program* program, size_t* size) {
  BEGIN_NVRTC_CALL;
  if (!program) return kNvrtcInvalidProgram;
  *size = program->log.size() + 1;
  return kNvrtcSuccess;
}

EMULATED nvrtcGetProgramLog(Program* program, char* log) {
  BEGIN_NVRTC_CALL;
  if (!program) return kNvrtcInvalidProgram;
  memcpy(log, program->log.c_str(), program->log.size() + 1);
  return kNvrtcSuccess;
}
