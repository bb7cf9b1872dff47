/* SPDX-License-Identifier: Apache-2.0 */
/* Who has which partition of a distributed table. */
#ifndef GYRE_HARP_MODEL_LOCATE_H
#define GYRE_HARP_MODEL_LOCATE_H

#include "harp/model/table.h"

typedef struct gyre__locate {
    gyre_comm_t *comm;
    const gyre_harp_table_t *local, *global;
    gyre_harp_partitioner_fn partitioner;
    void *arg;
    int *owners; /* of the partitions of local, in the order of its list; the caller's to free */
} gyre__locate_t;

/* Collective: checks the arguments, finds the owners, who have the partition or are the members
 * that the partitioner names, and opens the doors of global where a member has none. owners must be
 * freed after an error, too. */
gyre_status_t gyre__harp_locate_open(gyre__locate_t *locate, gyre_harp_table_t *global);

#endif
