// Device memory comes from one reserved range of addresses, with a table of what is live in it that
// the kernels' checks read (checks.cpp). Every allocation starts on a page of its own.
#include "memory.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <iterator>
#include <map>
#include <string>

namespace emulator {

DeviceRange emulator_device_range = {0, 0, nullptr};

namespace {

constexpr size_t kGranule = size_t{1} << DeviceRange::kGranuleBits;
constexpr size_t kPage = 4096;
constexpr size_t kRange = size_t{1} << 38;
constexpr size_t kDefaultTotal = size_t{4} << 30;

size_t total = kDefaultTotal;
size_t used = 0;
size_t next = kPage;                 // offset of the next allocation; 0 stays free
std::map<Address, size_t> device;    // begin, bytes
std::map<Address, size_t> host;      // from allocate_host
std::map<Address, size_t> borrowed;  // registered host memory
std::map<Address, size_t> globals;

uint16_t* table = nullptr;

bool reserve() {
  if (table) return true;
  const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
  void* range = mmap(nullptr, kRange, PROT_NONE, flags, -1, 0);
  const size_t table_bytes = kRange / kGranule * sizeof(uint16_t);
  void* counts = mmap(nullptr, table_bytes, PROT_READ | PROT_WRITE, flags, -1, 0);
  if (range == MAP_FAILED || counts == MAP_FAILED) return false;
  table = static_cast<uint16_t*>(counts);
  emulator_device_range = {reinterpret_cast<uintptr_t>(range), kRange, table};
  return true;
}

size_t round_up(size_t bytes, size_t unit) { return (bytes + unit - 1) / unit * unit; }

// From here on pages are filled by mapping others in their place: a backend allocates and zeroes
// tens of megabytes that a test never touches.
constexpr size_t kMapped = size_t{1} << 20;

// A file that holds kMapped bytes of 0xff.
int unwritten_pages() {
  static const int file = [] {
    const int fresh = memfd_create("cuda-emulation-unwritten", MFD_CLOEXEC);
    const std::string bytes(kMapped, '\xff');
    return fresh >= 0 && write(fresh, bytes.data(), kMapped) == ssize_t{kMapped} ? fresh : -1;
  }();
  return file;
}

// Maps private pages of a file, or of zeros, over [begin, begin + bytes), which is whole pages.
bool map_over(void* begin, size_t bytes, int file) {
  const int flags = MAP_PRIVATE | MAP_FIXED | (file < 0 ? MAP_ANONYMOUS | MAP_NORESERVE : 0);
  const size_t piece = file < 0 ? bytes : kMapped;
  for (size_t done = 0; done < bytes; done += piece) {
    const size_t length = std::min(piece, bytes - done);
    void* at = static_cast<char*>(begin) + done;
    if (mmap(at, length, PROT_READ | PROT_WRITE, flags, file, 0) != at) return false;
  }
  return true;
}

// Makes whole pages of new device memory readable, NaN throughout.
bool open_pages(void* begin, size_t bytes) {
  if (bytes >= kMapped && unwritten_pages() >= 0) return map_over(begin, bytes, unwritten_pages());
  if (mprotect(begin, bytes, PROT_READ | PROT_WRITE) != 0) return false;
  memset(begin, 0xff, bytes);
  return true;
}

// Marks an allocation as live, or as dead.
void mark(Address begin, size_t bytes, bool live) {
  const size_t first = (begin - emulator_device_range.begin) / kGranule;
  for (size_t done = 0; done < bytes; done += kGranule) {
    const size_t rest = bytes - done < kGranule ? bytes - done : kGranule;
    table[first + done / kGranule] = live ? static_cast<uint16_t>(rest) : 0;
  }
}

bool within(const std::map<Address, size_t>& blocks, Address address, size_t bytes) {
  auto block = blocks.upper_bound(address);
  if (block == blocks.begin()) return false;
  --block;
  const size_t offset = address - block->first;
  return offset <= block->second && bytes <= block->second - offset;
}

void release(Address begin, size_t bytes) {
  mark(begin, bytes, false);
  // Fresh pages that nothing may touch take the old ones' place, which go back to the system.
  mmap(reinterpret_cast<void*>(begin), round_up(bytes, kPage), PROT_NONE,
       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
  used -= bytes;
}

}  // namespace

Address allocate_device(size_t bytes) {
  if (bytes > total || used > total - bytes || !reserve()) return 0;
  const size_t pages = round_up(bytes, kPage);
  if (pages + kPage > kRange - next) return 0;
  const Address begin = emulator_device_range.begin + next;
  void* memory = reinterpret_cast<void*>(begin);
  if (!open_pages(memory, pages)) return 0;
  next += pages + kPage;
  mark(begin, bytes, true);
  device[begin] = bytes;
  used += bytes;
  return begin;
}

bool free_device(Address address) {
  auto block = device.find(address);
  if (block == device.end()) return false;
  release(block->first, block->second);
  device.erase(block);
  return true;
}

bool reachable(Address address, size_t bytes) {
  return bytes == 0 || within(device, address, bytes) || within(host, address, bytes) ||
         within(borrowed, address, bytes) || within(globals, address, bytes);
}

void fill_bytes(Address address, unsigned char value, size_t bytes) {
  char* memory = reinterpret_cast<char*>(address);
  if (value == 0 && bytes >= kMapped && find_device(address, nullptr, nullptr)) {
    const size_t before = round_up(address, kPage) - address;
    const size_t pages = (bytes - before) / kPage * kPage;
    if (map_over(memory + before, pages, -1)) {
      memset(memory, 0, before);
      memset(memory + before + pages, 0, bytes - before - pages);
      return;
    }
  }
  memset(memory, value, bytes);
}

bool find_device(Address address, Address* begin, size_t* bytes) {
  if (!within(device, address, 1)) return false;
  const auto block = std::prev(device.upper_bound(address));
  if (begin) *begin = block->first;
  if (bytes) *bytes = block->second;
  return true;
}

void* allocate_host(size_t bytes) {
  const int flags = MAP_PRIVATE | MAP_ANONYMOUS;
  void* memory = mmap(nullptr, round_up(bytes, kPage), PROT_READ | PROT_WRITE, flags, -1, 0);
  if (memory == MAP_FAILED) return nullptr;
  memset(memory, 0xff, bytes);
  host[reinterpret_cast<Address>(memory)] = bytes;
  return memory;
}

bool free_host(void* memory) {
  auto block = host.find(reinterpret_cast<Address>(memory));
  if (block == host.end()) return false;
  munmap(memory, round_up(block->second, kPage));
  host.erase(block);
  return true;
}

bool pinned(const void* memory, size_t bytes) {
  const Address address = reinterpret_cast<Address>(memory);
  return within(host, address, bytes) || within(borrowed, address, bytes);
}

bool register_host(void* memory, size_t bytes) {
  return borrowed.emplace(reinterpret_cast<Address>(memory), bytes).second;
}

bool unregister_host(void* memory) {
  return borrowed.erase(reinterpret_cast<Address>(memory)) != 0;
}

void register_global(Address address, size_t bytes) { globals[address] = bytes; }

void unregister_globals(Address begin, Address end) {
  globals.erase(globals.lower_bound(begin), globals.lower_bound(end));
}

size_t device_total() { return total; }

size_t device_used() { return used; }

void set_device_total(size_t bytes) { total = bytes; }

size_t device_allocations() { return device.size(); }

size_t host_allocations() { return host.size() + borrowed.size(); }

size_t host_bytes() {
  size_t bytes = 0;
  for (const auto& block : host) bytes += block.second;
  for (const auto& block : borrowed) bytes += block.second;
  return bytes;
}

void reset_memory() {
  while (!device.empty()) free_device(device.begin()->first);
  while (!host.empty()) free_host(reinterpret_cast<void*>(host.begin()->first));
  borrowed.clear();
  next = kPage;
  total = kDefaultTotal;
}

}  // namespace emulator
