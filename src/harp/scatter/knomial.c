/* SPDX-License-Identifier: Apache-2.0 */
/* Down a k-nomial tree (binomial without a radix) over the ranks counted from root: ceil(log_k n)
 * rounds; a child gets the blocks of its whole subtree, the largest subtree first.
 *
 * R. Thakur, R. Rabenseifner, W. Gropp: Optimization of collective communication operations in
 * MPICH. IJHPCA 19(1), 2005, section 4.2 (binomial scatter inside van de Geijn's broadcast). */
#include "harp/move.h"
#include "harp/scatter/scatter.h"
#include "harp/tree.h"

/* What root sends for count blocks from rank first on: as they lie, but around the end of the
 * input put together in scratch memory. */
static void send_from_root(const gyre__plan_t *plan, gyre__schedule_t *s, int first, int count)
{
    uint64_t length = plan->bytes * (uint64_t)count, at = plan->bytes * (uint64_t)first;
    if (count <= plan->size - first) {
        gyre__send(s, GYRE__NOW, gyre__in(at), length, first, 0);
        return;
    }
    uint64_t straight = plan->bytes * (uint64_t)(plan->size - first);
    gyre__ref_t all = gyre__schedule_scratch(s, length);
    int32_t low = gyre__copy(s, GYRE__NOW, gyre__in(at), all, straight);
    int32_t both = gyre__copy(s, low, gyre__in(0), gyre__at(all, straight), length - straight);
    gyre__send(s, both, all, length, first, 0);
}

static void at_root(const gyre__plan_t *plan, gyre__schedule_t *s, const gyre__tree_t *tree)
{
    for (int i = 0, child, count; i < gyre__tree_children(tree); i++) {
        child = gyre__tree_child(tree, i, &count);
        send_from_root(plan, s, gyre__around(plan->root, child, plan->size), count);
    }
    gyre__copy(s, GYRE__NOW, gyre__in(plan->bytes * (uint64_t)plan->root), gyre__out(0),
               plan->bytes);
}

static void below_root(const gyre__plan_t *plan, gyre__schedule_t *s, const gyre__tree_t *tree)
{
    uint64_t length = plan->bytes * (uint64_t)tree->span;
    gyre__ref_t all = tree->span > 1 ? gyre__schedule_scratch(s, length) : gyre__out(0);
    int32_t here = gyre__recv(s, GYRE__NOW, all, length,
                              gyre__around(plan->root, tree->parent, plan->size), 0);
    for (int i = 0, child, count; i < gyre__tree_children(tree); i++) {
        child = gyre__tree_child(tree, i, &count);
        gyre__send(s, here, gyre__at(all, plan->bytes * (uint64_t)(child - tree->rank)),
                   plan->bytes * (uint64_t)count, gyre__around(plan->root, child, plan->size), 0);
    }
    if (tree->span > 1)
        gyre__copy(s, here, all, gyre__out(0), plan->bytes);
}

void gyre__scatter_knomial(const gyre__plan_t *plan, gyre__schedule_t *s)
{
    gyre__tree_t tree = gyre__tree(plan);
    if (plan->bytes == 0)
        return;
    if (tree.rank == 0)
        at_root(plan, s, &tree);
    else
        below_root(plan, s, &tree);
}
