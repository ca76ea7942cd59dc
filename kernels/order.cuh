// The order of a mini-batch's samples: BatchOrder on the card.
#pragma once

#include "common.cuh"

constexpr unsigned kBatchOrder = 1;  // Philox.Purpose.BATCH_ORDER
constexpr int kRounds = 4;

using Bits = unsigned long long;

// Philox4x32-10 (J. Salmon and others, "Parallel random numbers: as easy as 1, 2, 3", SC 2011): the
// four words of block `index` of the stream (seed, number, purpose), two and two as 64 bits.
__device__ __forceinline__ void philox(Bits seed, unsigned index, Bits number, unsigned purpose,
                                       Bits* words) {
  unsigned k0 = (unsigned)seed;
  unsigned k1 = (unsigned)(seed >> 32);
  unsigned c0 = index;
  unsigned c1 = (unsigned)number;
  unsigned c2 = (unsigned)(number >> 32);
  unsigned c3 = purpose;
#pragma unroll
  for (int round = 0; round < 10; round++) {
    const Bits p0 = (Bits)0xD2511F53u * c0;
    const Bits p1 = (Bits)0xCD9E8D57u * c2;
    c0 = (unsigned)(p1 >> 32) ^ c1 ^ k0;
    c2 = (unsigned)(p0 >> 32) ^ c3 ^ k1;
    c1 = (unsigned)p1;
    c3 = (unsigned)p0;
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  words[0] = (Bits)c0 << 32 | c1;
  words[1] = (Bits)c2 << 32 | c3;
}

// The finaliser of SplitMix64 (Steele, Lea, Flood, OOPSLA 2014), its upper bits scaled to 0 ...
// bound - 1.
__device__ __forceinline__ Bits hash_below(Bits z, Bits bound) {
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
  return ((z ^ (z >> 31)) >> 32) * bound >> 32;
}

// Which sample stands at a position: the Feistel network of BatchOrder, with its names.
__device__ __forceinline__ Bits sample_at(Bits position, Bits samples, Bits a, Bits b,
                                          const Bits* keys) {
  do {
    Bits left = position / b;
    Bits right = position - left * b;
#pragma unroll
    for (int round = 0; round < 2 * kRounds; round += 2) {
      left += hash_below(right ^ keys[round], a);
      left = left >= a ? left - a : left;
      right += hash_below(left ^ keys[round + 1], b);
      right = right >= b ? right - b : right;
    }
    position = left * b + right;
  } while (position >= samples);
  return position;
}
