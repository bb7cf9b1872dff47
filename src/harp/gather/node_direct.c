/* SPDX-License-Identifier: Apache-2.0 */
/* Root copies the blocks straight from the others' memory; they wait until it has. That the others
 * write into root's would share the work out, but one that has not heard of a failure yet would
 * write into a buffer that root has back already. */
#include "harp/gather/gather.h"

#include "harp/node.h"

static void direct(const gyre__plan_t *plan, gyre__schedule_t *s, gyre__reach_t reach)
{
    int32_t at = gyre__node_open(plan, s, reach, gyre__gather_node);
    if (plan->rank != plan->root) {
        gyre__await(s, at, 1, (uint32_t)plan->root);
        return;
    }
    for (int k = 1; k < plan->size; k++) {
        int from = (plan->root + k) % plan->size;
        at = gyre__copy(s, at, gyre__of(gyre__peer(GYRE__PEER_IN, 0), from),
                        gyre__out((uint64_t)from * plan->bytes), plan->bytes);
    }
    at = gyre__copy(s, at, gyre__in(0), gyre__out((uint64_t)plan->root * plan->bytes), plan->bytes);
    gyre__publish(s, at, 1, gyre__tmp(0), 0, GYRE__ALL);
}

void gyre__gather_node_direct(const gyre__plan_t *plan, gyre__schedule_t *s)
{
    direct(plan, s, GYRE__REACH_COPY);
}

void gyre__gather_node_mapped(const gyre__plan_t *plan, gyre__schedule_t *s)
{
    direct(plan, s, GYRE__REACH_MAPPED);
}
