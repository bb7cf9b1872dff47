/* SPDX-License-Identifier: Apache-2.0 */
/* Between two nodes one message: in each node member number (other node mod members) deals with
 * the other node. 1: within the node, everybody gives each dealer the blocks for its nodes (and
 * the dealer's own); 2: dealers swap all blocks between their nodes; 3: within the node, dealers
 * hand out what came. Each block is moved three times, but a node sends nodes - 1 messages, spread
 * over its members, instead of members^2 as many.
 *
 * R. Kumar, A. Mamidala, D. K. Panda: Scaling alltoall collective on multi-core systems. IPDPS
 * Workshops 2008 (leaders); the roles are spread over the members as in A. Bienz, S. Gautam,
 * A. Kharel: A locality-aware Bruck allgather. EuroMPI 2022. */
#include "harp/alltoall/alltoall.h"

#include "base/error.h"
#include "harp/move.h"

#include <stdlib.h>

typedef struct gyre__dealer {
    const gyre__plan_t *plan;
    const gyre__places_t *places;
    gyre__schedule_t *s;
    int *start;    /* by node: where its members begin in member; one more at the end */
    int *member;   /* ranks by node, ascending */
    int32_t given; /* everything of 1 is here, and nothing of the input is needed any more */
    int32_t swapped;
    gyre__ref_t local, remote; /* what came in 1 and in 2 */
} dealer_t;

static int members(const dealer_t *d, int node)
{
    return d->start[node + 1] - d->start[node];
}

static uint64_t bytes(const dealer_t *d, int64_t blocks)
{
    return (uint64_t)blocks * d->plan->bytes;
}

/* The nodes that local member m deals with, from one (or -1) to the next; nodes after the last. */
static int next_node(const dealer_t *d, int m, int node)
{
    node = node < 0 ? m : node + d->places->local_size;
    return node == d->places->node ? node + d->places->local_size : node;
}

/* Members of the nodes that m deals with. */
static int64_t dealt(const dealer_t *d, int m)
{
    int64_t sum = 0;
    for (int node = next_node(d, m, -1); node < d->places->nodes; node = next_node(d, m, node))
        sum += members(d, node);
    return sum;
}

static bool sort_members(dealer_t *d)
{
    int nodes = d->places->nodes, size = d->plan->size;
    d->start = calloc((size_t)nodes + 2, sizeof(int));
    d->member = calloc((size_t)size, sizeof(int));
    if (!d->start || !d->member)
        return false;
    for (int i = 0; i < size; i++)
        d->start[d->places->node_of[i] + 2]++;
    for (int i = 2; i <= nodes; i++)
        d->start[i] += d->start[i - 1];
    for (int i = 0; i < size; i++)
        d->member[d->start[d->places->node_of[i] + 1]++] = i;
    return true;
}

/* Copies between the blocks of a node's members, in base, and a row; consecutive ranks at once. */
static int32_t copy_members(const dealer_t *d, int node, gyre__ref_t base, gyre__ref_t row,
                            bool to_row, int32_t after)
{
    for (int i = d->start[node], run; i < d->start[node + 1]; i += run) {
        for (run = 1; i + run < d->start[node + 1]; run++)
            if (d->member[i + run] != d->member[i] + run)
                break;
        gyre__ref_t blocks = gyre__at(base, bytes(d, d->member[i]));
        after =
            gyre__copy(d->s, after, to_row ? blocks : row, to_row ? row : blocks, bytes(d, run));
        row = gyre__at(row, bytes(d, run));
    }
    return after;
}

/* For local member m: its own block, then those for the nodes it deals with. */
static int32_t pack_for(const dealer_t *d, int m, gyre__ref_t row, int32_t after)
{
    after = gyre__copy(d->s, after, gyre__in(bytes(d, d->places->local[m])), row, bytes(d, 1));
    row = gyre__at(row, bytes(d, 1));
    for (int node = next_node(d, m, -1); node < d->places->nodes; node = next_node(d, m, node)) {
        after = copy_members(d, node, gyre__in(0), row, true, after);
        row = gyre__at(row, bytes(d, members(d, node)));
    }
    return after;
}

static void give(dealer_t *d)
{
    const gyre__places_t *places = d->places;
    int self = places->local_rank;
    uint64_t mine = bytes(d, 1 + dealt(d, self));
    gyre__ref_t row = gyre__schedule_scratch(d->s, bytes(d, d->plan->size));
    int32_t packed = GYRE__NOW, here = GYRE__NOW;
    d->local = gyre__schedule_scratch(d->s, mine * (uint64_t)places->local_size);
    for (int i = 1; i < places->local_size; i++) {
        int to = gyre__around(self, i, places->local_size);
        int from = gyre__around(self, -(int64_t)i, places->local_size);
        uint64_t length = bytes(d, 1 + dealt(d, to));
        int32_t in = gyre__recv(d->s, GYRE__NOW, gyre__at(d->local, mine * (uint64_t)from), mine,
                                places->local[from], 0);
        packed = pack_for(d, to, row, packed);
        gyre__send(d->s, packed, row, length, places->local[to], 0);
        here = gyre__join(d->s, here, in);
        row = gyre__at(row, length);
    }
    packed = pack_for(d, self, gyre__at(d->local, mine * (uint64_t)self), packed);
    d->given = gyre__join(d->s, packed, here);
    for (int i = 0; i < places->local_size; i++)
        gyre__copy(d->s, d->given, gyre__at(d->local, mine * (uint64_t)i),
                   gyre__out(bytes(d, places->local[i])), bytes(d, 1));
}

/* With one node: row is for blocks by its member within those by ours; past: blocks for nodes
 * before it. */
static void swap_with(dealer_t *d, int node, int64_t past, gyre__ref_t row)
{
    int ours = d->places->local_size, theirs = members(d, node);
    int peer = d->member[d->start[node] + d->places->node % theirs];
    uint64_t stride = bytes(d, 1 + dealt(d, d->places->local_rank));
    uint64_t length = bytes(d, (int64_t)ours * theirs);
    int32_t packed = d->given;
    int32_t in =
        gyre__recv(d->s, GYRE__NOW, gyre__at(d->remote, bytes(d, past * ours)), length, peer, 1);
    for (int i = 0; i < ours; i++)
        packed =
            gyre__copy(d->s, packed, gyre__at(d->local, stride * (uint64_t)i + bytes(d, 1 + past)),
                       gyre__at(row, bytes(d, (int64_t)i * theirs)), bytes(d, theirs));
    gyre__send(d->s, packed, row, length, peer, 1);
    d->swapped = gyre__join(d->s, d->swapped, in);
}

static void swap(dealer_t *d)
{
    int self = d->places->local_rank, ours = d->places->local_size;
    uint64_t all = bytes(d, dealt(d, self) * ours);
    gyre__ref_t row = gyre__schedule_scratch(d->s, all);
    d->remote = gyre__schedule_scratch(d->s, all);
    d->swapped = d->given;
    int64_t past = 0;
    for (int node = next_node(d, self, -1); node < d->places->nodes;
         node = next_node(d, self, node)) {
        swap_with(d, node, past, gyre__at(row, bytes(d, past * ours)));
        past += members(d, node);
    }
}

/* The blocks for local member m of all members of the nodes that this one deals with. */
static int32_t pick(const dealer_t *d, int m, gyre__ref_t row)
{
    int32_t after = d->swapped;
    int ours = d->places->local_size;
    int64_t count = dealt(d, d->places->local_rank);
    for (int64_t i = 0; i < count; i++)
        after = gyre__copy(d->s, after, gyre__at(d->remote, bytes(d, i * ours + m)),
                           gyre__at(row, bytes(d, i)), bytes(d, 1));
    return after;
}

/* What dealer m handed over, to its places in the output. */
static void place(const dealer_t *d, int m, gyre__ref_t row, int32_t after)
{
    for (int node = next_node(d, m, -1); node < d->places->nodes; node = next_node(d, m, node)) {
        copy_members(d, node, gyre__out(0), row, false, after);
        row = gyre__at(row, bytes(d, members(d, node)));
    }
}

static void hand_out(const dealer_t *d)
{
    const gyre__places_t *places = d->places;
    int self = places->local_rank;
    uint64_t mine = bytes(d, dealt(d, self));
    for (int i = 0; i < places->local_size; i++) {
        int to = gyre__around(self, i, places->local_size);
        int from = gyre__around(self, -(int64_t)i, places->local_size);
        gyre__ref_t row = gyre__schedule_scratch(d->s, mine);
        uint64_t length = bytes(d, dealt(d, from));
        if (length > 0 && i > 0) {
            gyre__ref_t came = gyre__schedule_scratch(d->s, length);
            int32_t in = gyre__recv(d->s, GYRE__NOW, came, length, places->local[from], 2);
            place(d, from, came, gyre__join(d->s, in, d->given));
        }
        if (mine == 0)
            continue;
        int32_t picked = pick(d, to, row);
        if (i > 0)
            gyre__send(d->s, picked, row, mine, places->local[to], 2);
        else
            place(d, self, row, picked);
    }
}

void gyre__alltoall_node_aggregated(const gyre__plan_t *plan, gyre__schedule_t *s)
{
    dealer_t d = {.plan = plan, .places = plan->places, .s = s};
    if (plan->bytes == 0)
        return;
    if (sort_members(&d)) {
        give(&d);
        swap(&d);
        hand_out(&d);
    } else if (s->status == GYRE_OK) {
        s->status = gyre__error(GYRE_ERR_NO_MEMORY,
                                "alltoall: no memory for the places of %d members", plan->size);
    }
    free(d.start);
    free(d.member);
}
