/* SPDX-License-Identifier: Apache-2.0 */
/* Every member reduces its part of a segment from the slots of its node, then among the members of
 * the same index on all nodes, and gives it to its node: all share the work, and as many messages
 * are under way as a node has members. A segment is reduced within nodes while the one before is
 * between them.
 *
 * M. Bayatpour, S. Chakraborty, H. Subramoni, X. Lu, D. K. Panda: Scalable reduction collectives
 * with data partitioning-based multi-leader design. SC 2017. */
#include "harp/allgather/allgather.h"
#include "harp/allreduce/allreduce.h"
#include "harp/node.h"
#include "harp/nodes.h"
#include "harp/reduce_scatter/reduce_scatter.h"

#include "base/error.h"

#include <stdlib.h>

typedef struct shared {
    const gyre__plan_t *plan;
    gyre__schedule_t *s;
    gyre__nodes_t nodes;
    gyre__locals_t locals;
    uint64_t segment;
    uint64_t *offsets, *lengths; /* of the members' parts of a segment */
    int32_t at;                  /* the last step within the node */
} shared_t;

static void find_parts(shared_t *sh, uint32_t i)
{
    gyre__plan_t segment = {.element = sh->plan->element,
                            .bytes = gyre__node_chunk_length(sh->plan->bytes, sh->segment, i)};
    int size = sh->plan->places->local_size;
    for (int m = 0; m < size; m++)
        gyre__partition(&segment, size, m, &sh->offsets[m], &sh->lengths[m]);
    sh->locals.part.plan.in = sh->locals.part.plan.out = (gyre__blocks_t){sh->offsets, sh->lengths};
}

/* This member's part of segment i, on this node and then on all. */
static int32_t reduce_part(shared_t *sh, uint32_t i)
{
    int me = sh->plan->places->local_rank;
    find_parts(sh, i);
    gyre__ref_t own = gyre__out(i * sh->segment + sh->offsets[me]);
    sh->at = gyre__locals_run(&sh->locals, gyre__reduce_scatter_node, gyre__in(i * sh->segment),
                              own, sh->at);
    return gyre__nodes_run_vector(&sh->nodes,
                                  gyre__allreduce_among_nodes(sh->plan, sh->lengths[me]), own, own,
                                  sh->lengths[me], sh->at);
}

static void gather_parts(shared_t *sh, uint32_t i, int32_t reduced)
{
    find_parts(sh, i);
    gyre__ref_t own = gyre__out(i * sh->segment + sh->offsets[sh->plan->places->local_rank]);
    sh->at = gyre__locals_run(&sh->locals, gyre__allgather_node, own, gyre__out(i * sh->segment),
                              gyre__join(sh->s, reduced, sh->at));
}

static void reduce_all(shared_t *sh)
{
    uint32_t segments = gyre__node_chunks(sh->plan->bytes, sh->segment);
    gyre__nodes_of_peers(&sh->nodes, sh->plan, sh->s);
    gyre__locals_init(&sh->locals, sh->plan, sh->s);
    int32_t before = reduce_part(sh, 0);
    for (uint32_t i = 1; i < segments; i++) {
        int32_t reduced = reduce_part(sh, i);
        gather_parts(sh, i - 1, before);
        before = reduced;
    }
    gather_parts(sh, segments - 1, before);
    gyre__nodes_cleanup(&sh->nodes);
}

void gyre__allreduce_nodes_shared(const gyre__plan_t *plan, gyre__schedule_t *s)
{
    size_t members = (size_t)plan->places->local_size;
    shared_t sh = {.plan = plan, .s = s, .at = GYRE__NOW};
    sh.segment = gyre__node_chunk(plan, UINT64_MAX);
    sh.offsets = calloc(2 * members, sizeof(*sh.offsets));
    sh.lengths = sh.offsets + members;
    if (sh.offsets)
        reduce_all(&sh);
    else if (s->status == GYRE_OK)
        s->status = gyre__error(GYRE_ERR_NO_MEMORY, "schedule: no memory for %zu members", members);
    free(sh.offsets);
}
