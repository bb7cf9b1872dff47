/* SPDX-License-Identifier: Apache-2.0 */
/* The way from a public call to a running schedule, the same for all collectives. */
#ifndef GYRE_HARP_COLLECTIVE_H
#define GYRE_HARP_COLLECTIVE_H

#include "harp/plan.h"

#include <gyre/coll.h>

/* A call's arguments; what a collective does not have is zero. */
typedef struct gyre__args {
    gyre__coll_t coll;
    int root;
    gyre_type_t type;
    gyre_op_t op;
    const void *in;
    void *out;
    size_t count; /* of the vector or of a block; of a v form's one block */
    const size_t *in_counts, *in_displs, *out_counts, *out_displs;
} gyre__args_t;

/* The three forms. */
gyre_status_t gyre__collective_run(gyre_comm_t *comm, const gyre__args_t *args);
gyre_status_t gyre__collective_start(gyre_comm_t *comm, const gyre__args_t *args,
                                     gyre_request_t **req);
gyre_status_t gyre__collective_prepare(gyre_comm_t *comm, const gyre__args_t *args,
                                       gyre_request_t **req);

#endif
