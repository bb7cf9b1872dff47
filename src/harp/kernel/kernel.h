/* SPDX-License-Identifier: Apache-2.0 */
/* How reduction kernels are made: a loop over one expression of l and r, which the compiler turns
 * into vector code for several processors; the loader picks one when the library is loaded.
 *
 * A kernel is a gyre_op_fn. Every element depends on the operands of the same index alone, so
 * that out may be left or right. Operands need no alignment. Results are the same bits on every
 * processor: therefore no fused multiply-add. */
#ifndef GYRE_HARP_KERNEL_H
#define GYRE_HARP_KERNEL_H

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

/* The loader runs the choice between clones before a sanitizer is ready for it. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define GYRE__SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) ||                         \
    __has_feature(memory_sanitizer)
#define GYRE__SANITIZED 1
#endif
#endif

/* GCC alone is told to vectorise: clang does at -O2, and does not know how to be told. */
#if defined(__GNUC__) && !defined(__clang__)
#define GYRE__OPTIMIZE    __attribute__((optimize("O3", "fp-contract=off")))
#define GYRE__INDEPENDENT _Pragma("GCC ivdep")
#else
#define GYRE__OPTIMIZE
#define GYRE__INDEPENDENT _Pragma("clang loop vectorize(assume_safety)")
#endif
#if defined(__x86_64__) && defined(__GLIBC__) && defined(__GNUC__) && __GNUC__ >= 12 &&            \
    !defined(__clang__) && !defined(GYRE__SANITIZED)
#define GYRE__CLONES __attribute__((target_clones("default", "arch=x86-64-v3", "arch=x86-64-v4")))
#else
#define GYRE__CLONES __attribute__((noinline))
#endif

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
