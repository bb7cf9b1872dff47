/* SPDX-License-Identifier: Apache-2.0 */
/* Operations on single elements as gyre_op(3) defines them, written once more without regard to
 * speed, and values to try them with. */
#ifndef GYRE_TESTS_REFERENCE_H
#define GYRE_TESTS_REFERENCE_H

#include "lib/random.h"

#include <gyre/op.h>

enum { ELEMENT_MAX = 16 };

/* Whether the manual defines op for type. */
bool reference_defined(gyre_op_t op, gyre_type_t type);

void reference_apply(gyre_op_t op, gyre_type_t type, const void *left, const void *right,
                     void *out);

/* The same bits, or NaN in the same place where it is left open which NaN. */
bool reference_same(gyre_op_t op, gyre_type_t type, const void *one, const void *other);

/* Bits at random, small numbers, extremes, zeros of both signs, infinities, NaN. */
void reference_value(random_plan_t *random, gyre_type_t type, void *element);

/* Parts of the above: floating-point numbers of every width as numbers. */
bool reference_is_real(gyre_type_t type);
void reference_real(gyre_op_t op, gyre_type_t type, const void *left, const void *right, void *out);
void reference_complex(gyre_op_t op, gyre_type_t type, const void *left, const void *right,
                       void *out);
double reference_number(gyre_type_t type, const void *element);
void reference_store(gyre_type_t type, double number, void *element);
int reference_compare(double left, double right); /* NaN is none of them; -0 is less than 0 */

#endif
