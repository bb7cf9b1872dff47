/* SPDX-License-Identifier: Apache-2.0 */
/* A tree of a node's members, by local index: below the top the heads of its cache or memory
 * domains and the members of the top's own, below each head the members of its domain. With one
 * domain, all are below the top. */
#ifndef GYRE_HARP_NODE_TREE_H
#define GYRE_HARP_NODE_TREE_H

#include "harp/plan.h"

typedef struct gyre__node_tree {
    int me, parent; /* parent -1: this is the top */
    int *children;  /* ascending */
    int count;
} gyre__node_tree_t;

/* in_order: reductions keep the order of the members, so that domains that are not ranges of
 * local indices do not count. */
void gyre__node_tree_init(gyre__node_tree_t *tree, const gyre__plan_t *plan, gyre__schedule_t *s,
                          int top, bool in_order);
void gyre__node_tree_cleanup(gyre__node_tree_t *tree);

/* Waits for a unit of every child. */
int32_t gyre__node_tree_await(const gyre__node_tree_t *tree, gyre__schedule_t *s, int32_t after,
                              uint32_t unit);

/* to = the children's units and own, reduced in the order of local indices. own may be to; tmp has
 * room for length bytes and is used only below a member with two children of lower index. */
int32_t gyre__node_tree_fold(const gyre__node_tree_t *tree, gyre__schedule_t *s, int32_t after,
                             gyre__ref_t own, uint32_t unit, gyre__ref_t to, gyre__ref_t tmp,
                             uint64_t length);

/* What comes from below: of a leaf its own, of a head what its children and itself have, goes up
 * as a unit; at the top, it goes to sum. */
int32_t gyre__node_tree_up(const gyre__node_tree_t *tree, gyre__schedule_t *s, int32_t after,
                           gyre__ref_t own, uint32_t unit, gyre__ref_t sum, gyre__ref_t tmp,
                           uint64_t length);

/* What comes from above, to `to`: at the top it is there after that step. */
int32_t gyre__node_tree_down(const gyre__node_tree_t *tree, gyre__schedule_t *s, int32_t after,
                             uint32_t unit, gyre__ref_t to, uint64_t length);

#endif
