/* SPDX-License-Identifier: Apache-2.0 */
/* A subtree is a run of ranks counted from the top (see tree.h), and children are reduced smallest
 * subtree first: it lies next to what there is already, and comes first. */
#include "harp/knomial.h"

#include "harp/move.h"
#include "harp/tree.h"

enum { UP, DOWN, PLACES = 8 };

static gyre__tree_t tree_from(const gyre__plan_t *plan, int top)
{
    gyre__plan_t moved = *plan;
    moved.root = top;
    return gyre__tree(&moved);
}

/* What is received takes the place of what was received PLACES children before. */
static int32_t reduce_children(const gyre__plan_t *plan, gyre__schedule_t *s,
                               const gyre__tree_t *tree, int top, gyre__ref_t sum)
{
    int children = gyre__tree_children(tree), unused;
    gyre__ref_t got[PLACES], value = gyre__in(0);
    int32_t ready = GYRE__NOW, vacant[PLACES];
    for (int i = 0; i < PLACES && i < children; i++) {
        got[i] = gyre__schedule_scratch(s, plan->bytes);
        vacant[i] = GYRE__NOW;
    }
    for (int i = 0; i < children; i++) {
        int child = gyre__tree_child(tree, children - 1 - i, &unused);
        int peer = gyre__around(top, child, plan->size);
        int32_t received =
            gyre__recv(s, vacant[i % PLACES], got[i % PLACES], plan->bytes, peer, UP);
        ready = gyre__reduce(s, gyre__join(s, received, ready), value, got[i % PLACES], sum,
                             plan->bytes);
        vacant[i % PLACES] = ready;
        value = sum;
    }
    return ready;
}

int32_t gyre__knomial_reduce(const gyre__plan_t *plan, gyre__schedule_t *s, int top,
                             gyre__ref_t sum)
{
    gyre__tree_t tree = tree_from(plan, top);
    bool leaf = gyre__tree_children(&tree) == 0;
    if (tree.parent < 0 && leaf)
        return gyre__copy(s, GYRE__NOW, gyre__in(0), sum, plan->bytes);
    if (tree.parent >= 0)
        sum = leaf ? gyre__in(0) : gyre__schedule_scratch(s, plan->bytes);
    int32_t ready = reduce_children(plan, s, &tree, top, sum);
    if (tree.parent < 0)
        return ready;
    return gyre__send(s, ready, sum, plan->bytes, gyre__around(top, tree.parent, plan->size), UP);
}

void gyre__knomial_bcast(const gyre__plan_t *plan, gyre__schedule_t *s, int top, int32_t ready)
{
    gyre__tree_t tree = tree_from(plan, top);
    int unused;
    if (tree.parent >= 0)
        ready = gyre__recv(s, ready, gyre__out(0), plan->bytes,
                           gyre__around(top, tree.parent, plan->size), DOWN);
    for (int i = 0; i < gyre__tree_children(&tree); i++)
        gyre__send(s, ready, gyre__out(0), plan->bytes,
                   gyre__around(top, gyre__tree_child(&tree, i, &unused), plan->size), DOWN);
}
