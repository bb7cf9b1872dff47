/* SPDX-License-Identifier: Apache-2.0 */
/* Kernels of bfloat16: computed in float32 and rounded to nearest even. A bfloat16 is the upper
 * half of a float32, so two of them in a word become two float32 without moving between lanes. */
#include "harp/kernel/kernel.h"
#include "harp/kernel/small.h"

#include <string.h>

typedef union word {
    float value;
    uint32_t bits;
} word_t;

#define UPPER 0xffff0000u

static inline __attribute__((always_inline)) float number(uint32_t bits)
{
    return ((word_t){.bits = bits}).value;
}

/* In the upper half; what remains in the lower has no meaning. */
static inline __attribute__((always_inline)) uint32_t rounded(float value)
{
    uint32_t bits = ((word_t){value}).bits;
    uint32_t nearest = bits + 0x7fff + (bits >> 16 & 1);
    return __builtin_isnan(value) ? bits | 0x400000 : nearest;
}

#define BOTH(op)                                                                                   \
    ((rounded(number(l & UPPER) op number(r & UPPER)) & UPPER) |                                   \
     rounded(number(l << 16) op number(r << 16)) >> 16)

/* The last of an odd number is computed beside ones, with which nothing can go wrong. */
#define ARITHMETIC(name, op)                                                                       \
    GYRE__KERNEL(name##_words, uint32_t, BOTH(op))                                                 \
    static void name(void *arg, const void *left, const void *right, void *out, size_t count,      \
                     gyre_type_t type)                                                             \
    {                                                                                              \
        size_t even = count / 2 * sizeof(uint32_t), rest = count % 2 * sizeof(uint16_t);           \
        uint32_t l = 0x3f803f80, r = l;                                                            \
        name##_words(arg, left, right, out, count / 2, type);                                      \
        memcpy(&l, (const char *)left + even, rest);                                               \
        memcpy(&r, (const char *)right + even, rest);                                              \
        name##_words(arg, &l, &r, &l, rest > 0, type);                                             \
        memcpy((char *)out + even, &l, rest);                                                      \
    }

ARITHMETIC(sum, +)
ARITHMETIC(prod, *)
ARITHMETIC(minus, -)
ARITHMETIC(divide, /)
GYRE__KERNEL(min, int16_t, gyre__min16(l, r, 0x7f80))
GYRE__KERNEL(max, int16_t, gyre__max16(l, r, 0x7f80))

const gyre__kernel_row_t gyre__kernels_bfloat16 = {
    [GYRE_SUM] = sum, [GYRE_PROD] = prod,   [GYRE_MIN] = min,
    [GYRE_MAX] = max, [GYRE_MINUS] = minus, [GYRE_DIVIDE] = divide,
};
