/* SPDX-License-Identifier: Apache-2.0 */
/* Kernels of integers and bytes.
 *
 * Everything wraps: computed without sign, in at least 32 bits, since uint16_t would be promoted
 * to int. Dividing by zero gives 0, the least number by -1 itself. */
#include "harp/kernel/kernel.h"

/* What does not look at the sign: shared by intN and uintN. wide has N bits or more. */
#define SIGNLESS(N, wide)                                                                          \
    GYRE__KERNEL(sum##N, uint##N##_t, (uint##N##_t)((wide)l + (wide)r))                            \
    GYRE__KERNEL(prod##N, uint##N##_t, (uint##N##_t)((wide)l * (wide)r))                           \
    GYRE__KERNEL(minus##N, uint##N##_t, (uint##N##_t)((wide)l - (wide)r))                          \
    GYRE__KERNEL(land##N, uint##N##_t, (l != 0) & (r != 0))                                        \
    GYRE__KERNEL(lor##N, uint##N##_t, (l | r) != 0)                                                \
    GYRE__KERNEL(lxor##N, uint##N##_t, (l != 0) ^ (r != 0))                                        \
    GYRE__KERNEL(band##N, uint##N##_t, (l & r))                                                    \
    GYRE__KERNEL(bor##N, uint##N##_t, l | r)                                                       \
    GYRE__KERNEL(bxor##N, uint##N##_t, l ^ r)

#define SIGNED(N, wide)                                                                            \
    GYRE__KERNEL(min_int##N, int##N##_t, l < r ? l : r)                                            \
    GYRE__KERNEL(max_int##N, int##N##_t, l > r ? l : r)                                            \
    GYRE__SCALAR_KERNEL(divide_int##N, int##N##_t,                                                 \
                        r == 0    ? 0                                                              \
                        : r == -1 ? (int##N##_t)(0 - (wide)l)                                      \
                                  : l / r)

#define UNSIGNED(N)                                                                                \
    GYRE__KERNEL(min_uint##N, uint##N##_t, l < r ? l : r)                                          \
    GYRE__KERNEL(max_uint##N, uint##N##_t, l > r ? l : r)                                          \
    GYRE__SCALAR_KERNEL(divide_uint##N, uint##N##_t, r == 0 ? 0 : l / r)

#define LOGICAL(N)                                                                                 \
    [GYRE_LAND] = land##N, [GYRE_LOR] = lor##N, [GYRE_LXOR] = lxor##N, [GYRE_BAND] = band##N,      \
    [GYRE_BOR] = bor##N, [GYRE_BXOR] = bxor##N

#define ROW(kind, N)                                                                               \
    const gyre__kernel_row_t gyre__kernels_##kind##N = {[GYRE_SUM] = sum##N,                       \
                                                        [GYRE_PROD] = prod##N,                     \
                                                        [GYRE_MIN] = min_##kind##N,                \
                                                        [GYRE_MAX] = max_##kind##N,                \
                                                        LOGICAL(N),                                \
                                                        [GYRE_MINUS] = minus##N,                   \
                                                        [GYRE_DIVIDE] = divide_##kind##N};

#define INTEGERS(N, wide)                                                                          \
    SIGNLESS(N, wide)                                                                              \
    SIGNED(N, wide)                                                                                \
    UNSIGNED(N)                                                                                    \
    ROW(int, N)                                                                                    \
    ROW(uint, N)

INTEGERS(8, uint32_t)
INTEGERS(16, uint32_t)
INTEGERS(32, uint32_t)
INTEGERS(64, uint64_t)

const gyre__kernel_row_t gyre__kernels_byte = {LOGICAL(8)};
