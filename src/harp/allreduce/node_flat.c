/* SPDX-License-Identifier: Apache-2.0 */
/* Every member copies its chunk into its slot and reduces all members' chunks, in rank order: one
 * line transfer between any two. The next chunk is on its way while one is reduced. */
#include "harp/allreduce/allreduce.h"

#include "harp/node.h"

typedef struct flat {
    const gyre__plan_t *plan;
    uint64_t chunk;
    gyre__ref_t tmp;
} flat_t;

static int32_t give(const void *arg, gyre__schedule_t *s, int32_t at, uint32_t i)
{
    const flat_t *f = arg;
    return gyre__publish(s, at, i, gyre__in(i * f->chunk),
                         gyre__node_chunk_length(f->plan->bytes, f->chunk, i), GYRE__ALL);
}

static int32_t take(const void *arg, gyre__schedule_t *s, int32_t at, uint32_t i)
{
    const flat_t *f = arg;
    at = gyre__node_await_all(f->plan, s, at, i);
    return gyre__node_fold(f->plan, s, at, f->plan->size, gyre__in(i * f->chunk),
                           gyre__slot(0, i, 0), gyre__out(i * f->chunk), f->tmp,
                           gyre__node_chunk_length(f->plan->bytes, f->chunk, i));
}

void gyre__allreduce_node_flat(const gyre__plan_t *plan, gyre__schedule_t *s)
{
    flat_t flat = {.plan = plan, .chunk = gyre__node_chunk(plan, GYRE__SLOT_SIZE)};
    flat.tmp = gyre__schedule_scratch(s, plan->places->local_rank > 1 ? flat.chunk : 0);
    gyre__node_exchange(plan, s, gyre__node_chunks(plan->bytes, flat.chunk), give, take, &flat);
}
