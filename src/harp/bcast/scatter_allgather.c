/* SPDX-License-Identifier: Apache-2.0 */
/* Members counted from root each have a share of the vector. Down a binomial tree every member
 * gets the shares of its subtree, then all shares go around the ring; nobody gets what it has:
 * ceil(log2 n) + n - 1 rounds, at most 2 (n - 1)/n of the vector to each.
 *
 * M. Barnett, L. Shuler, R. van de Geijn, S. Gupta, D. Payne, J. Watts: Interprocessor collective
 * communication library (InterCom). SHPCC 1994. */
#include "harp/bcast/bcast.h"
#include "harp/combine.h"
#include "harp/move.h"
#include "harp/tree.h"

enum { SCATTER_TAG = 0, RING_TAG = 1 };

static gyre__tree_t tree_of(const gyre__plan_t *plan, int place)
{
    gyre__plan_t other = *plan;
    other.radix = 2;
    other.rank = gyre__around(plan->root, place, plan->size);
    return gyre__tree(&other);
}

static gyre__share_t shares(const gyre__plan_t *plan, int first, int count)
{
    gyre__share_t from = gyre__share(plan, first), last = gyre__share(plan, first + count - 1);
    return (gyre__share_t){from.offset, last.offset + last.length - from.offset};
}

/* When the shares of the subtree are here. */
static int32_t scatter(const gyre__plan_t *plan, gyre__schedule_t *s, const gyre__tree_t *tree)
{
    gyre__share_t mine = shares(plan, tree->rank, tree->span);
    int32_t ready = GYRE__NOW;
    if (tree->parent >= 0)
        ready = gyre__recv(s, ready, gyre__out(mine.offset), mine.length,
                           gyre__around(plan->root, tree->parent, plan->size), SCATTER_TAG);
    for (int i = 0, count; i < gyre__tree_children(tree); i++) {
        int child = gyre__tree_child(tree, i, &count);
        gyre__share_t theirs = shares(plan, child, count);
        gyre__send(s, ready, gyre__out(theirs.offset), theirs.length,
                   gyre__around(plan->root, child, plan->size), SCATTER_TAG);
    }
    return ready;
}

static bool has(const gyre__tree_t *tree, int share)
{
    return share >= tree->rank && share < tree->rank + tree->span;
}

/* In round i a member passes on the share i below its own. */
static void gather(const gyre__plan_t *plan, gyre__schedule_t *s, const gyre__tree_t *tree,
                   int32_t ready)
{
    int left = gyre__around(plan->rank, -1, plan->size);
    int right = gyre__around(plan->rank, 1, plan->size);
    gyre__tree_t next = tree_of(plan, gyre__around(tree->rank, 1, plan->size));
    int32_t here = ready;
    for (int i = 0; i < plan->size - 1; i++) {
        int mine = gyre__around(tree->rank, -i, plan->size);
        int theirs = gyre__around(mine, -1, plan->size);
        gyre__share_t give = gyre__share(plan, mine), take = gyre__share(plan, theirs);
        uint32_t tag = RING_TAG + (uint32_t)i;
        int32_t got = ready;
        if (!has(tree, theirs))
            got = gyre__recv(s, GYRE__NOW, gyre__out(take.offset), take.length, left, tag);
        if (!has(&next, mine))
            gyre__send(s, here, gyre__out(give.offset), give.length, right, tag);
        here = got;
    }
}

void gyre__bcast_scatter_allgather(const gyre__plan_t *plan, gyre__schedule_t *s)
{
    gyre__tree_t tree = tree_of(plan, gyre__around(plan->rank, -(int64_t)plan->root, plan->size));
    if (plan->bytes > 0)
        gather(plan, s, &tree, scatter(plan, s, &tree));
}
