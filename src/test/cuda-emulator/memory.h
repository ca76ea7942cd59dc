// The device's memory, and host memory that the device may reach.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernel_abi.h"

namespace emulator {

using Address = uint64_t;

// Memory of `bytes` bytes whose floats are NaN; 0 if there is no room. Addresses are not used
// twice, so that an access to freed memory is always found out.
Address allocate_device(size_t bytes);
bool free_device(Address address);

// Whether all of [address, address + bytes) lies in one live allocation of device memory, in pinned
// host memory, or in a module's global variable.
EMULATOR_EXPORT bool reachable(Address address, size_t bytes);

// The allocation of device memory that holds an address.
bool find_device(Address address, Address* begin, size_t* bytes);

// Fills reachable memory with a byte.
void fill_bytes(Address address, unsigned char value, size_t bytes);

void* allocate_host(size_t bytes);
bool free_host(void* memory);
bool pinned(const void* memory, size_t bytes);
bool register_host(void* memory, size_t bytes);
bool unregister_host(void* memory);

void register_global(Address address, size_t bytes);
void unregister_globals(Address begin, Address end);

size_t device_total();
size_t device_used();

// For tests.
void set_device_total(size_t bytes);
size_t device_allocations();
size_t host_allocations();
size_t host_bytes();
void reset_memory();

}  // namespace emulator
