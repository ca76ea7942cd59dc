// The two things of CUDA C++ that macros can't express.
#include "kernel_source.h"

#include <cctype>
#include <set>

namespace emulator {
namespace {

using std::string;

bool identifier(char c) { return isalnum(static_cast<unsigned char>(c)) || c == '_'; }

// The identifier that ends before `end`, with what isn't part of one skipped.
string identifier_before(const string& text, size_t end) {
  while (end > 0 && !identifier(text[end - 1])) end--;
  size_t begin = end;
  while (begin > 0 && identifier(text[begin - 1])) begin--;
  return text.substr(begin, end - begin);
}

void remove_attributes(string& declaration) {
  for (size_t at; (at = declaration.find("__attribute__")) != string::npos;) {
    size_t end = declaration.find('(', at);
    for (int depth = 0; end < declaration.size();) {
      depth += declaration[end] == '(' ? 1 : declaration[end] == ')' ? -1 : 0;
      end++;
      if (depth == 0) break;
    }
    declaration.erase(at, end - at);
  }
}

// `float tile[]` to a pointer.
string dynamic_shared(string declaration) {
  remove_attributes(declaration);
  const size_t bracket = declaration.find('[');
  const string name = identifier_before(declaration, bracket);
  const string type = declaration.substr(0, declaration.rfind(name, bracket));
  return type + "* const " + name + " = emulator::dynamic_shared<" + type + ">();";
}

}  // namespace

string rewrite_kernels(const string& preprocessed, const string& source_name) {
  const string kernel = "__emulated_global__";
  const string shared = "extern static thread_local";  // what the shim makes of `extern __shared__`
  size_t at = preprocessed.find("\n# 1 \"" + source_name + "\"");
  string result = preprocessed.substr(0, at);
  std::set<string> kernels;
  while (at < preprocessed.size()) {
    const size_t next_kernel = preprocessed.find(kernel, at),
                 next_shared = preprocessed.find(shared, at);
    const size_t next = next_kernel < next_shared ? next_kernel : next_shared;
    if (next == string::npos) break;
    result.append(preprocessed, at, next - at);
    if (next == next_kernel) {
      result += "__attribute__((visibility(\"default\"), noinline))";  // found by name; checked
      at = next + kernel.size();
      kernels.insert(identifier_before(preprocessed, preprocessed.find('(', at)));
    } else {
      const size_t begin = next + shared.size(), end = preprocessed.find(';', begin);
      result += dynamic_shared(preprocessed.substr(begin, end - begin));
      at = end + 1;
    }
  }
  if (at < preprocessed.size()) result.append(preprocessed, at, string::npos);
  result += "\n# 1 \"registration of kernels\"\n";
  for (const string& name : kernels) {
    result +=
        "extern \"C\" __attribute__((visibility(\"default\"))) const emulator::Kernel "
        "emulator_kernel_" +
        name + " = emulator::record<&" + name + ">();\n";
  }
  return result;
}

}  // namespace emulator
