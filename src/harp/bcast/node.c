/* SPDX-License-Identifier: Apache-2.0 */
/* Root copies chunks into its slots, the others copy them out meanwhile. */
#include "harp/bcast/bcast.h"

#include "harp/node.h"

static void give(const gyre__plan_t *plan, gyre__schedule_t *s, uint64_t chunk)
{
    int32_t at = GYRE__NOW;
    for (uint32_t i = 0; i < gyre__node_chunks(plan->bytes, chunk); i++)
        at = gyre__publish(s, at, i, gyre__out(i * chunk),
                           gyre__node_chunk_length(plan->bytes, chunk, i), GYRE__ALL);
}

static void take(const gyre__plan_t *plan, gyre__schedule_t *s, uint64_t chunk)
{
    int32_t at = GYRE__NOW;
    uint32_t chunks = gyre__node_chunks(plan->bytes, chunk), root = (uint32_t)plan->root;
    for (uint32_t i = 0; i < chunks; i++) {
        at = gyre__await(s, at, i, root);
        at = gyre__copy(s, at, gyre__slot(root, i, 0), gyre__out(i * chunk),
                        gyre__node_chunk_length(plan->bytes, chunk, i));
        if (i + 1 < chunks)
            at = gyre__release(s, at, i + 1);
    }
}

void gyre__bcast_node(const gyre__plan_t *plan, gyre__schedule_t *s)
{
    uint64_t chunk = gyre__node_chunk(plan, GYRE__SLOT_SIZE);
    if (plan->rank == plan->root)
        give(plan, s, chunk);
    else
        take(plan, s, chunk);
}
