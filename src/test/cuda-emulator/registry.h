// Handles given out and not yet taken back: an unknown one is an error, a left one is a leak.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <utility>

namespace emulator {

template <typename T>
class Registry {
 public:
  template <typename... A>
  T* create(A&&... arguments) {
    auto object = std::make_unique<T>(std::forward<A>(arguments)...);
    T* handle = object.get();
    live_[handle] = std::move(object);
    return handle;
  }
  bool holds(T* handle) const { return live_.count(handle) != 0; }
  bool destroy(T* handle) { return live_.erase(handle) != 0; }
  size_t size() const { return live_.size(); }
  void clear() { live_.clear(); }
  auto begin() const { return live_.begin(); }
  auto end() const { return live_.end(); }

 private:
  std::map<T*, std::unique_ptr<T>> live_;
};

}  // namespace emulator
