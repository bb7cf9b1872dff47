/* SPDX-License-Identifier: Apache-2.0 */
#include "batch/pick.h"

#include "batch/bits.h"

#include <gyre/batch.h>

/* Values of one width, so that copying one is a load and a store. */
#define PICK(width)                                                                                \
    static void pick_##width(char *restrict to, const char *restrict from,                         \
                             const uint32_t *restrict row, size_t count, bool gaps)                \
    {                                                                                              \
        if (!gaps)                                                                                 \
            for (size_t i = 0; i < count; i++)                                                     \
                memcpy(to + i * (width), from + (size_t)row[i] * (width), width);                  \
        else                                                                                       \
            for (size_t i = 0; i < count; i++)                                                     \
                if (row[i] == GYRE_NO_ROW)                                                         \
                    memset(to + i * (width), 0, width);                                            \
                else                                                                               \
                    memcpy(to + i * (width), from + (size_t)row[i] * (width), width);              \
    }

PICK(1)
PICK(2)
PICK(4)
PICK(8)
PICK(16)

static void pick_any(char *to, const char *from, size_t width, const uint32_t *rows, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (rows[i] == GYRE_NO_ROW)
            memset(to + i * width, 0, width);
        else
            memcpy(to + i * width, from + rows[i] * width, width);
}

void gyre__pick(void *to, const void *from, size_t width, const uint32_t *rows, size_t count,
                bool gaps)
{
    switch (width) {
    case 1:
        pick_1(to, from, rows, count, gaps);
        break;
    case 2:
        pick_2(to, from, rows, count, gaps);
        break;
    case 4:
        pick_4(to, from, rows, count, gaps);
        break;
    case 8:
        pick_8(to, from, rows, count, gaps);
        break;
    case 16:
        pick_16(to, from, rows, count, gaps);
        break;
    default:
        pick_any(to, from, width, rows, count);
    }
}

void gyre__pick_bits(uint8_t *to, size_t at, const uint8_t *from, size_t from_at,
                     const uint32_t *rows, size_t count)
{
    for (size_t done = 0; done < count; done += 64) {
        size_t part = count - done < 64 ? count - done : 64;
        uint64_t word = 0;
        for (size_t i = 0; i < part; i++)
            word |= (uint64_t)gyre_bit(from, from_at + rows[done + i]) << i;
        gyre__bits_copy(to, at + done, (const uint8_t *)&word, 0, part);
    }
}
