/* SPDX-License-Identifier: Apache-2.0 */
/* The others copy their blocks into their slots, root takes them out: gather chunk by chunk, also
 * of blocks of any lengths that all members know; in gatherv, where nobody but root knows how many
 * chunks others have, what does not fit into a slot goes as a message. */
#include "harp/gather/gather.h"

#include "harp/node.h"

static void keep_own(const gyre__plan_t *plan, gyre__schedule_t *s, int32_t at)
{
    gyre__copy(s, at, gyre__in(0), gyre__out(gyre__block_offset(plan, &plan->out, plan->root)),
               gyre__block_length(plan, &plan->out, plan->root));
}

static int32_t give(const gyre__plan_t *plan, gyre__schedule_t *s, uint64_t chunk, uint32_t chunks)
{
    int32_t at = GYRE__NOW;
    uint64_t length = gyre__block_length(plan, &plan->out, plan->rank);
    for (uint32_t i = 0; i < chunks; i++)
        at = gyre__publish(s, at, i, gyre__in(i * chunk), gyre__node_chunk_length(length, chunk, i),
                           plan->root);
    return at;
}

static int32_t take(const gyre__plan_t *plan, gyre__schedule_t *s, uint64_t chunk, uint32_t chunks)
{
    int32_t at = GYRE__NOW;
    for (uint32_t i = 0; i < chunks; i++) {
        for (int k = 1; k < plan->size; k++) {
            int from = (plan->root + k) % plan->size;
            uint64_t length = gyre__block_length(plan, &plan->out, from);
            at = gyre__await(s, at, i, (uint32_t)from);
            at = gyre__copy(s, at, gyre__slot((uint32_t)from, i, 0),
                            gyre__out(gyre__block_offset(plan, &plan->out, from) + i * chunk),
                            gyre__node_chunk_length(length, chunk, i));
        }
        if (i + 1 < chunks)
            at = gyre__release(s, at, i + 1);
    }
    return at;
}

void gyre__gather_node(const gyre__plan_t *plan, gyre__schedule_t *s)
{
    uint64_t chunk = gyre__node_chunk(plan, GYRE__SLOT_SIZE);
    uint32_t chunks = gyre__node_chunks(gyre__node_longest(plan, &plan->out), chunk);
    if (plan->rank == plan->root)
        keep_own(plan, s, take(plan, s, chunk, chunks));
    else
        give(plan, s, chunk, chunks);
    s->units = chunks;
}

static int32_t takev(const gyre__plan_t *plan, gyre__schedule_t *s)
{
    int32_t at = GYRE__NOW;
    for (int k = 1; k < plan->size; k++) {
        int from = (plan->root + k) % plan->size;
        uint64_t length = gyre__block_length(plan, &plan->out, from);
        gyre__ref_t block = gyre__out(gyre__block_offset(plan, &plan->out, from));
        if (length > GYRE__SLOT_SIZE) {
            gyre__recv(s, GYRE__NOW, block, length, from, 0);
            continue;
        }
        at = gyre__await(s, at, 0, (uint32_t)from);
        at = gyre__copy(s, at, gyre__slot((uint32_t)from, 0, 0), block, length);
    }
    return at;
}

void gyre__gatherv_node(const gyre__plan_t *plan, gyre__schedule_t *s)
{
    s->units = 1;
    if (plan->rank == plan->root) {
        keep_own(plan, s, takev(plan, s));
    } else if (plan->bytes > GYRE__SLOT_SIZE) {
        gyre__send(s, GYRE__NOW, gyre__in(0), plan->bytes, plan->root, 0);
    } else {
        gyre__publish(s, GYRE__NOW, 0, gyre__in(0), plan->bytes, plan->root);
    }
}
