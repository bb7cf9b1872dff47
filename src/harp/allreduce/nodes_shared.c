/* SPDX-License-Identifier: Apache-2.0 */
/* Every member reduces its part of a chunk from the slots of its node, then among the members of
 * the same index on all nodes, and gives it to its node in its next slot: all share the work, and
 * as many messages are under way as a node has members. Even units carry operands, odd ones
 * results, as in node_shared.
 *
 * M. Bayatpour, S. Chakraborty, H. Subramoni, X. Lu, D. K. Panda: Scalable reduction collectives
 * with data partitioning-based multi-leader design. SC 2017. */
#include "harp/allreduce/allreduce.h"
#include "harp/node.h"
#include "harp/nodes.h"

typedef struct shared {
    const gyre__plan_t *plan;
    gyre__schedule_t *s;
    gyre__nodes_t nodes;
    uint64_t chunk;
    gyre__ref_t tmp;
    int32_t given, reduced, told, taken; /* last step of each kind */
} shared_t;

/* Bytes of local member m's part of a chunk: whole elements. */
static void part_of(const shared_t *sh, uint64_t length, int m, uint64_t *from, uint64_t *bytes)
{
    gyre__plan_t chunk = {.bytes = length, .element = sh->plan->element};
    gyre__partition(&chunk, sh->plan->places->local_size, m, from, bytes);
}

static void give(shared_t *sh, uint32_t i, uint64_t length)
{
    sh->given = gyre__publish(sh->s, sh->given, 2 * i, gyre__in(i * sh->chunk), length, GYRE__ALL);
}

/* This member's part into the output, on this node and then on all, and out to the others here. */
static void reduce_part(shared_t *sh, uint32_t i, uint64_t length)
{
    const gyre__places_t *places = sh->plan->places;
    uint64_t from, bytes;
    part_of(sh, length, places->local_rank, &from, &bytes);
    gyre__ref_t own = gyre__out(i * sh->chunk + from);
    int32_t at = gyre__join(sh->s, sh->given, sh->reduced);
    at = gyre__node_await_all(sh->plan, sh->s, at, 2 * i);
    sh->reduced =
        gyre__node_fold(sh->plan, sh->s, at, places->local_size, gyre__in(i * sh->chunk + from),
                        gyre__slot(0, 2 * i, from), own, sh->tmp, bytes);
    at = gyre__nodes_run_vector(&sh->nodes, gyre__allreduce_among_nodes(sh->plan, bytes), own, own,
                                bytes, sh->reduced);
    sh->told =
        gyre__publish(sh->s, gyre__join(sh->s, at, sh->told), 2 * i + 1, own, bytes, GYRE__ALL);
}

static void take_parts(shared_t *sh, uint32_t i, uint64_t length)
{
    int32_t at = gyre__join(sh->s, sh->told, sh->taken);
    for (int m = 0; m < sh->plan->places->local_size; m++) {
        uint64_t from, bytes;
        part_of(sh, length, m, &from, &bytes);
        if (m == sh->plan->places->local_rank)
            continue;
        at = gyre__await(sh->s, at, 2 * i + 1, (uint32_t)m);
        at = gyre__copy(sh->s, at, gyre__slot((uint32_t)m, 2 * i + 1, 0),
                        gyre__out(i * sh->chunk + from), bytes);
    }
    sh->taken = gyre__release(sh->s, at, 2 * i + 2);
}

void gyre__allreduce_nodes_shared(const gyre__plan_t *plan, gyre__schedule_t *s)
{
    shared_t sh = {.plan = plan, .s = s, .chunk = gyre__node_chunk(plan, GYRE__SLOT_SIZE)};
    uint32_t chunks = gyre__node_chunks(plan->bytes, sh.chunk);
    sh.given = sh.reduced = sh.told = sh.taken = GYRE__NOW;
    sh.tmp = gyre__schedule_scratch(s, plan->places->local_rank > 1 ? sh.chunk : 0);
    gyre__nodes_of_peers(&sh.nodes, plan, s);
    for (uint32_t i = 0; i < chunks; i++) {
        uint64_t length = gyre__node_chunk_length(plan->bytes, sh.chunk, i);
        give(&sh, i, length);
        reduce_part(&sh, i, length);
        take_parts(&sh, i, length);
    }
    gyre__nodes_cleanup(&sh.nodes);
}
