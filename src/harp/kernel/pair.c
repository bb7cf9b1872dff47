/* SPDX-License-Identifier: Apache-2.0 */
/* Kernels of pairs: the least or greatest value and where it was. Of equal values the lower index
 * wins, NaN wins over all numbers and becomes the same NaN, and where the index is the same, too,
 * the sign of a zero decides: no order of operands can be told from the result. */
#include "harp/kernel/kernel.h"

#define PAIR(name, V, I, l_wins, value_of)                                                         \
    typedef struct name {                                                                          \
        V value;                                                                                   \
        I index;                                                                                   \
    } name##_t;                                                                                    \
    static inline __attribute__((always_inline)) name##_t name##_min(name##_t l, name##_t r)       \
    {                                                                                              \
        name##_t best = l_wins(<, l, r) ? l : r;                                                   \
        best.value = value_of(best.value);                                                         \
        return best;                                                                               \
    }                                                                                              \
    static inline __attribute__((always_inline)) name##_t name##_max(name##_t l, name##_t r)       \
    {                                                                                              \
        name##_t best = l_wins(>, l, r) ? l : r;                                                   \
        best.value = value_of(best.value);                                                         \
        return best;                                                                               \
    }                                                                                              \
    GYRE__KERNEL(name##_minloc, name##_t, name##_min(l, r))                                        \
    GYRE__KERNEL(name##_maxloc, name##_t, name##_max(l, r))                                        \
    const gyre__kernel_row_t gyre__kernels_##name = {                                              \
        [GYRE_MINLOC] = name##_minloc, [GYRE_MAXLOC] = name##_maxloc};

#define INTEGER_WINS(less, l, r)                                                                   \
    (((l).value less(r).value) | (((l).value == (r).value) & ((l).index < (r).index)))
#define INTEGER(value) (value)

/* 1 less 0 holds for >, where +0 is the greater. */
#define SIGN_WINS(less, x) ((__builtin_signbit(x) != 0) != (1 less 0))
#define NAN_OF(x)          __builtin_isnan(x)
#define REAL_TIE(less, l, r)                                                                       \
    (((l).index < (r).index) | (((l).index == (r).index) & SIGN_WINS(less, (l).value)))
#define REAL_WINS(less, l, r)                                                                      \
    (((l).value less(r).value) | (NAN_OF((l).value) & !NAN_OF((r).value)) |                        \
     ((((l).value == (r).value) | (NAN_OF((l).value) & NAN_OF((r).value))) &                       \
      REAL_TIE(less, l, r)))
#define REAL(value) (NAN_OF(value) ? __builtin_nanf("") : (value))

PAIR(int32_int32, int32_t, int32_t, INTEGER_WINS, INTEGER)
PAIR(int64_int64, int64_t, int64_t, INTEGER_WINS, INTEGER)
PAIR(float32_int32, float, int32_t, REAL_WINS, REAL)
PAIR(float64_int64, double, int64_t, REAL_WINS, REAL)
