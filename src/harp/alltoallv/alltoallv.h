/* SPDX-License-Identifier: Apache-2.0 */
/* Generators of alltoallv; others are alltoall's. */
#ifndef GYRE_HARP_ALLTOALLV_H
#define GYRE_HARP_ALLTOALLV_H

#include "harp/plan.h"

void gyre__alltoallv_node(const gyre__plan_t *plan, gyre__schedule_t *s);

#endif
