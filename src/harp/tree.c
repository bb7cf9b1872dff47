/* SPDX-License-Identifier: Apache-2.0 */
/* The k-nomial tree of ranges. Weights (powers of the radix) may pass the range of an int. */
#include "harp/tree.h"

#include "harp/move.h"

/* The weight of the lowest digit of the rank that is not 0; for root, of one beyond the size. */
static int64_t lowest_weight(int rank, int size, int radix)
{
    int64_t weight = 1;
    while (weight < size && rank / weight % radix == 0)
        weight *= radix;
    return weight;
}

gyre__tree_t gyre__tree(const gyre__plan_t *plan)
{
    gyre__tree_t tree = {.rank = gyre__around(plan->rank, -(int64_t)plan->root, plan->size),
                         .size = plan->size,
                         .radix = plan->radix < 2 ? 2 : plan->radix,
                         .parent = -1};
    int64_t weight = lowest_weight(tree.rank, tree.size, tree.radix);
    int64_t rest = tree.size - tree.rank;
    tree.span = (int)(weight < rest ? weight : rest);
    if (tree.rank > 0)
        tree.parent = (int)(tree.rank - tree.rank / weight % tree.radix * weight);
    return tree;
}

int gyre__tree_children(const gyre__tree_t *tree)
{
    int count = 0;
    for (int64_t weight = 1; weight < tree->span; weight *= tree->radix) {
        int64_t digits = (tree->span - 1) / weight;
        count += (int)(digits < tree->radix - 1 ? digits : tree->radix - 1);
    }
    return count;
}

int gyre__tree_child(const gyre__tree_t *tree, int i, int *count)
{
    int from_small = gyre__tree_children(tree) - 1 - i;
    int64_t weight = 1;
    while (from_small >= tree->radix - 1) {
        from_small -= tree->radix - 1;
        weight *= tree->radix;
    }
    int64_t child = tree->rank + (from_small + 1) * weight, rest = tree->size - child;
    *count = (int)(weight < rest ? weight : rest);
    return (int)child;
}
