/* SPDX-License-Identifier: Apache-2.0 */
/* The k-nomial tree whose subtrees are ranges of ranks, counted from root (tree rank 0): the
 * children of v are v + d * k^x for d in 1..k-1 while v is a multiple of k^(x+1). */
#ifndef GYRE_HARP_TREE_H
#define GYRE_HARP_TREE_H

#include "harp/plan.h"

typedef struct gyre__tree {
    int rank; /* this member's, counted from root */
    int size;
    int radix;
    int parent; /* -1: is root */
    int span;   /* members of the subtree: from rank on */
} gyre__tree_t;

/* Of the plan's root and radix; without a radix it is binomial. */
gyre__tree_t gyre__tree(const gyre__plan_t *plan);

int gyre__tree_children(const gyre__tree_t *tree);

/* Child i, those with the largest subtrees first; count: members of its subtree. */
int gyre__tree_child(const gyre__tree_t *tree, int i, int *count);

#endif
