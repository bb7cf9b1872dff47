/* SPDX-License-Identifier: Apache-2.0 */
/* The kernels of float16 as on a processor that can only convert. */
#define HALF_LEVEL            1
#define gyre__kernels_float16 half_by_conversion
#include "harp/kernel/half.c"
