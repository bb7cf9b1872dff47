/* SPDX-License-Identifier: Apache-2.0 */
/* Up a k-nomial tree (binomial without a radix) over the ranks counted from root: ceil(log_k n)
 * rounds, and a member's subtree is a range of ranks that goes up as one message.
 *
 * R. Thakur, R. Rabenseifner, W. Gropp: Optimization of collective communication operations in
 * MPICH. IJHPCA 19(1), 2005, section 4 (binomial gather inside Rabenseifner's reduce). */
#include "harp/gather/gather.h"
#include "harp/move.h"
#include "harp/tree.h"

/* Where root receives count blocks from tree rank child on: in the output, but around its end
 * through scratch memory. */
static void receive_at_root(const gyre__plan_t *plan, gyre__schedule_t *s, int child, int count)
{
    int first = gyre__around(plan->root, child, plan->size);
    uint64_t length = plan->bytes * (uint64_t)count;
    if (count <= plan->size - first) {
        gyre__recv(s, GYRE__NOW, gyre__out(plan->bytes * (uint64_t)first), length, first, 0);
        return;
    }
    gyre__ref_t all = gyre__schedule_scratch(s, length);
    int32_t here = gyre__recv(s, GYRE__NOW, all, length, first, 0);
    gyre__unpack(plan, s, here, all, first, count);
}

static void at_root(const gyre__plan_t *plan, gyre__schedule_t *s, const gyre__tree_t *tree)
{
    gyre__copy(s, GYRE__NOW, gyre__in(0), gyre__out(plan->bytes * (uint64_t)plan->root),
               plan->bytes);
    for (int i = gyre__tree_children(tree) - 1, child, count; i >= 0; i--) {
        child = gyre__tree_child(tree, i, &count);
        receive_at_root(plan, s, child, count);
    }
}

/* The blocks of a subtree come together in scratch memory; a leaf has only its own. */
static gyre__ref_t collect(const gyre__plan_t *plan, gyre__schedule_t *s, const gyre__tree_t *tree,
                           int32_t *ready)
{
    *ready = GYRE__NOW;
    if (tree->span == 1)
        return gyre__in(0);
    gyre__ref_t all = gyre__schedule_scratch(s, plan->bytes * (uint64_t)tree->span);
    *ready = gyre__copy(s, GYRE__NOW, gyre__in(0), all, plan->bytes);
    for (int i = gyre__tree_children(tree) - 1, child, count; i >= 0; i--) {
        child = gyre__tree_child(tree, i, &count);
        int32_t here = gyre__recv(
            s, GYRE__NOW, gyre__at(all, plan->bytes * (uint64_t)(child - tree->rank)),
            plan->bytes * (uint64_t)count, gyre__around(plan->root, child, plan->size), 0);
        *ready = gyre__join(s, *ready, here);
    }
    return all;
}

void gyre__gather_knomial(const gyre__plan_t *plan, gyre__schedule_t *s)
{
    gyre__tree_t tree = gyre__tree(plan);
    int32_t ready;
    if (plan->bytes == 0)
        return;
    if (tree.rank == 0) {
        at_root(plan, s, &tree);
        return;
    }
    gyre__ref_t all = collect(plan, s, &tree, &ready);
    gyre__send(s, ready, all, plan->bytes * (uint64_t)tree.span,
               gyre__around(plan->root, tree.parent, plan->size), 0);
}
