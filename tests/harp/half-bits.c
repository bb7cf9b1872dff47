/* SPDX-License-Identifier: Apache-2.0 */
/* The kernels of float16 as on a processor without any instructions for it. */
#define HALF_LEVEL            0
#define gyre__kernels_float16 half_by_bits
#include "harp/kernel/half.c"
