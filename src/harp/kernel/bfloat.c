/* SPDX-License-Identifier: Apache-2.0 */
/* Kernels of bfloat16: computed in float32 and rounded to nearest even. A bfloat16 is the upper
 * half of a float32. */
#include "harp/kernel/kernel.h"
#include "harp/kernel/real.h"

typedef union word {
    float value;
    uint32_t bits;
} word_t;

static inline __attribute__((always_inline)) float widen(uint16_t half)
{
    word_t word = {.bits = (uint32_t)half << 16};
    return word.value;
}

static inline __attribute__((always_inline)) uint16_t narrow(float value)
{
    word_t word = {value};
    uint32_t rounded = (word.bits + 0x7fff + (word.bits >> 16 & 1)) >> 16;
    uint32_t quiet = word.bits >> 16 | 0x40;
    return (uint16_t)((word.bits & 0x7fffffff) > 0x7f800000 ? quiet : rounded);
}

GYRE__KERNEL(sum, uint16_t, narrow(widen(l) + widen(r)))
GYRE__KERNEL(prod, uint16_t, narrow(widen(l) * widen(r)))
GYRE__KERNEL(min, uint16_t, narrow(gyre__min32(widen(l), widen(r))))
GYRE__KERNEL(max, uint16_t, narrow(gyre__max32(widen(l), widen(r))))
GYRE__KERNEL(minus, uint16_t, narrow(widen(l) - widen(r)))
GYRE__KERNEL(divide, uint16_t, narrow(widen(l) / widen(r)))

const gyre__kernel_row_t gyre__kernels_bfloat16 = {
    [GYRE_SUM] = sum, [GYRE_PROD] = prod,   [GYRE_MIN] = min,
    [GYRE_MAX] = max, [GYRE_MINUS] = minus, [GYRE_DIVIDE] = divide,
};
