/* SPDX-License-Identifier: Apache-2.0 */
/* A head is the lowest member of its domain; the top is that of its own. A head's units go to the
 * members below it or to the one above, so that no member reads more units than there are members
 * near it. */
#include "harp/node_tree.h"

#include "base/error.h"
#include "harp/node.h"

#include <stdlib.h>

/* Whether each domain is a range of local indices. */
static bool are_ranges(const gyre__places_t *places)
{
    for (int i = 1; i < places->local_size; i++)
        for (int j = i - 1; places->domain_of[i] != places->domain_of[i - 1] && j >= 0; j--)
            if (places->domain_of[j] == places->domain_of[i])
                return false;
    return true;
}

static int head_of(const gyre__places_t *places, int top, int member)
{
    int domain = places->domain_of[member], head = 0;
    if (places->domain_of[top] == domain)
        return top;
    while (places->domain_of[head] != domain)
        head++;
    return head;
}

static int parent_of(const gyre__places_t *places, int top, bool flat, int member)
{
    int head = flat ? top : head_of(places, top, member);
    return member == top ? -1 : head == member ? top : head;
}

void gyre__node_tree_init(gyre__node_tree_t *tree, const gyre__plan_t *plan, gyre__schedule_t *s,
                          int top, bool in_order)
{
    const gyre__places_t *places = plan->places;
    bool flat = places->domains == 1 || (in_order && !are_ranges(places));
    tree->me = places->local_rank;
    tree->parent = parent_of(places, top, flat, tree->me);
    tree->count = 0;
    tree->children = malloc((size_t)places->local_size * sizeof(int));
    if (!tree->children && s->status == GYRE_OK)
        s->status = gyre__error(GYRE_ERR_NO_MEMORY, "schedule: no memory for %d members",
                                places->local_size);
    for (int i = 0; i < places->local_size && tree->children; i++)
        if (parent_of(places, top, flat, i) == tree->me)
            tree->children[tree->count++] = i;
}

void gyre__node_tree_cleanup(gyre__node_tree_t *tree)
{
    free(tree->children);
}

int32_t gyre__node_tree_await(const gyre__node_tree_t *tree, gyre__schedule_t *s, int32_t after,
                              uint32_t unit)
{
    for (int i = 0; i < tree->count; i++)
        after = gyre__await(s, after, unit, (uint32_t)tree->children[i]);
    return after;
}

int32_t gyre__node_tree_fold(const gyre__node_tree_t *tree, gyre__schedule_t *s, int32_t after,
                             gyre__ref_t own, uint32_t unit, gyre__ref_t to, gyre__ref_t tmp,
                             uint64_t length)
{
    int below = 0;
    while (below < tree->count && tree->children[below] < tree->me)
        below++;
    gyre__ref_t left = own;
    for (int i = 0; i <= tree->count; i++) {
        gyre__ref_t right = own;
        if (i != below)
            right = gyre__slot((uint32_t)tree->children[i < below ? i : i - 1], unit, 0);
        if (i > 0) {
            gyre__ref_t result = i < below ? tmp : to; /* own is needed yet, may be to */
            after = gyre__reduce(s, after, left, right, result, length);
            right = result;
        }
        left = right;
    }
    return tree->count ? after : gyre__copy(s, after, own, to, length);
}

int32_t gyre__node_tree_up(const gyre__node_tree_t *tree, gyre__schedule_t *s, int32_t after,
                           gyre__ref_t own, uint32_t unit, gyre__ref_t sum, gyre__ref_t tmp,
                           uint64_t length)
{
    gyre__ref_t slot = gyre__slot((uint32_t)tree->me, unit, 0);
    if (tree->count == 0 && tree->parent >= 0)
        return gyre__publish(s, after, unit, own, length, tree->parent);
    after = gyre__node_tree_await(tree, s, after, unit);
    if (tree->parent < 0)
        return gyre__node_tree_fold(tree, s, after, own, unit, sum, tmp, length);
    after = gyre__reserve(s, after, unit, length);
    after = gyre__node_tree_fold(tree, s, after, own, unit, slot, slot, length);
    return gyre__publish(s, after, unit, slot, length, tree->parent);
}

int32_t gyre__node_tree_down(const gyre__node_tree_t *tree, gyre__schedule_t *s, int32_t after,
                             uint32_t unit, gyre__ref_t to, uint64_t length)
{
    gyre__ref_t from = to;
    if (tree->parent >= 0) {
        after = gyre__await(s, after, unit, (uint32_t)tree->parent);
        from = gyre__slot((uint32_t)tree->parent, unit, 0);
    }
    if (tree->count > 0)
        after = gyre__publish(s, after, unit, from, length, GYRE__ALL);
    return tree->parent >= 0 ? gyre__copy(s, after, from, to, length) : after;
}
