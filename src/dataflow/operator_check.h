/* SPDX-License-Identifier: Apache-2.0 */
/* Whether an operator can be made of some options, and whether all members give the same. */
#ifndef GYRE_DATAFLOW_OPERATOR_CHECK_H
#define GYRE_DATAFLOW_OPERATOR_CHECK_H

#include <gyre/operator.h>

gyre_status_t gyre__operator_check(const gyre_operator_opts_t *opts, int size);

/* Puts defaults in the place of zeros. */
void gyre__operator_complete(gyre_operator_opts_t *opts, int size);

/* Collective. GYRE_OK at all members where all were ready and have alike options, else an error at
 * all: a member's own, or GYRE_ERR_ARG. */
gyre_status_t gyre__operator_agree(gyre_comm_t *comm, gyre_status_t ready,
                                   const gyre_operator_opts_t *opts);

#endif
