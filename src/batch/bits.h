/* SPDX-License-Identifier: Apache-2.0 */
/* Runs of bits, least significant first, that start and end anywhere in a byte. Nothing outside of
 * the run's bytes is read, no bit outside of it written. */
#ifndef GYRE_BATCH_BITS_H
#define GYRE_BATCH_BITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "words of bits are loaded as they lie");

static inline size_t gyre__bits_bytes(size_t count)
{
    return count / 8 + (count % 8 != 0);
}

/* count bits, 64 at most, as the low ones of a word; the others are 0. */
static inline uint64_t gyre__bits_load(const uint8_t *bits, size_t at, size_t count)
{
    uint64_t word = 0;
    size_t shift = at % 8, bytes = gyre__bits_bytes(shift + count);
    if (count == 0)
        return 0;
    memcpy(&word, bits + at / 8, bytes > 8 ? 8 : bytes);
    word >>= shift;
    if (bytes > 8)
        word |= (uint64_t)bits[at / 8 + 8] << (64 - shift);
    return count == 64 ? word : word & ((UINT64_C(1) << count) - 1);
}

void gyre__bits_copy(uint8_t *to, size_t at, const uint8_t *from, size_t from_at, size_t count);
void gyre__bits_fill(uint8_t *to, size_t at, size_t count, bool value);
/* A byte each, of which anything but 0 is 1. */
void gyre__bits_pack(uint8_t *to, size_t at, const uint8_t *bytes, size_t count);
size_t gyre__bits_count(const uint8_t *bits, size_t at, size_t count); /* those that are 1 */
bool gyre__bits_equal(const uint8_t *left, size_t left_at, const uint8_t *right, size_t right_at,
                      size_t count);

#endif
