/* SPDX-License-Identifier: Apache-2.0 */
/* The public call of every collective and form. Arguments that a member need not give it does not
 * give. */
#include "harp/coll.h"

#include <gyre/coll.h>

#define CALL(name, ...)                                                                            \
    (form == COLL_BLOCKING  ? gyre_##name(__VA_ARGS__)                                             \
     : form == COLL_STARTED ? gyre_i##name(__VA_ARGS__, request)                                   \
                            : gyre_##name##_init(__VA_ARGS__, request))

static gyre_status_t call_reduction(const coll_layout_t *l, coll_form_t form, const void *in,
                                    void *out, gyre_request_t **request)
{
    gyre_comm_t *comm = l->group->comm;
    const coll_trial_t *t = l->trial;
    switch (t->coll) {
    case GYRE__REDUCE:
        return CALL(reduce, comm, in, out, t->count, t->type, t->op, l->root);
    case GYRE__ALLREDUCE:
        return CALL(allreduce, comm, in, out, t->count, t->type, t->op);
    case GYRE__REDUCE_SCATTER:
        return CALL(reduce_scatter, comm, in, out, l->in.counts, t->type, t->op);
    case GYRE__REDUCE_SCATTER_BLOCK:
        return CALL(reduce_scatter_block, comm, in, out, t->count, t->type, t->op);
    case GYRE__SCAN:
        return CALL(scan, comm, in, out, t->count, t->type, t->op);
    default:
        return CALL(exscan, comm, in, out, t->count, t->type, t->op);
    }
}

static gyre_status_t call_rooted(const coll_layout_t *l, coll_form_t form, const void *in,
                                 void *out, gyre_request_t **request)
{
    gyre_comm_t *comm = l->group->comm;
    const coll_trial_t *t = l->trial;
    const coll_side_t *blocks = t->coll == GYRE__GATHERV ? &l->out : &l->in;
    switch (t->coll) {
    case GYRE__BCAST:
        return CALL(bcast, comm, out, t->count, t->type, l->root);
    case GYRE__GATHER:
        return CALL(gather, comm, in, out, t->count, t->type, l->root);
    case GYRE__GATHERV:
        return CALL(gatherv, comm, in, l->own, out, blocks->counts, blocks->displs, t->type,
                    l->root);
    case GYRE__SCATTER:
        return CALL(scatter, comm, in, out, t->count, t->type, l->root);
    default:
        return CALL(scatterv, comm, in, blocks->counts, blocks->displs, out, l->own, t->type,
                    l->root);
    }
}

static gyre_status_t call_neighbors(const coll_layout_t *l, coll_form_t form, const void *in,
                                    void *out, gyre_request_t **request)
{
    gyre_comm_t *comm = l->group->graph;
    const coll_trial_t *t = l->trial;
    switch (t->coll) {
    case GYRE__NEIGHBOR_ALLGATHER:
        return CALL(neighbor_allgather, comm, in, out, t->count, t->type);
    case GYRE__NEIGHBOR_ALLGATHERV:
        return CALL(neighbor_allgatherv, comm, in, l->own, out, l->out.counts, l->out.displs,
                    t->type);
    case GYRE__NEIGHBOR_ALLTOALL:
        return CALL(neighbor_alltoall, comm, in, out, t->count, t->type);
    default:
        return CALL(neighbor_alltoallv, comm, in, l->in.counts, l->in.displs, out, l->out.counts,
                    l->out.displs, t->type);
    }
}

static gyre_status_t call_all(const coll_layout_t *l, coll_form_t form, const void *in, void *out,
                              gyre_request_t **request)
{
    gyre_comm_t *comm = l->group->comm;
    const coll_trial_t *t = l->trial;
    const size_t *counts = l->in_place ? NULL : l->in.counts;
    switch (t->coll) {
    case GYRE__BARRIER:
        return form == COLL_BLOCKING  ? gyre_barrier(comm)
               : form == COLL_STARTED ? gyre_ibarrier(comm, request)
                                      : gyre_barrier_init(comm, request);
    case GYRE__ALLGATHER:
        return CALL(allgather, comm, in, out, t->count, t->type);
    case GYRE__ALLGATHERV:
        return CALL(allgatherv, comm, in, l->own, out, l->out.counts, l->out.displs, t->type);
    case GYRE__ALLTOALL:
        return CALL(alltoall, comm, in, out, t->count, t->type);
    default:
        return CALL(alltoallv, comm, in, counts, counts ? l->in.displs : NULL, out, l->out.counts,
                    l->out.displs, t->type);
    }
}

gyre_status_t coll_call(const coll_layout_t *l, coll_form_t form, const void *in, void *out,
                        gyre_request_t **request)
{
    if (l->in_place)
        in = GYRE_IN_PLACE;
    if (l->out_in_place)
        out = GYRE_IN_PLACE;
    if (coll_reduces(l->trial->coll))
        return call_reduction(l, form, in, out, request);
    if (coll_has_root(l->trial->coll))
        return call_rooted(l, form, in, out, request);
    if (coll_has_neighbors(l->trial->coll))
        return call_neighbors(l, form, in, out, request);
    return call_all(l, form, in, out, request);
}
