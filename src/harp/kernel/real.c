/* SPDX-License-Identifier: Apache-2.0 */
/* Kernels of float32 and float64: IEEE 754 arithmetic; real.h says what minimum and maximum are. */
#include "harp/kernel/kernel.h"
#include "harp/kernel/real.h"

#define REALS(N, T, minimum, maximum)                                                              \
    GYRE__KERNEL(sum##N, T, l + r)                                                                 \
    GYRE__KERNEL(prod##N, T, l *r)                                                                 \
    GYRE__KERNEL(min##N, T, minimum(l, r))                                                         \
    GYRE__KERNEL(max##N, T, maximum(l, r))                                                         \
    GYRE__KERNEL(minus##N, T, l - r)                                                               \
    GYRE__KERNEL(divide##N, T, l / r)                                                              \
    const gyre__kernel_row_t gyre__kernels_float##N = {                                            \
        [GYRE_SUM] = sum##N, [GYRE_PROD] = prod##N,   [GYRE_MIN] = min##N,                         \
        [GYRE_MAX] = max##N, [GYRE_MINUS] = minus##N, [GYRE_DIVIDE] = divide##N};

REALS(32, float, gyre__min32, gyre__max32)
REALS(64, double, gyre__min64, gyre__max64)
