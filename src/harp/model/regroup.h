/* SPDX-License-Identifier: Apache-2.0 */
/* Which member a partition belongs to. */
#ifndef GYRE_HARP_MODEL_REGROUP_H
#define GYRE_HARP_MODEL_REGROUP_H

#include "harp/model/table.h"

/* Of a collective on a table: both are there. */
gyre_status_t gyre__harp_check(gyre_comm_t *comm, const gyre_harp_table_t *table);

/* The member that the partitioner, or, where it is NULL, the id modulo size names.
 * GYRE_ERR_RANK: none. */
gyre_status_t gyre__harp_owner(gyre_harp_partitioner_fn partitioner, void *arg, int64_t id,
                               int size, int *owner);

/* gyre_harp_regroup and, root GYRE__TO_ALL or a rank, the gathers, for a member that has met ready
 * so far. */
gyre_status_t gyre__harp_regroup(gyre_comm_t *comm, gyre_status_t ready, gyre_harp_table_t *table,
                                 gyre_harp_partitioner_fn partitioner, void *arg);
gyre_status_t gyre__harp_gather(gyre_comm_t *comm, gyre_status_t ready, gyre_harp_table_t *table,
                                int root);

#endif
