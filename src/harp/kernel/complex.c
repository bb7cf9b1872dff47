/* SPDX-License-Identifier: Apache-2.0 */
/* Kernels of complex numbers: sums part by part; products plainly (ac - bd) + (ad + bc)i, without
 * C's search for infinities behind NaNs, which no vector unit can do; quotients as C divides. */
#include "harp/kernel/kernel.h"

#include <complex.h>

#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#endif

#define COMPLEX_TYPE(N, T)                                                                         \
    typedef struct complex##N {                                                                    \
        T re, im;                                                                                  \
    } complex##N##_t;

COMPLEX_TYPE(64, float)
COMPLEX_TYPE(128, double)

/* -x as bits: GCC 12 makes a - b beside a + b a fused multiply-add, told not to or not. */
#define NEGATED(name, T, bits_t)                                                                   \
    static inline __attribute__((always_inline)) T name(T value)                                   \
    {                                                                                              \
        union {                                                                                    \
            T value;                                                                               \
            bits_t bits;                                                                           \
        } x = {value};                                                                             \
        x.bits ^= (bits_t)1 << (sizeof(T) * 8 - 1);                                                \
        return x.value;                                                                            \
    }

NEGATED(negated64, float, uint32_t)
NEGATED(negated128, double, uint64_t)

/* The parts of an element are an operand each; left's and right's are read before out's are
 * written. */
#define COMPLEX(N, T, divided)                                                                     \
    GYRE__KERNEL_OF(sum##N, T, 2, l + r)                                                           \
    GYRE__KERNEL_OF(minus##N, T, 2, l - r)                                                         \
    GYRE__KERNEL(                                                                                  \
        prod##N, complex##N##_t,                                                                   \
        ((complex##N##_t){l.re * r.re + negated##N(l.im * r.im), l.re * r.im + l.im * r.re}))      \
    static complex##N##_t quotient##N(complex##N##_t l, complex##N##_t r)                          \
    {                                                                                              \
        union {                                                                                    \
            complex##N##_t parts;                                                                  \
            divided whole;                                                                         \
        } x = {l}, y = {r};                                                                        \
        x.whole = x.whole / y.whole;                                                               \
        return x.parts;                                                                            \
    }                                                                                              \
    GYRE__SCALAR_KERNEL(divide##N, complex##N##_t, quotient##N(l, r))                              \
    const gyre__kernel_row_t gyre__kernels_complex##N = {[GYRE_SUM] = sum##N,                      \
                                                         [GYRE_PROD] = prod##N,                    \
                                                         [GYRE_MINUS] = minus##N,                  \
                                                         [GYRE_DIVIDE] = divide##N};

COMPLEX(64, float, float complex)
COMPLEX(128, double, double complex)
