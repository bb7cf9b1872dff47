/* SPDX-License-Identifier: Apache-2.0 */
/* Every member but the last copies its chunk into its slot for those after it, and reduces those of
 * the members up to itself, in rank order. Also exscan, which leaves itself out. */
#include "harp/scan/scan.h"

#include "harp/node.h"

static void prefix(const gyre__plan_t *plan, gyre__schedule_t *s, int count)
{
    uint64_t chunk = gyre__node_chunk(plan, GYRE__SLOT_SIZE);
    uint32_t chunks = gyre__node_chunks(plan->bytes, chunk);
    gyre__ref_t tmp = gyre__schedule_scratch(s, plan->rank > 1 ? chunk : 0);
    int last = plan->size - 1, reader = plan->rank == last - 1 ? last : GYRE__ALL;
    int32_t at = GYRE__NOW;
    s->units = chunks;
    for (uint32_t i = 0; i < chunks; i++) {
        uint64_t length = gyre__node_chunk_length(plan->bytes, chunk, i);
        if (plan->rank < last)
            at = gyre__publish(s, at, i, gyre__in(i * chunk), length, reader);
        for (int m = 0; m < plan->rank; m++)
            at = gyre__await(s, at, i, (uint32_t)m);
        if (count > 0)
            at = gyre__node_fold(plan, s, at, count, gyre__in(i * chunk), gyre__slot(0, i, 0),
                                 gyre__out(i * chunk), tmp, length);
        if (i + 1 < chunks)
            at = gyre__release(s, at, i + 1);
    }
}

void gyre__scan_node(const gyre__plan_t *plan, gyre__schedule_t *s)
{
    prefix(plan, s, plan->rank + 1);
}

void gyre__exscan_node(const gyre__plan_t *plan, gyre__schedule_t *s)
{
    prefix(plan, s, plan->rank);
}
