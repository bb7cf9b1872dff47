/* SPDX-License-Identifier: Apache-2.0 */
/* Hashes of rows of one column, and which values are one key. */
#ifndef GYRE_BATCH_HASH_H
#define GYRE_BATCH_HASH_H

#include <gyre/hash.h>
#include <string.h>

/* Strings and binaries of at most so many bytes, and null, are told apart by their hashes from all
 * others of a column. */
enum { GYRE__HASH_SHORT = 7 };

enum { GYRE__HASH_BLOCK = 256 };

/* Whether the hash of such a column alone loses nothing: it tells all values apart from each other,
 * though not from null. */
bool gyre__hash_exact(const gyre_field_t *field);

/* Mixes count values from row first into as many hashes. */
void gyre__column_hash(const gyre_column_t *column, size_t first, size_t count, uint64_t *hashes);

/* The same for at most GYRE__HASH_BLOCK strings or binaries. Gives how many are longer, and their
 * numbers, counted from first. */
size_t gyre__bytes_hash(const gyre_column_t *column, size_t first, size_t count, uint64_t *hashes,
                        uint32_t *longer);

/* Both zeros are one number, and all that are none are alike. */
static inline uint64_t gyre__word_of_float64(double value)
{
    uint64_t bits, magnitude;
    memcpy(&bits, &value, sizeof(bits));
    magnitude = bits & INT64_MAX;
    return magnitude > UINT64_C(0x7ff0000000000000) ? UINT64_C(0x7ff8000000000000)
           : magnitude == 0                         ? 0
                                                    : bits;
}

static inline uint64_t gyre__word_of_float16(uint16_t bits)
{
    uint16_t magnitude = bits & 0x7fff;
    return magnitude > 0x7c00 ? 0x7e00 : magnitude == 0 ? 0 : bits;
}

#endif
