/* SPDX-License-Identifier: Apache-2.0 */
/* Minimum and maximum of floating-point numbers, for kernels and pairs.
 *
 * As IEEE 754-2019's minimum and maximum: a NaN in gives NaN out, -0 is less than +0. Every NaN
 * becomes the same one: no order of operands can be told from the result. */
#ifndef GYRE_HARP_REAL_H
#define GYRE_HARP_REAL_H

#include <stdint.h>

/* Equal numbers differ in the sign of a zero at most: the join of their bits is the one wanted. */
#define GYRE__EXTREME(name, T, bits_t, less, join, nan)                                            \
    static inline __attribute__((always_inline)) T name(T l, T r)                                  \
    {                                                                                              \
        union {                                                                                    \
            T value;                                                                               \
            bits_t bits;                                                                           \
        } x = {l}, y = {r};                                                                        \
        T extreme = l less r ? l : r;                                                              \
        x.bits = x.bits join y.bits;                                                               \
        extreme = l == r ? x.value : extreme;                                                      \
        return __builtin_isunordered(l, r) ? (nan) : extreme;                                      \
    }

GYRE__EXTREME(gyre__min32, float, uint32_t, <, |, __builtin_nanf(""))
GYRE__EXTREME(gyre__max32, float, uint32_t, >, &, __builtin_nanf(""))
GYRE__EXTREME(gyre__min64, double, uint64_t, <, |, __builtin_nan(""))
GYRE__EXTREME(gyre__max64, double, uint64_t, >, &, __builtin_nan(""))

#endif
