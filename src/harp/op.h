/* SPDX-License-Identifier: Apache-2.0 */
/* Operations as the executor needs them. */
#ifndef GYRE_HARP_OP_H
#define GYRE_HARP_OP_H

#include <gyre/op.h>

typedef struct gyre__kernel {
    gyre_op_fn fn;
    void *arg;
    bool commutative;
    bool associative; /* MINUS and DIVIDE are not */
    bool exact;       /* bracketing cannot change a bit: not so for floating point */
} gyre__kernel_t;

/* GYRE_ERR_ARG where op is none, or not defined for the type. */
gyre_status_t gyre__op_kernel(gyre_op_t op, gyre_type_t type, gyre__kernel_t *kernel);

/* kernel on count elements of element bytes, by the fastest way to store so many. */
void gyre__kernel_run(const gyre__kernel_t *kernel, const void *left, const void *right, void *out,
                      size_t count, size_t element, gyre_type_t type);

#endif
