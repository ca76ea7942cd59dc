// Which activations dropout keeps: Dropout on the card.
#pragma once

#include "order.cuh"

constexpr unsigned kDropout = 3;  // Philox.Purpose.DROPOUT
constexpr int kDropoutWords = 4;  // units that share a block

// The words of a block of units: two and two as 64 bits.
//
// steps: before this one
// row:   the sample's place in the batch
// layer: from 1
__device__ __forceinline__ void dropout_words(Bits seed, unsigned steps, unsigned row,
                                              unsigned layer, unsigned block, Bits* words) {
  philox(seed, layer << 24 | block, (Bits)steps << 32 | row, kDropout, words);
}

// The word of unit number `of_block` in its block.
__device__ __forceinline__ unsigned dropout_word(const Bits* words, unsigned of_block) {
  const Bits two = of_block & 2 ? words[1] : words[0];
  return (unsigned)(of_block & 1 ? two : two >> 32);
}
