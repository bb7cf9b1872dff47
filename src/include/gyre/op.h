/* SPDX-License-Identifier: Apache-2.0 */
/* Operations that reduce elements. See gyre_op(3). */
#ifndef GYRE_OP_H
#define GYRE_OP_H

#include <gyre/type.h>
#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Code, name. The logical ones give 0 or 1. MINUS and DIVIDE are neither commutative nor
 * associative: a reduction with them is taken in rank order, ((x0 - x1) - x2) - ... */
#define GYRE_OP_MAP(X)                                                         \
    X(GYRE_SUM, "sum")                                                         \
    X(GYRE_PROD, "prod")                                                       \
    X(GYRE_MIN, "min")                                                         \
    X(GYRE_MAX, "max")                                                         \
    X(GYRE_LAND, "land")                                                       \
    X(GYRE_LOR, "lor")                                                         \
    X(GYRE_LXOR, "lxor")                                                       \
    X(GYRE_BAND, "band")                                                       \
    X(GYRE_BOR, "bor")                                                         \
    X(GYRE_BXOR, "bxor")                                                       \
    X(GYRE_MINLOC, "minloc")                                                   \
    X(GYRE_MAXLOC, "maxloc")                                                   \
    X(GYRE_MINUS, "minus")                                                     \
    X(GYRE_DIVIDE, "divide")

typedef enum gyre_op {
#define GYRE_OP_ENUM(name, text) name,
    GYRE_OP_MAP(GYRE_OP_ENUM)
#undef GYRE_OP_ENUM
    GYRE_OP_BUILTIN_COUNT,
    GYRE_OP_END = GYRE_OP_BUILTIN_COUNT + 4096 /* created ones are below it */
} gyre_op_t;

/* out[i] = left[i] op right[i] for count elements of type; out may be left or right, which may
 * not overlap otherwise. Must be associative, must not call Gyre, and runs on any thread that
 * makes progress. */
typedef void (*gyre_op_fn)(void *arg, const void *left, const void *right, void *out,
                           size_t count, gyre_type_t type);

/* commutative: operands may change places; otherwise they are combined in rank order, in any
 * bracketing. Process-wide until gyre_op_destroy; at most 4096 at a time. Thread-safe. */
GYRE_EXPORT gyre_status_t gyre_op_create(gyre_op_fn fn, void *arg, bool commutative,
                                         gyre_op_t *op);

/* No collective may be using it. What is no user operation is left alone. */
GYRE_EXPORT void gyre_op_destroy(gyre_op_t op);

/* "sum", "user"; "?" for what is no operation. Static storage. */
GYRE_EXPORT const char *gyre_op_name(gyre_op_t op);

/* Whether op is defined for the type: arithmetic, min and max for numbers (min and max not for
 * complex), logical and bitwise for integers and bytes, minloc and maxloc for pairs, user
 * operations for all. */
GYRE_EXPORT bool gyre_op_supports(gyre_op_t op, gyre_type_t type);

/* out[i] = left[i] op right[i], here and now. float16 and bfloat16 are computed in float32.
 * out may be left or right. GYRE_ERR_ARG: op is not defined for the type. */
GYRE_EXPORT gyre_status_t gyre_op_apply(gyre_op_t op, gyre_type_t type, const void *left,
                                        const void *right, void *out, size_t count);

#ifdef __cplusplus
}
#endif
#endif
