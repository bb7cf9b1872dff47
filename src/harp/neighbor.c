/* SPDX-License-Identifier: Apache-2.0 */
/* Every block straight to its neighbour: all receives are posted, radix sends are in flight.
 * Neighbours know nothing of each other's order, so receives cannot be throttled without locking
 * up. Between two members there may be several edges; the i-th of them has tag i at both ends. */
#include "harp/neighbor.h"

#include "base/error.h"
#include "harp/move.h"

#include <stdlib.h>

typedef struct gyre__edge {
    int peer, at; /* at: place in the list of neighbours */
    uint32_t tag;
} edge_t;

static int by_peer(const void *left, const void *right)
{
    const edge_t *a = left, *b = right;
    return a->peer != b->peer ? (a->peer > b->peer) - (a->peer < b->peer)
                              : (a->at > b->at) - (a->at < b->at);
}

static int by_place(const void *left, const void *right)
{
    const edge_t *a = left, *b = right;
    return (a->at > b->at) - (a->at < b->at);
}

/* NULL: no memory, or no edges. */
static edge_t *edges_of(const int *peers, int count)
{
    edge_t *edges = count > 0 ? malloc((size_t)count * sizeof(*edges)) : NULL;
    if (!edges)
        return NULL;
    for (int i = 0; i < count; i++)
        edges[i] = (edge_t){peers[i], i, 0};
    qsort(edges, (size_t)count, sizeof(*edges), by_peer);
    for (int i = 1; i < count; i++)
        if (edges[i].peer == edges[i - 1].peer)
            edges[i].tag = edges[i - 1].tag + 1;
    qsort(edges, (size_t)count, sizeof(*edges), by_place);
    return edges;
}

static gyre__ref_t block_for(const gyre__plan_t *plan, const edge_t *edge, bool same,
                             uint64_t *length)
{
    *length = same ? plan->bytes : gyre__block_length(plan, &plan->in, edge->at);
    return gyre__in(same ? 0 : gyre__block_offset(plan, &plan->in, edge->at));
}

static void receive_all(const gyre__plan_t *plan, gyre__schedule_t *s, const edge_t *sources)
{
    for (int i = 0; i < plan->source_count; i++) {
        uint64_t length = gyre__block_length(plan, &plan->out, i);
        if (length > 0 && sources[i].peer != plan->rank)
            gyre__recv(s, GYRE__NOW, gyre__out(gyre__block_offset(plan, &plan->out, i)), length,
                       sources[i].peer, sources[i].tag);
    }
}

static void send_all(const gyre__plan_t *plan, gyre__schedule_t *s, const edge_t *dests, bool same)
{
    int32_t first = (int32_t)s->count;
    int count = 0;
    for (int i = 0; i < plan->dest_count; i++) {
        uint64_t length;
        gyre__ref_t from = block_for(plan, &dests[i], same, &length);
        if (length > 0 && dests[i].peer != plan->rank)
            gyre__send(s, gyre__window(first, count++, plan->radix, GYRE__NOW), from, length,
                       dests[i].peer, dests[i].tag);
    }
}

/* The i-th edge to oneself meets the i-th from oneself. */
static void copy_own(const gyre__plan_t *plan, gyre__schedule_t *s, const edge_t *dests, bool same)
{
    int source = 0;
    for (int i = 0; i < plan->dest_count; i++) {
        uint64_t length;
        if (dests[i].peer != plan->rank)
            continue;
        while (source < plan->source_count && plan->sources[source] != plan->rank)
            source++;
        if (source == plan->source_count)
            return;
        gyre__ref_t from = block_for(plan, &dests[i], same, &length);
        gyre__copy(s, GYRE__NOW, from, gyre__out(gyre__block_offset(plan, &plan->out, source++)),
                   length);
    }
}

static void generate(const gyre__plan_t *plan, gyre__schedule_t *s, bool same)
{
    edge_t *sources = edges_of(plan->sources, plan->source_count);
    edge_t *dests = edges_of(plan->dests, plan->dest_count);
    if ((sources || plan->source_count == 0) && (dests || plan->dest_count == 0)) {
        receive_all(plan, s, sources);
        send_all(plan, s, dests, same);
        copy_own(plan, s, dests, same);
    } else if (s->status == GYRE_OK) {
        s->status = gyre__error(GYRE_ERR_NO_MEMORY, "no memory for %d and %d neighbours",
                                plan->source_count, plan->dest_count);
    }
    free(sources);
    free(dests);
}

void gyre__neighbor_allgather_linear(const gyre__plan_t *plan, gyre__schedule_t *s)
{
    generate(plan, s, true);
}

void gyre__neighbor_alltoall_linear(const gyre__plan_t *plan, gyre__schedule_t *s)
{
    generate(plan, s, false);
}
