/* SPDX-License-Identifier: Apache-2.0 */
/* Kernels of pairs: the least or greatest value and where it was. Of equal values the lower index
 * wins, NaN wins over all numbers and becomes the same NaN, and where the index is the same, too,
 * the sign of a zero decides: no order of operands can be told from the result.
 *
 * Floating-point values are compared by keys made of their bits, so that all is integer work. */
#include "harp/kernel/kernel.h"

#define INLINE static inline __attribute__((always_inline))

/* What a kernel of pairs of intN and intN needs to know of the value's kind. */
#define INTEGER(N)                                                                                 \
    INLINE int##N##_t integer_key##N(int##N##_t bits, int##N##_t first)                            \
    {                                                                                              \
        return bits;                                                                               \
    }                                                                                              \
    INLINE int##N##_t integer_value##N(int##N##_t bits)                                            \
    {                                                                                              \
        return bits;                                                                               \
    }

/* Keys are in the order of the numbers, the same for both zeros, first for NaN. */
#define REAL(N, infinity)                                                                          \
    INLINE int##N##_t real_key##N(int##N##_t bits, int##N##_t first)                               \
    {                                                                                              \
        int##N##_t magnitude = bits & INT##N##_MAX;                                                \
        int##N##_t key = bits < 0 ? -magnitude : magnitude;                                        \
        return magnitude > (infinity) ? first : key;                                               \
    }                                                                                              \
    INLINE int##N##_t real_value##N(int##N##_t bits)                                               \
    {                                                                                              \
        const int##N##_t nan = (infinity) + (INT##N##_MAX - (infinity) + 1) / 2;                   \
        return (bits & INT##N##_MAX) > (infinity) ? nan : bits;                                    \
    }

INTEGER(32)
INTEGER(64)
REAL(32, 0x7f800000)
REAL(64, 0x7ff0000000000000)

typedef struct pair32 {
    int32_t value, index;
} pair32_t;

typedef struct pair64 {
    int64_t value, index;
} pair64_t;

/* less: < or >; first: the key before all others. */
#define LOCATE(name, kind, N, less, first)                                                         \
    INLINE pair##N##_t name##_choice(pair##N##_t l, pair##N##_t r)                                 \
    {                                                                                              \
        int##N##_t a = kind##_key##N(l.value, first), b = kind##_key##N(r.value, first);           \
        int index = (l.index < r.index) | ((l.index == r.index) & (l.value less r.value));         \
        int left = (a less b) | ((a == b) & index);                                                \
        return (pair##N##_t){kind##_value##N(left ? l.value : r.value), left ? l.index : r.index}; \
    }                                                                                              \
    GYRE__KERNEL(name, pair##N##_t, name##_choice(l, r))

#define PAIRS(name, kind, N)                                                                       \
    LOCATE(name##_minloc, kind, N, <, INT##N##_MIN)                                                \
    LOCATE(name##_maxloc, kind, N, >, INT##N##_MAX)                                                \
    const gyre__kernel_row_t gyre__kernels_##name = {                                              \
        [GYRE_MINLOC] = name##_minloc, [GYRE_MAXLOC] = name##_maxloc};

PAIRS(int32_int32, integer, 32)
PAIRS(int64_int64, integer, 64)
PAIRS(float32_int32, real, 32)
PAIRS(float64_int64, real, 64)
