/* SPDX-License-Identifier: Apache-2.0 */
/* Radix sort, most significant digit first, to and fro between two arrays. A digit is as many of
 * the highest bits in which the words differ as leave a few words for each of its values, but no
 * more than there can be write streams: of an array beyond the cache one for each cache line of the
 * first level, else one for each of the second. */
#include "batch/radix.h"

#include <stdbool.h>
#include <string.h>

enum {
    INSERTED_MAX = 24, /* entries that insertion sorts faster */
    CACHED_MAX = 1 << 16,
    DIGIT_MIN = 3,
    DIGIT_FAR = 8, /* bits */
    DIGIT_NEAR = 11
};

static void insertion_sort(gyre__entry_t *entries, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        gyre__entry_t entry = entries[i];
        size_t at = i;
        for (; at > 0 && entries[at - 1].word > entry.word; at--)
            entries[at] = entries[at - 1];
        entries[at] = entry;
    }
}

/* Bits in which words differ; none if they are in order. */
static uint64_t differing(const gyre__entry_t *entries, size_t count)
{
    uint64_t bits = 0;
    bool in_order = true;
    for (size_t i = 1; i < count; i++) {
        bits |= entries[i].word ^ entries[0].word;
        in_order &= entries[i - 1].word <= entries[i].word;
    }
    return in_order ? 0 : bits;
}

static unsigned digit_bits(size_t count)
{
    unsigned bits = 63 - (unsigned)__builtin_clzll(count) - 2;
    unsigned most = count > CACHED_MAX ? DIGIT_FAR : DIGIT_NEAR;
    return bits < DIGIT_MIN ? DIGIT_MIN : bits > most ? most : bits;
}

static void sort(gyre__entry_t *from, gyre__entry_t *to, size_t count, bool stay);

/* Entries to to by a digit, then what equals in it by the digits below. */
static void distribute(gyre__entry_t *from, gyre__entry_t *to, size_t count, uint64_t differ,
                       bool stay)
{
    uint32_t end[1 << DIGIT_NEAR] = {0}, sum = 0;
    unsigned top = 64 - (unsigned)__builtin_clzll(differ), bits = digit_bits(count);
    unsigned shift = top > bits ? top - bits : 0;
    uint64_t mask = (UINT64_C(1) << bits) - 1;
    for (size_t i = 0; i < count; i++)
        end[(from[i].word >> shift) & mask]++;
    for (size_t i = 0; i <= mask; i++) {
        uint32_t here = end[i];
        end[i] = sum;
        sum += here;
    }
    for (size_t i = 0; i < count; i++)
        to[end[(from[i].word >> shift) & mask]++] = from[i];
    for (size_t i = 0, first = 0; i <= mask; first = end[i++])
        if (end[i] > first)
            sort(to + first, from + first, end[i] - first, !stay);
}

/* To to unless they stay. */
static void sort(gyre__entry_t *from, gyre__entry_t *to, size_t count, bool stay)
{
    uint64_t differ = count > INSERTED_MAX ? differing(from, count) : 0;
    if (differ) {
        distribute(from, to, count, differ, stay);
        return;
    }
    if (count <= INSERTED_MAX)
        insertion_sort(from, count);
    if (!stay)
        memcpy(to, from, count * sizeof(*from));
}

void gyre__radix_sort(gyre__entry_t *entries, gyre__entry_t *spare, size_t count)
{
    sort(entries, spare, count, true);
}
