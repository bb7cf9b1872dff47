/* SPDX-License-Identifier: Apache-2.0 */
/* Minimum and maximum of floating-point numbers of 16 bits, by their bits, with the results of
 * real.h's. infinity: the bits of the infinity, above which are the NaNs. */
#ifndef GYRE_HARP_SMALL_H
#define GYRE_HARP_SMALL_H

#include <stdint.h>

/* The one that every NaN becomes. */
static inline __attribute__((always_inline)) int16_t gyre__nan16(int16_t infinity)
{
    return (int16_t)(infinity | (0x8000 - infinity) / 2);
}

/* In the order of the numbers, -0 below +0; its own inverse. */
static inline __attribute__((always_inline)) int16_t gyre__key16(int16_t bits)
{
    return (int16_t)(bits ^ (bits < 0 ? 0x7fff : 0));
}

static inline __attribute__((always_inline)) int16_t gyre__or_nan16(int16_t l, int16_t r,
                                                                    int16_t key, int16_t infinity)
{
    int16_t bits = gyre__key16(key);
    bits = (int16_t)(l & 0x7fff) > infinity ? gyre__nan16(infinity) : bits;
    bits = (int16_t)(r & 0x7fff) > infinity ? gyre__nan16(infinity) : bits;
    return bits;
}

static inline __attribute__((always_inline)) int16_t gyre__min16(int16_t l, int16_t r,
                                                                 int16_t infinity)
{
    int16_t a = gyre__key16(l), b = gyre__key16(r);
    return gyre__or_nan16(l, r, a < b ? a : b, infinity);
}

static inline __attribute__((always_inline)) int16_t gyre__max16(int16_t l, int16_t r,
                                                                 int16_t infinity)
{
    int16_t a = gyre__key16(l), b = gyre__key16(r);
    return gyre__or_nan16(l, r, a > b ? a : b, infinity);
}

#endif
