/* SPDX-License-Identifier: Apache-2.0 */
/* How reduction kernels are made: a loop over one expression of l and r.
 *
 * A kernel is a gyre_op_fn. Every element depends on the operands of the same index alone, so
 * that out may be left or right. Operands need no alignment. */
#ifndef GYRE_HARP_KERNEL_H
#define GYRE_HARP_KERNEL_H

#include "base/clones.h"

#include <gyre/op.h>
#include <stddef.h>
#include <stdint.h>

/* By operation; NULL: not defined for the type. */
typedef gyre_op_fn gyre__kernel_row_t[GYRE_OP_BUILTIN_COUNT];

extern const gyre__kernel_row_t gyre__kernels_byte;
extern const gyre__kernel_row_t gyre__kernels_int8;
extern const gyre__kernel_row_t gyre__kernels_int16;
extern const gyre__kernel_row_t gyre__kernels_int32;
extern const gyre__kernel_row_t gyre__kernels_int64;
extern const gyre__kernel_row_t gyre__kernels_uint8;
extern const gyre__kernel_row_t gyre__kernels_uint16;
extern const gyre__kernel_row_t gyre__kernels_uint32;
extern const gyre__kernel_row_t gyre__kernels_uint64;
extern const gyre__kernel_row_t gyre__kernels_float16;
extern const gyre__kernel_row_t gyre__kernels_bfloat16;
extern const gyre__kernel_row_t gyre__kernels_float32;
extern const gyre__kernel_row_t gyre__kernels_float64;
extern const gyre__kernel_row_t gyre__kernels_complex64;
extern const gyre__kernel_row_t gyre__kernels_complex128;
extern const gyre__kernel_row_t gyre__kernels_int32_int32;
extern const gyre__kernel_row_t gyre__kernels_int64_int64;
extern const gyre__kernel_row_t gyre__kernels_float32_int32;
extern const gyre__kernel_row_t gyre__kernels_float64_int64;

/* static void name(...): per items of type T to an element, each of them expr of l and r. An item
 * may lie anywhere and have been stored as any type. */
#define GYRE__LOOP(attributes, hint, name, T, per, expr)                                           \
    attributes static void name(void *arg, const void *left, const void *right, void *out,         \
                                size_t count, gyre_type_t type)                                    \
    {                                                                                              \
        struct item {                                                                              \
            T value;                                                                               \
        } __attribute__((packed, may_alias)) *o = out;                                             \
        const struct item *a = left, *b = right;                                                   \
        hint for (size_t i = 0; i < count * (per); i++)                                            \
        {                                                                                          \
            const T l = a[i].value, r = b[i].value;                                                \
            o[i].value = (expr);                                                                   \
        }                                                                                          \
    }
#define GYRE__KERNEL_OF(name, T, per, expr)                                                        \
    GYRE__LOOP(GYRE__CLONES GYRE__OPTIMIZE, GYRE__INDEPENDENT, name, T, per, expr)
#define GYRE__KERNEL(name, T, expr) GYRE__KERNEL_OF(name, T, 1, expr)

/* For what no vector unit can do, integer division say. */
#define GYRE__SCALAR_KERNEL(name, T, expr) GYRE__LOOP(, , name, T, 1, expr)

#endif
