/* SPDX-License-Identifier: Apache-2.0 */
/* Every member copies its blocks straight from the others' memory. In place that would read what
 * has been replaced already: the slots serve then. */
#include "harp/alltoall/alltoall.h"

#include "harp/node.h"

static void direct(const gyre__plan_t *plan, gyre__schedule_t *s, gyre__reach_t reach,
                   gyre__generate_fn otherwise)
{
    uint64_t own = (uint64_t)plan->rank * plan->bytes;
    if (plan->in_place) {
        gyre__alltoall_node(plan, s);
        return;
    }
    int32_t at = gyre__node_open(plan, s, reach, otherwise);
    at = gyre__copy(s, at, gyre__in(own), gyre__out(own), plan->bytes);
    for (int k = 1; k < plan->size; k++) {
        int from = (plan->rank + plan->size - k) % plan->size;
        at = gyre__copy(s, at, gyre__of(gyre__peer(GYRE__PEER_IN, own), from),
                        gyre__out((uint64_t)from * plan->bytes), plan->bytes);
    }
    at = gyre__publish(s, at, 1, gyre__tmp(0), 0, GYRE__ALL);
    gyre__node_await_all(plan, s, at, 1);
}

void gyre__alltoall_node_direct(const gyre__plan_t *plan, gyre__schedule_t *s)
{
    direct(plan, s, GYRE__REACH_COPY, gyre__alltoall_node);
}

/* Slots serve while what lies in all of them stays in the caches. Messages copy once, and let
 * members that share a core come in any order. */
static gyre__generate_fn unmapped(const gyre__plan_t *plan)
{
    const uint64_t cached = 4 << 20, size = (uint64_t)plan->size;
    bool slots = size == 2 || plan->bytes <= cached / (size * size);
    return slots ? gyre__alltoall_node : gyre__alltoall_linear;
}

void gyre__alltoall_node_mapped(const gyre__plan_t *plan, gyre__schedule_t *s)
{
    direct(plan, s, GYRE__REACH_MAPPED, unmapped(plan));
}
