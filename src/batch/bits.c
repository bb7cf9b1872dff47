/* SPDX-License-Identifier: Apache-2.0 */
/* Runs of bits, a word at a time. */
#include "batch/bits.h"

enum { WORD = 64 };

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Bits at..at + count within one byte. */
static void put_within(uint8_t *byte, size_t at, size_t count, uint64_t bits)
{
    uint8_t mask = (uint8_t)(((1u << count) - 1) << at);
    *byte = (uint8_t)((*byte & ~mask) | ((bits << at) & mask));
}

static void store(uint8_t *to, size_t at, size_t count, uint64_t word)
{
    to += at / 8;
    at %= 8;
    while (count > 0) {
        size_t part = least(count, 8 - at);
        put_within(to++, at, part, word);
        word >>= part;
        count -= part;
        at = 0;
    }
}

void gyre__bits_copy(uint8_t *to, size_t at, const uint8_t *from, size_t from_at, size_t count)
{
    size_t head = least(count, (8 - at % 8) % 8), done = head;
    store(to, at, head, gyre__bits_load(from, from_at, head));
    if (from_at % 8 == at % 8 && count - done >= 8) {
        size_t bytes = (count - done) / 8;
        memcpy(to + (at + done) / 8, from + (from_at + done) / 8, bytes);
        done += bytes * 8;
    }
    for (; count - done >= WORD; done += WORD) {
        uint64_t word = gyre__bits_load(from, from_at + done, WORD);
        memcpy(to + (at + done) / 8, &word, sizeof(word));
    }
    store(to, at + done, count - done, gyre__bits_load(from, from_at + done, count - done));
}

void gyre__bits_fill(uint8_t *to, size_t at, size_t count, bool value)
{
    uint64_t word = value ? UINT64_MAX : 0;
    size_t head = least(count, (8 - at % 8) % 8), bytes = (count - head) / 8;
    store(to, at, head, word);
    memset(to + (at + head) / 8, (int)(word & 0xff), bytes);
    store(to, at + head + bytes * 8, count - head - bytes * 8, word);
}

void gyre__bits_pack(uint8_t *to, size_t at, const uint8_t *bytes, size_t count)
{
    for (size_t done = 0; done < count;) {
        size_t part = least(count - done, WORD - at % 8);
        uint64_t word = 0;
        for (size_t i = 0; i < part; i++)
            word |= (uint64_t)(bytes[done + i] != 0) << i;
        store(to, at, part, word);
        done += part;
        at += part;
    }
}

size_t gyre__bits_count(const uint8_t *bits, size_t at, size_t count)
{
    size_t ones = 0, done = 0;
    for (; count - done >= WORD; done += WORD)
        ones += (size_t)__builtin_popcountll(gyre__bits_load(bits, at + done, WORD));
    return ones + (size_t)__builtin_popcountll(gyre__bits_load(bits, at + done, count - done));
}

bool gyre__bits_equal(const uint8_t *left, size_t left_at, const uint8_t *right, size_t right_at,
                      size_t count)
{
    for (size_t done = 0; done < count; done += WORD) {
        size_t part = least(count - done, WORD);
        if (gyre__bits_load(left, left_at + done, part) !=
            gyre__bits_load(right, right_at + done, part))
            return false;
    }
    return true;
}
