/* SPDX-License-Identifier: Apache-2.0 */
/* Two binary trees over the same ranks. In each, all ranks of the left subtree are below the
 * node's and all of the right one above: reductions keep rank order. But for the tops, who is a
 * leaf in one tree is none in the other: both together keep every member's link busy, both ways. */
#ifndef GYRE_HARP_PATTERN_DOUBLE_TREE_H
#define GYRE_HARP_PATTERN_DOUBLE_TREE_H

#include <stdbool.h>

typedef struct gyre__branch {
    int parent, left, right; /* -1: none */
} gyre__branch_t;

/* tops: the highest ranks, as many as given, are a chain above the two trees, the last of them
 * first. size - tops must be even. */
gyre__branch_t gyre__double_tree(int rank, int size, int tops, bool second);

/* The same over ranks counted from root, which is on top: for what need not keep rank order. */
gyre__branch_t gyre__double_tree_below(int root, int rank, int size, bool second);

/* The rank without a parent. */
int gyre__double_tree_root(int size, int tops, bool second);

#endif
